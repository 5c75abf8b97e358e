/**
 * The tensors of a lowering, one element per row and tree, in the order that the layout asks for: [N, trees] or [trees, N].
 * Strategies say "the column that each tree reads" and "one constant per tree" without minding which axis is which.
 */

import type { Builder } from "../../src/ir/builder.js";
import type { Dim } from "../../src/ir/dims.js";
import type { Forest } from "../../src/ir/forest.js";
import type { ValueId } from "../../src/ir/program.js";
import { float32, int32, scalar, type Tensor } from "../../src/ir/tensor.js";
import type { Layout } from "./layout.js";

export interface Grid {
  readonly build: Builder;
  readonly layout: Layout;
  /** The batch dimension of x. */
  readonly rows: Dim;
  /** The axis of trees. */
  readonly treeAxis: 0 | 1;
  /** Where each feature that is read stands in the grid's own matrix; entry `nFeatures` is the column of zeros. */
  readonly column: Int32Array;
  /** Shape of a tensor with `count` elements per row. */
  shape(count: number): readonly Dim[];
  /** Fixed features (numbers of the forest, or nFeatures for zeros): one element per row and entry. */
  features(features: Int32Array): ValueId;
  /** The column (int32, in terms of `column`) that varies by row and tree: one element of x for each. */
  elements(columns: ValueId): ValueId;
  /** A vector, one entry per tree, shaped to meet tensors of the grid. */
  perTree(vector: Tensor): ValueId;
}

/**
 * A grid over x [N, ≥ nFeatures]. With `zeros` there is a column of zeros after the features, for places that must not depend on
 * x. Columns that no node reads are left out where a copy of x is made anyway.
 */
export function createGrid(build: Builder, forest: Forest, x: ValueId, layout: Layout, zeros: boolean): Grid {
  const { dtype, shape } = build.type(x);
  const rows = shape[0] ?? 1;
  const columns = layout.order === "columns";
  const at = (count: number): readonly Dim[] => (columns ? [count, rows] : [rows, count]);
  const used = usedFeatures(forest);
  const column = Int32Array.from({ length: forest.nFeatures + 1 }, (_, f) => f);
  let matrix = x;
  let width = shape[1];
  if (used.length !== width && (columns || zeros)) {
    matrix = build.op("gatherColumns", [matrix], { columns: used });
    width = used.length;
    for (const [i, f] of used.entries()) column[f] = i;
  }
  column[forest.nFeatures] = typeof width === "number" ? width : forest.nFeatures;
  if (columns) matrix = build.op("transpose", [matrix], { perm: [1, 0] });
  if (zeros) {
    const zero = build.op("broadcastTo", [build.constant(scalar(dtype === "float64" ? "float64" : "float32", 0))], {
      shape: at(1),
    });
    matrix = build.op("concat", [matrix, zero], { axis: columns ? 0 : 1 });
  }
  return {
    build,
    layout,
    rows,
    treeAxis: columns ? 0 : 1,
    column,
    shape: at,
    features(features) {
      const places = features.map((f) => column[f]!);
      if (!columns) return build.op("gatherColumns", [matrix], { columns: places });
      return build.op("gather", [matrix, build.constant(int32(places))], { axis: 0 });
    },
    elements: (places) => build.op(columns ? "gatherByColumn" : "gatherByRow", [matrix, places]),
    perTree(vector) {
      const length = vector.data.length;
      return build.constant({ ...vector, shape: columns ? [length, 1] : [1, length] });
    },
  };
}

/** Features that some split reads, ascending. */
export function usedFeatures(forest: Forest): Int32Array {
  const seen = new Uint8Array(forest.nFeatures);
  for (const f of forest.feature) if (f !== -1) seen[f] = 1;
  return Int32Array.from(seen.keys()).filter((f) => seen[f] === 1);
}

/** Looks up entries of tables (vectors) at an index, int32 of any shape; each table becomes one constant. */
export function createLookUp(build: Builder): (table: Tensor, index: ValueId) => ValueId {
  const constants = new Map<Tensor, ValueId>();
  return (table, index) => {
    const known = constants.get(table) ?? build.constant(table);
    constants.set(table, known);
    return build.op("gather", [known, index], { axis: 0 });
  };
}

/** Node positions in the arithmetic of a layout; see `Layout.position`. */
export interface Positions {
  readonly dtype: "int32" | "float32";
  table(values: Int32Array): Tensor;
  /** 0 for false, 1 for true. */
  fromBool(condition: ValueId): ValueId;
  toIndex(position: ValueId): ValueId;
}

/** `largest` is the largest position that occurs; beyond 2^24 float32 would not hold them. */
export function createPositions(build: Builder, layout: Layout, largest: number): Positions {
  const dtype = layout.position === "float32" && largest < 2 ** 24 ? "float32" : "int32";
  return {
    dtype,
    table: (values) => (dtype === "float32" ? float32(values) : int32(values)),
    fromBool: (condition) => build.op("cast", [condition], { to: dtype }),
    toIndex: (position) => (dtype === "int32" ? position : build.op("cast", [position], { to: "int32" })),
  };
}
