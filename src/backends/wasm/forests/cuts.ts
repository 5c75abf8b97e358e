/**
 * All comparisons of a forest in one form: a row goes to the right child where x is above a cut (the largest value that goes
 * left). `x == t` needs two: above the value before t, and not above t; a set two for each interval. Exact for every x, since the values of a dtype are
 * discrete: `x < t` ⇔ not above the value before t. WebAssembly keeps denormals, so the value before 0 is one.
 */

import { InternalError } from "../../../errors.js";
import { nextDown32, nextDown64, roundDownToFloat32 } from "../../../ir/float.js";
import { type Forest, SplitMode } from "../../../ir/forest.js";
import { type IntervalSets, setCount } from "../../../ir/interval-sets.js";
import type { RowDType } from "./packed-forest.js";

/** Per node of the forest; leaves hold zeros, and so do the cuts of nodes that test a set. */
export interface Cuts {
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** x must be above it to go right; NaN stands for a cut below all numbers. */
  readonly low: Float64Array;
  /** x must not be above it to go right; NaN where there is no such condition. */
  readonly high: Float64Array;
  /** 1 where NaN goes right. */
  readonly nanRight: Uint8Array;
  /** Per node the set (of `sets`) whose members go right; -1 where x is compared with cuts. */
  readonly set: Int32Array;
  readonly sets: SetCuts;
}

/**
 * The forest's sets as cuts: x is in set s where the number of its cuts below x is odd, or even if `inside` is 1. Cuts of a set ascend,
 * and hold neither NaN nor +Infinity.
 */
export interface SetCuts {
  /** Length sets + 1: where each set's cuts begin. */
  readonly start: Int32Array;
  readonly cut: Float64Array;
  readonly inside: Uint8Array;
}

/**
 * Cuts are float32 numbers if the rows are. Rows must be of the forest's compare dtype, or float32. Those of `nodes` are enough where no
 * other's are asked for; all by default.
 */
export function cutsOf(forest: Forest, rows: RowDType, nodes?: readonly number[]): Cuts {
  if (rows === "float64" && forest.compare === "float32") {
    throw new InternalError("float64 rows for a forest that compares in float32 must be cast first");
  }
  const n = forest.nNodes;
  const [left, right] = [new Int32Array(n), new Int32Array(n)];
  const [low, high] = [new Float64Array(n), new Float64Array(n)];
  const nanRight = new Uint8Array(n);
  const set = new Int32Array(n).fill(-1);
  const nextDown = forest.compare === "float32" ? nextDown32 : nextDown64;
  const before = (t: number): number => (t === -Infinity ? NaN : nextDown(t));
  const directed = rows === "float32" && forest.compare === "float64" ? roundDownToFloat32 : (t: number) => t;
  const count = nodes?.length ?? n;
  for (let k = 0; k < count; k++) {
    const i = nodes === undefined ? k : nodes[k]!;
    if (forest.feature[i] === -1) continue;
    const t = forest.threshold[i]!;
    const mode = forest.mode[i];
    const inclusive = mode === SplitMode.lessEqual || mode === SplitMode.greater;
    const pair = mode === SplitMode.equal || mode === SplitMode.notEqual;
    const member = mode === SplitMode.member;
    const trueIsRight =
      member || mode === SplitMode.greaterEqual || mode === SplitMode.greater || mode === SplitMode.equal;
    if (member) set[i] = t;
    else {
      low[i] = directed(inclusive ? t : before(t));
      high[i] = pair ? directed(t) : NaN;
    }
    right[i] = trueIsRight ? forest.trueChild[i]! : forest.falseChild[i]!;
    left[i] = trueIsRight ? forest.falseChild[i]! : forest.trueChild[i]!;
    nanRight[i] = (forest.missingTrue[i] === 1) === trueIsRight ? 1 : 0;
  }
  return { left, right, low, high, nanRight, set, sets: setCutsOf(forest.sets, (t) => directed(before(t)), directed) };
}

/** `before` and `directed`: the greatest number of the rows that is below a bound, or at most a bound; NaN where there is none. */
function setCutsOf(sets: IntervalSets, before: (t: number) => number, directed: (t: number) => number): SetCuts {
  const start = new Int32Array(sets.start.length);
  const cut = new Float64Array(2 * sets.low.length);
  const inside = new Uint8Array(setCount(sets));
  let at = 0;
  for (let s = 0; s < inside.length; s++) {
    // Two equal cuts have no number between them.
    const add = (c: number): void => {
      if (c === Infinity) return;
      if (at > start[s]! && cut[at - 1] === c) at--;
      else cut[at++] = c + 0;
    };
    for (let i = sets.start[s]!; i < sets.start[s + 1]!; i++) {
      const low = before(sets.low[i]!);
      if (Number.isNaN(low)) inside[s] = 1;
      else add(low);
      add(directed(sets.high[i]!));
    }
    start[s + 1] = at;
  }
  return { start, cut: cut.subarray(0, at), inside };
}
