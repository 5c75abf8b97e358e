/**
 * forest and forestLeaves: the plain walk of every row through every tree (ONNX-ML TreeEnsemble* and the trainers' own
 * predictors). What every lowering of a forest is compared with.
 */

import type { NumberData } from "../dtype.js";
import { type Forest, SplitMode } from "../forest.js";
import { isMember } from "../interval-sets.js";
import type { Primitive, PrimitiveName } from "../primitive.js";
import { numbersOf, type Tensor } from "../tensor.js";
import { formatType, rowAxis, type TensorType, typeOf } from "../types.js";
import { checkRank, one, refuse } from "./checks.js";

function checkInput(op: PrimitiveName, args: readonly TensorType[], forest: Forest): TensorType {
  const x = one(op, args);
  checkRank(op, x, 2);
  if (x.dtype !== forest.compare) refuse(op, `compares in ${forest.compare}, got ${formatType(x)}; cast it first`);
  const width = x.shape[1]!;
  if (typeof width === "number" && width < forest.nFeatures) {
    refuse(op, `reads ${forest.nFeatures} columns, got ${formatType(x)}`);
  }
  return x;
}

/** The matrix at run time, where an open width becomes known. */
function matrixOf(
  op: PrimitiveName,
  args: readonly Tensor[],
  forest: Forest,
): { x: NumberData; rows: number; width: number } {
  const { shape, data } = one(op, args);
  const [rows, width] = [shape[0]!, shape[1]!];
  if (width < forest.nFeatures) refuse(op, `reads ${forest.nFeatures} columns, got [${shape}]`);
  return { x: numbersOf(data), rows, width };
}

/** Index of the leaf that the row beginning at `row` reaches from node `node`. */
function walk(forest: Forest, x: NumberData, row: number, node: number): number {
  const { feature, threshold, mode, missingTrue, trueChild, falseChild } = forest;
  for (let column = feature[node]!; column >= 0; column = feature[node]!) {
    const value = x[row + column]!;
    const bound = threshold[node]!;
    let holds: boolean;
    if (Number.isNaN(value)) holds = missingTrue[node] === 1;
    else {
      switch (mode[node]) {
        case SplitMode.lessEqual:
          holds = value <= bound;
          break;
        case SplitMode.less:
          holds = value < bound;
          break;
        case SplitMode.greaterEqual:
          holds = value >= bound;
          break;
        case SplitMode.greater:
          holds = value > bound;
          break;
        case SplitMode.equal:
          holds = value === bound;
          break;
        case SplitMode.member:
          holds = isMember(forest.sets, bound, value);
          break;
        default:
          holds = value !== bound;
      }
    }
    node = holds ? trueChild[node]! : falseChild[node]!;
  }
  return node;
}

/** Rows that are walked through one tree after another, so that both stay in the cache. */
const blockRows = 256;

/** Calls `visit` with the leaf of each row and tree; a row meets the trees in their order. */
function forEachLeaf(
  forest: Forest,
  x: NumberData,
  rows: number,
  width: number,
  visit: (row: number, tree: number, leaf: number) => void,
): void {
  for (let from = 0; from < rows; from += blockRows) {
    const end = Math.min(rows, from + blockRows);
    for (let tree = 0; tree < forest.nTrees; tree++) {
      const root = forest.treeStart[tree]!;
      for (let row = from; row < end; row++) visit(row, tree, walk(forest, x, row * width, root));
    }
  }
}

export const forest: Primitive<"forest"> = {
  infer(args, attrs) {
    const x = checkInput("forest", args, attrs.forest);
    return [typeOf(attrs.forest.sum, [x.shape[0]!, attrs.forest.nOutputs])];
  },
  evaluate(args, attrs) {
    const { leafStart, leafTarget, leafValue, nOutputs, sum: dtype, aggregate } = attrs.forest;
    const { x, rows, width } = matrixOf("forest", args, attrs.forest);
    const data = dtype === "float32" ? new Float32Array(rows * nOutputs) : new Float64Array(rows * nOutputs);
    if (aggregate === "sum") {
      forEachLeaf(attrs.forest, x, rows, width, (row, _tree, leaf) => {
        const end = leafStart[leaf + 1]!;
        // Storing rounds to the sum's precision after each tree.
        for (let v = leafStart[leaf]!; v < end; v++) data[row * nOutputs + leafTarget[v]!]! += leafValue[v]!;
      });
    } else {
      const pick = aggregate === "min" ? Math.min : Math.max;
      const seen = new Uint8Array(data.length);
      forEachLeaf(attrs.forest, x, rows, width, (row, _tree, leaf) => {
        const end = leafStart[leaf + 1]!;
        for (let v = leafStart[leaf]!; v < end; v++) {
          const at = row * nOutputs + leafTarget[v]!;
          data[at] = seen[at] === 1 ? pick(data[at]!, leafValue[v]!) : leafValue[v]!;
          seen[at] = 1;
        }
      });
    }
    return [{ dtype, shape: [rows, nOutputs], data }];
  },
  mixesRows: (args) => rowAxis(one("forest", args)) === 1,
  accuracy: "exact",
};

export const forestLeaves: Primitive<"forestLeaves"> = {
  infer(args, attrs) {
    const x = checkInput("forestLeaves", args, attrs.forest);
    return [typeOf("int32", [x.shape[0]!, attrs.forest.nTrees])];
  },
  evaluate(args, attrs) {
    const { nodeId, nTrees } = attrs.forest;
    const { x, rows, width } = matrixOf("forestLeaves", args, attrs.forest);
    const data = new Int32Array(rows * nTrees);
    forEachLeaf(attrs.forest, x, rows, width, (row, tree, leaf) => {
      data[row * nTrees + tree] = nodeId[leaf]!;
    });
    return [{ dtype: "int32", shape: [rows, nTrees], data }];
  },
  mixesRows: (args) => rowAxis(one("forestLeaves", args)) === 1,
  accuracy: "exact",
};
