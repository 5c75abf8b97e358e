/** A small XGBoost model for tests, as JSON or UBJSON: two columns, two trees of one split, and what a test changes of it. */

import type { FileValue } from "./values.js";

/** Plain values of a file, to be changed freely. */
export type Loose = null | boolean | number | string | Loose[] | { [key: string]: Loose };

export interface SmallModel {
  version?: number[];
  objective?: { [key: string]: Loose };
  /** Entries of `learner_model_param`. */
  param?: { [key: string]: string };
  trees?: Loose[];
  treeInfo?: number[];
  /** Of dart; makes the booster one. */
  weightDrop?: number[];
  /** Further entries of the learner, of the forest, of the file. */
  learner?: { [key: string]: Loose };
  forest?: { [key: string]: Loose };
  file?: { [key: string]: Loose };
}

/** x[column] < threshold → left, else right; NaN goes left. */
export function smallTree(
  id: number,
  column: number,
  threshold: number,
  left: number,
  right: number,
): { [key: string]: Loose } {
  return {
    base_weights: [0, left, right],
    categories: [],
    categories_nodes: [],
    categories_segments: [],
    categories_sizes: [],
    default_left: [1, 0, 0],
    id,
    left_children: [1, -1, -1],
    loss_changes: [1, 0, 0],
    parents: [2147483647, 0, 0],
    right_children: [2, -1, -1],
    split_conditions: [threshold, left, right],
    split_indices: [column, 0, 0],
    split_type: [0, 0, 0],
    sum_hessian: [2, 1, 1],
    tree_param: { num_deleted: "0", num_feature: "2", num_nodes: "3", size_leaf_vector: "1" },
  };
}

export function smallModel(change: SmallModel = {}): { [key: string]: Loose } {
  const trees = change.trees ?? [smallTree(0, 0, 0.5, -1, 2), smallTree(1, 1, 3, 0.25, -0.5)];
  const gbtree = {
    model: {
      gbtree_model_param: { num_parallel_tree: "1", num_trees: String(trees.length) },
      // New in 2.0.
      ...((change.version?.[0] ?? 2) < 2
        ? {}
        : { iteration_indptr: Array.from({ length: trees.length + 1 }, (_, i) => i) }),
      tree_info: change.treeInfo ?? trees.map(() => 0),
      trees,
      ...change.forest,
    },
    name: "gbtree",
  };
  return {
    learner: {
      attributes: { best_iteration: "1", best_score: "0.25" },
      feature_names: ["a", "b"],
      feature_types: ["float", "float"],
      gradient_booster:
        change.weightDrop === undefined ? gbtree : { gbtree, name: "dart", weight_drop: change.weightDrop },
      learner_model_param: {
        base_score: "5E-1",
        boost_from_average: "1",
        num_class: "0",
        num_feature: "2",
        num_target: "1",
        ...change.param,
      },
      objective: change.objective ?? { name: "reg:squarederror", reg_loss_param: { scale_pos_weight: "1" } },
      ...change.learner,
    },
    version: change.version ?? [2, 1, 4],
    ...change.file,
  };
}

export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** As XGBoost writes it: lists of numbers as typed arrays (int32 or float32), lengths as int64. */
export function ubjsonBytes(value: FileValue | Loose): Uint8Array {
  const out: number[] = [];
  const big = (bytes: number, write: (view: DataView) => void): void => {
    const view = new DataView(new ArrayBuffer(bytes));
    write(view);
    out.push(...new Uint8Array(view.buffer));
  };
  const mark = (text: string): void => {
    out.push(text.charCodeAt(0));
  };
  const length = (n: number): void => {
    mark("L");
    big(8, (v) => v.setBigInt64(0, BigInt(n)));
  };
  const text = (s: string): void => {
    const bytes = new TextEncoder().encode(s);
    length(bytes.length);
    out.push(...bytes);
  };
  const write = (item: FileValue | Loose): void => {
    if (item === null) mark("Z");
    else if (typeof item === "boolean") mark(item ? "T" : "F");
    else if (typeof item === "string") {
      mark("S");
      text(item);
    } else if (typeof item === "number") {
      mark(Number.isInteger(item) ? "L" : "d");
      if (Number.isInteger(item)) big(8, (v) => v.setBigInt64(0, BigInt(item)));
      else big(4, (v) => v.setFloat32(0, item));
    } else if (Array.isArray(item)) {
      const numbers = item.length > 0 && item.every((v) => typeof v === "number");
      mark("[");
      if (numbers) {
        const whole = item.every(Number.isInteger);
        for (const c of whole ? "$l#" : "$d#") mark(c);
        length(item.length);
        for (const v of item) big(4, (view) => (whole ? view.setInt32(0, Number(v)) : view.setFloat32(0, Number(v))));
      } else {
        mark("#");
        length(item.length);
        for (const v of item) write(v as Loose);
      }
    } else {
      mark("{");
      for (const [key, v] of Object.entries(item)) {
        text(key);
        write(v as Loose);
      }
      mark("}");
    }
  };
  write(value);
  return Uint8Array.from(out);
}
