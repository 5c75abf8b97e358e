/**
 * The keys of a LightGBM text model, of its header and of each tree: the one table that says what the reader takes, what it knows to be
 * without influence on predictions, and since which LightGBM release the key is written. A key that is not here is refused by name.
 *
 * Source: `GBDT::SaveModelToString` and `GBDT::LoadModelFromString` (src/boosting/gbdt_model_text.cpp), `Tree::ToString` and `Tree::Tree`
 * (src/io/tree.cpp), LightGBM 3.3.5 and 4.7.
 */

/** How many values a key of a tree holds: one, one per leaf, per inner node, or as other keys of the tree say. */
export type ValueCount = "one" | "leaves" | "inner" | "stated";

export interface Key {
  /** "flag" stands alone; "unused" is never looked at. */
  readonly type: "flag" | "text" | "integer" | "float" | "unused";
  readonly count?: ValueCount;
  /** Absent is an error, unless the tree is of a kind that does without. */
  readonly required?: boolean;
  /** First LightGBM release that writes it. */
  readonly since: "3.0" | "3.2";
}

/** Lines before the first tree. */
export const headerKeys = {
  version: { type: "text", required: true, since: "3.0" },
  num_class: { type: "integer", count: "one", required: true, since: "3.0" },
  num_tree_per_iteration: { type: "integer", count: "one", since: "3.0" },
  // The label's column in text data; matrices have none.
  label_index: { type: "unused", required: true, since: "3.0" },
  max_feature_idx: { type: "integer", count: "one", required: true, since: "3.0" },
  objective: { type: "text", since: "3.0" },
  average_output: { type: "flag", since: "3.0" },
  feature_names: { type: "text", required: true, since: "3.0" },
  // Constraints shaped the trees when they were grown.
  monotone_constraints: { type: "unused", since: "3.0" },
  feature_infos: { type: "text", required: true, since: "3.0" },
  tree_sizes: { type: "integer", count: "stated", since: "3.0" },
} as const satisfies Readonly<Record<string, Key>>;

/** Lines of one tree, after "Tree=i". */
export const treeKeys = {
  num_leaves: { type: "integer", count: "one", required: true, since: "3.0" },
  num_cat: { type: "integer", count: "one", required: true, since: "3.0" },
  split_feature: { type: "integer", count: "inner", required: true, since: "3.0" },
  split_gain: { type: "unused", since: "3.0" },
  threshold: { type: "float", count: "inner", required: true, since: "3.0" },
  decision_type: { type: "integer", count: "inner", since: "3.0" },
  left_child: { type: "integer", count: "inner", required: true, since: "3.0" },
  right_child: { type: "integer", count: "inner", required: true, since: "3.0" },
  leaf_value: { type: "float", count: "leaves", required: true, since: "3.0" },
  // Statistics of the training data.
  leaf_weight: { type: "unused", since: "3.0" },
  leaf_count: { type: "unused", since: "3.0" },
  internal_value: { type: "unused", since: "3.0" },
  internal_weight: { type: "unused", since: "3.0" },
  internal_count: { type: "unused", since: "3.0" },
  cat_boundaries: { type: "integer", count: "stated", since: "3.0" },
  cat_threshold: { type: "integer", count: "stated", since: "3.0" },
  is_linear: { type: "integer", count: "one", since: "3.2" },
  leaf_const: { type: "float", count: "leaves", since: "3.2" },
  num_features: { type: "integer", count: "leaves", since: "3.2" },
  leaf_features: { type: "integer", count: "stated", since: "3.2" },
  leaf_coeff: { type: "float", count: "stated", since: "3.2" },
  // Already multiplied into the leaf values.
  shrinkage: { type: "unused", since: "3.0" },
} as const satisfies Readonly<Record<string, Key>>;

export type HeaderKey = keyof typeof headerKeys;
export type TreeKey = keyof typeof treeKeys;

/** Values of the line `version=`; the two have the same keys and the same rules. */
export const versions: ReadonlySet<string> = new Set(["v3", "v4"]);
