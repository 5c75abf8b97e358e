/**
 * From the six comparisons of a forest (ONNX-ML `nodes_modes`) and its routes for NaN to as few tensor comparisons as say the
 * same. A node's children may be swapped with its comparison negated, so `less`, `lessEqual` and `equal` suffice; forests that
 * mix them take `(less and onLess) or (equal and onEqual)`, and nodes that send NaN elsewhere than a comparison would (where
 * NaN is false) add `or (isNaN and onMissing)`. Nearly every real forest ends with one comparison.
 */

import { InternalError } from "../../src/errors.js";
import type { Builder } from "../../src/ir/builder.js";
import { type Forest, SplitMode } from "../../src/ir/forest.js";
import type { ValueId } from "../../src/ir/program.js";
import { type Tensor, tensor } from "../../src/ir/tensor.js";

/** How the nodes of one forest compare. The condition of a node holds where x goes to its `first` child. */
export interface Splits {
  /** The comparison that serves all nodes; "mixed" where the masks `onLess` and `onEqual` choose. NaN makes each false. */
  readonly compare: "less" | "lessEqual" | "greater" | "greaterEqual" | "equal" | "mixed";
  /** Per node of the forest; -1 in leaves. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Per node of the forest, 0 or 1: parts of the condition that the node takes. */
  readonly onLess: Uint8Array;
  readonly onEqual: Uint8Array;
  readonly onMissing: Uint8Array;
}

/** Reads them off a forest. */
export function splitsOf(forest: Forest): Splits {
  const first = Int32Array.from(forest.trueChild);
  const second = Int32Array.from(forest.falseChild);
  const onLess = new Uint8Array(forest.nNodes);
  const onEqual = new Uint8Array(forest.nNodes);
  const onMissing = new Uint8Array(forest.nNodes);
  const kinds = new Set<number>();
  let [inner, missing] = [0, 0];
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1) continue;
    const { less, equal, negated } = partsOf(forest.mode[i]!);
    onLess[i] = less;
    onEqual[i] = equal;
    onMissing[i] = negated ? 1 - forest.missingTrue[i]! : forest.missingTrue[i]!;
    if (negated) {
      first[i] = forest.falseChild[i]!;
      second[i] = forest.trueChild[i]!;
    }
    kinds.add(less + 2 * equal);
    inner++;
    missing += onMissing[i]!;
  }
  const [kind] = kinds;
  const uniform =
    kinds.size === 1 && kind !== undefined ? ([undefined, "less", "equal", "lessEqual"] as const)[kind] : undefined;
  if ((uniform === "less" || uniform === "lessEqual") && missing === inner) {
    // All send NaN to the first child: negated and swapped, NaN goes where a false comparison goes, and needs no step.
    const compare = uniform === "less" ? "greaterEqual" : "greater";
    return { compare, first: second, second: first, onLess, onEqual, onMissing: new Uint8Array(forest.nNodes) };
  }
  return { compare: uniform ?? "mixed", first, second, onLess, onEqual, onMissing };
}

interface Parts {
  readonly less: 0 | 1;
  readonly equal: 0 | 1;
  /** The mode holds where these parts do not. */
  readonly negated: boolean;
}

function partsOf(mode: number): Parts {
  switch (mode) {
    case SplitMode.lessEqual:
      return { less: 1, equal: 1, negated: false };
    case SplitMode.less:
      return { less: 1, equal: 0, negated: false };
    case SplitMode.greater:
      return { less: 1, equal: 1, negated: true };
    case SplitMode.greaterEqual:
      return { less: 1, equal: 0, negated: true };
    case SplitMode.equal:
      return { less: 0, equal: 1, negated: false };
    case SplitMode.notEqual:
      return { less: 0, equal: 1, negated: true };
    default:
      throw new InternalError(`an inner node has split mode ${mode}`);
  }
}

/** For which entries of a list of nodes a part of the condition counts; a bool vector where they differ. */
type Mask = "all" | "none" | Tensor;

/** What a condition reads of each node, beside its feature; vectors over a list of nodes. */
export interface NodeTables {
  readonly threshold: Tensor;
  readonly onLess: Mask;
  readonly onEqual: Mask;
  readonly onMissing: Mask;
}

/**
 * The parameters of `nodes`. An entry that is -1 or a leaf only fills up a tensor: it gets a condition that is false for x = 0,
 * so that it may read a column of zeros and never move.
 */
export function nodeTables(forest: Forest, splits: Splits, nodes: Int32Array): NodeTables {
  const filler = splits.compare === "greater" || splits.compare === "greaterEqual" ? 1 : -1;
  // Plain loops: these lists are as long as the forest, and Array.from over them would be the slowest step of compiling.
  const count = nodes.length;
  const float = forest.compare === "float32";
  const threshold = float ? new Float32Array(count) : new Float64Array(count);
  let inner = 0;
  for (let i = 0; i < count; i++) {
    const node = nodes[i]!;
    const split = node >= 0 && forest.feature[node] !== -1;
    threshold[i] = split ? forest.threshold[node]! : filler;
    if (split) inner++;
  }
  const mask = (of: Uint8Array): Mask => {
    const flags = new Uint8Array(count);
    let set = 0;
    for (let i = 0; i < count; i++) {
      const node = nodes[i]!;
      if (node < 0 || of[node] === 0 || forest.feature[node] === -1) continue;
      flags[i] = 1;
      set++;
    }
    return set === 0 ? "none" : set === inner ? "all" : { dtype: "bool", shape: [count], data: flags };
  };
  return {
    threshold: tensor(forest.compare, [count], threshold),
    onLess: splits.compare === "mixed" ? mask(splits.onLess) : "all",
    onEqual: splits.compare === "mixed" ? mask(splits.onEqual) : "all",
    onMissing: mask(splits.onMissing),
  };
}

/**
 * bool: whether x goes to the first child. `place` brings a table into the shape of x: as a constant where every place has its
 * node, by a lookup where the node varies.
 */
export function condition(
  build: Builder,
  splits: Splits,
  x: ValueId,
  tables: NodeTables,
  place: (table: Tensor) => ValueId,
): ValueId {
  const threshold = place(tables.threshold);
  const terms: ValueId[] = [];
  const term = (mask: Mask, holds: () => ValueId): void => {
    if (mask === "none") return;
    terms.push(mask === "all" ? holds() : build.op("and", [holds(), place(mask)]));
  };
  if (splits.compare === "mixed") {
    const both = tables.onLess === "all" && tables.onEqual === "all";
    if (both) terms.push(build.op("lessEqual", [x, threshold]));
    else {
      term(tables.onLess, () => build.op("less", [x, threshold]));
      term(tables.onEqual, () => build.op("equal", [x, threshold]));
    }
  } else {
    terms.push(build.op(splits.compare, [x, threshold]));
  }
  term(tables.onMissing, () => build.op("isNaN", [x]));
  // No node in the list is a split: nothing depends on the answer.
  const [first = build.op("less", [x, threshold]), ...others] = terms;
  return others.reduce((a, b) => build.op("or", [a, b]), first);
}
