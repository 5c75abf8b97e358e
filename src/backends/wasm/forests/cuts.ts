/**
 * All comparisons of a forest in one form: a row goes to the right child where x is above a cut (the largest value that goes
 * left). `x == t` needs two: above the value before t, and not above t. Exact for every x, since the values of a dtype are
 * discrete: `x < t` ⇔ not above the value before t. WebAssembly keeps denormals, so the value before 0 is one.
 */

import { InternalError } from "../../../errors.js";
import { nextDown32, nextDown64, roundDownToFloat32 } from "../../../ir/float.js";
import { type Forest, SplitMode } from "../../../ir/forest.js";
import type { RowDType } from "./packed-forest.js";

/** Per node of the forest; leaves hold zeros. */
export interface Cuts {
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** x must be above it to go right; NaN stands for a cut below all numbers. */
  readonly low: Float64Array;
  /** x must not be above it to go right; NaN where there is no such condition. */
  readonly high: Float64Array;
  /** 1 where NaN goes right. */
  readonly nanRight: Uint8Array;
}

/** Cuts are float32 numbers if the rows are. Rows must be of the forest's compare dtype, or float32. */
export function cutsOf(forest: Forest, rows: RowDType): Cuts {
  if (rows === "float64" && forest.compare === "float32") {
    throw new InternalError("float64 rows for a forest that compares in float32 must be cast first");
  }
  const n = forest.nNodes;
  const [left, right] = [new Int32Array(n), new Int32Array(n)];
  const [low, high] = [new Float64Array(n), new Float64Array(n)];
  const nanRight = new Uint8Array(n);
  const nextDown = forest.compare === "float32" ? nextDown32 : nextDown64;
  const before = (t: number): number => (t === -Infinity ? NaN : nextDown(t));
  const directed = rows === "float32" && forest.compare === "float64" ? roundDownToFloat32 : (t: number) => t;
  for (let i = 0; i < n; i++) {
    if (forest.feature[i] === -1) continue;
    const t = forest.threshold[i]!;
    const mode = forest.mode[i];
    const inclusive = mode === SplitMode.lessEqual || mode === SplitMode.greater;
    const pair = mode === SplitMode.equal || mode === SplitMode.notEqual;
    const trueIsRight = mode === SplitMode.greaterEqual || mode === SplitMode.greater || mode === SplitMode.equal;
    low[i] = directed(inclusive ? t : before(t));
    high[i] = pair ? directed(t) : NaN;
    right[i] = trueIsRight ? forest.trueChild[i]! : forest.falseChild[i]!;
    left[i] = trueIsRight ? forest.falseChild[i]! : forest.trueChild[i]!;
    nanRight[i] = (forest.missingTrue[i] === 1) === trueIsRight ? 1 : 0;
  }
  return { left, right, low, high, nanRight };
}
