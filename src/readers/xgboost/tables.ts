/**
 * The objects of an XGBoost model file, one table each. Source: the `SaveModel` functions of XGBoost 1.6.2, 2.1.4 and 3.2.0
 * (src/learner.cc, src/gbm/gbtree.cc, src/gbm/gbtree_model.cc, src/gbm/gblinear_model.cc, src/tree/tree_model.cc,
 * src/tree/multi_target_tree_model.cc, src/data/cat_container.cc).
 */

import type { Table } from "./schema.js";

export const fileTable = {
  version: { kind: "integers" },
  learner: { kind: "object" },
} as const satisfies Table;

export const learnerTable = {
  learner_model_param: { kind: "object" },
  objective: { kind: "object" },
  gradient_booster: { kind: "object" },
  /** What the user stored, and the best iteration of early stopping. */
  attributes: { kind: "object" },
  feature_names: { kind: "texts", optional: true },
  feature_types: { kind: "texts", optional: true },
} as const satisfies Table;

export const learnerParamTable = {
  base_score: { kind: "text" },
  num_feature: { kind: "count" },
  num_class: { kind: "count" },
  num_target: { kind: "count", optional: true },
  /** Whether a further training would estimate the base score. */
  boost_from_average: { kind: "ignored", optional: true },
} as const satisfies Table;

export const boosterTable = { name: { kind: "text" }, model: { kind: "object" } } as const satisfies Table;

export const dartTable = {
  name: { kind: "text" },
  gbtree: { kind: "object" },
  weight_drop: { kind: "floats" },
} as const satisfies Table;

export const linearTable = {
  weights: { kind: "floats" },
  boosted_rounds: { kind: "ignored", optional: true },
} as const satisfies Table;

export const forestTable = {
  gbtree_model_param: { kind: "object" },
  trees: { kind: "objects" },
  tree_info: { kind: "integers" },
  iteration_indptr: { kind: "integers", optional: true, since: [2, 0, 0] },
  cats: { kind: "object", optional: true, since: [3, 1, 0] },
} as const satisfies Table;

export const forestParamTable = {
  num_trees: { kind: "count" },
  num_parallel_tree: { kind: "count", optional: true },
  /** Each tree says its own. */
  size_leaf_vector: { kind: "ignored", optional: true },
} as const satisfies Table;

export const categoryDictionaryTable = {
  enc: { kind: "objects" },
  /** Both follow from the names. */
  feature_segments: { kind: "ignored" },
  sorted_idx: { kind: "ignored" },
} as const satisfies Table;

/** Strings as offsets into bytes; numbers as they are, with their type in XGBoost's numbering. */
export const categoryNamesTable = {
  offsets: { kind: "integers", optional: true },
  type: { kind: "ignored", optional: true },
  values: { kind: "floats" },
} as const satisfies Table;

export const treeTable = {
  id: { kind: "integer" },
  tree_param: { kind: "object" },
  left_children: { kind: "numbers" },
  right_children: { kind: "numbers" },
  split_indices: { kind: "numbers" },
  split_conditions: { kind: "numbers" },
  default_left: { kind: "numbers" },
  base_weights: { kind: "numbers" },
  /** Vector leaves; before, they are among `base_weights`. */
  leaf_weights: { kind: "numbers", optional: true, since: [3, 2, 0] },
  split_type: { kind: "numbers", optional: true },
  categories: { kind: "integers", optional: true },
  categories_nodes: { kind: "integers", optional: true },
  categories_segments: { kind: "integers", optional: true },
  categories_sizes: { kind: "integers", optional: true },
  /** Follow from the children, which are checked to form a tree. */
  parents: { kind: "ignored", optional: true },
  /** Statistics of the training. */
  loss_changes: { kind: "ignored", optional: true },
  sum_hessian: { kind: "ignored", optional: true },
} as const satisfies Table;

export const treeParamTable = {
  num_nodes: { kind: "count" },
  num_deleted: { kind: "count", optional: true },
  num_feature: { kind: "ignored", optional: true },
  size_leaf_vector: { kind: "count", optional: true },
} as const satisfies Table;
