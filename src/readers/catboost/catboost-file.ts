/**
 * What a CatBoost model file says, whichever of its two formats it is in: made by `read-catboost-json.ts` and
 * `read-catboost-cbm.ts`, understood by `build-model.ts`. Names follow catboost/libs/model/flatbuffers/{model,features}.fbs.
 */

export const format = "catboost";

export interface FloatFeature {
  /** Among the float features; what a split names. */
  readonly index: number;
  /** Column of X. */
  readonly flatIndex: number;
  readonly name: string;
  /** Ascending float32 values; empty where no tree looks at the feature. */
  readonly borders: ArrayLike<number>;
  readonly hasNans: boolean;
  readonly nanTreatment: "AsIs" | "AsFalse" | "AsTrue";
}

export interface CategoricalFeature {
  readonly index: number;
  readonly flatIndex: number;
  readonly name: string;
}

/** The categories of one feature that a tree may ask for, as 32-bit hashes (signed, as in the file). */
export interface OneHotFeature {
  /** `index` of its categorical feature. */
  readonly categorical: number;
  readonly values: ArrayLike<number>;
}

interface Leaves {
  /** Outputs of a leaf. */
  readonly dimension: number;
  /** Length trees + 1: the leaves of each tree, in the order of `calc_leaf_indexes`. */
  readonly leafStart: Int32Array;
  /** [leaves, dimension] */
  readonly leafValues: Float64Array;
}

/** Trees with one condition for each level: bit j of a leaf's number is the outcome of the tree's condition j. */
export interface SymmetricTrees extends Leaves {
  readonly symmetric: true;
  /** Length trees + 1: the conditions of each tree. */
  readonly splitStart: Int32Array;
  /** Ordinals of conditions among `conditionsOf`. */
  readonly split: Int32Array;
}

/**
 * Trees of any shape, as inner nodes and leaves numbered within their tree. A child c ≥ 0 is the inner node c, c < 0 the leaf
 * -1 - c. The root is inner node 0, or leaf 0 in a tree without inner nodes.
 */
export interface BinaryTrees extends Leaves {
  readonly symmetric: false;
  /** Length trees + 1: the inner nodes of each tree. */
  readonly innerStart: Int32Array;
  /** Per inner node: ordinal of its condition among `conditionsOf`. */
  readonly split: Int32Array;
  /** Per inner node: the child where the condition holds. */
  readonly yes: Int32Array;
  readonly no: Int32Array;
}

export type CatboostTrees = SymmetricTrees | BinaryTrees;

export interface CatboostFile {
  /** Metadata by key; values that are JSON in the file's text are parsed. */
  readonly info: ReadonlyMap<string, unknown>;
  readonly floats: readonly FloatFeature[];
  readonly categoricals: readonly CategoricalFeature[];
  readonly oneHots: readonly OneHotFeature[];
  /** Strings whose hashes may occur in `oneHots`, where the file lists them. */
  readonly categoryNames: readonly string[];
  readonly trees: CatboostTrees;
  readonly scale: number;
  /** Length `dimension`. */
  readonly bias: readonly number[];
}
