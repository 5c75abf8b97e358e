/**
 * The tables of CatBoost's binary format, fields in slot order.
 * Source: catboost/libs/model/flatbuffers/model.fbs and features.fbs; slots 14 to 18 of TModelTrees as CatBoost 1.2 writes them.
 */

export const modelCore = {
  FormatVersion: "string",
  ModelTrees: "table",
  InfoMap: "tables",
  ModelPartIds: "strings",
} as const;

export const keyValue = { Key: "string", Value: "string" } as const;

export const modelTrees = {
  ApproxDimension: "int",
  TreeSplits: "ints",
  TreeSizes: "ints",
  TreeStartOffsets: "ints",
  CatFeatures: "tables",
  FloatFeatures: "tables",
  OneHotFeatures: "tables",
  CtrFeatures: "tables",
  LeafValues: "doubles",
  /** Statistics of the training. */
  LeafWeights: "unreadDoubles",
  NonSymmetricStepNodes: "pairs",
  NonSymmetricNodeIdToLeafId: "uints",
  TextFeatures: "tables",
  EstimatedFeatures: "tables",
  Scale: "double",
  Bias: "double",
  MultiBias: "doubles",
  RepackedBins: "quads",
  EmbeddingFeatures: "tables",
} as const;

export const floatFeature = {
  HasNans: "bool",
  Index: "int",
  FlatIndex: "int",
  Borders: "floats",
  FeatureId: "string",
  NanValueTreatment: "byte",
} as const;

export const catFeature = { Index: "int", FlatIndex: "int", FeatureId: "string", UsedInModel: "bool" } as const;

/** Of a text feature, and of an embedding, which is longer. */
export const textFeature = catFeature;
export const embeddingFeature = { ...catFeature, Dimension: "int" } as const;

/** Looked at for the names of the features alone; what is `int` in the last ones may be wider in the schema. */
export const ctrFeature = { Ctr: "table", Borders: "floats" } as const;
export const modelCtr = {
  Base: "table",
  TargetBorderIdx: "int",
  PriorNum: "int",
  PriorDenom: "int",
  Shift: "int",
  Scale: "int",
} as const;
export const modelCtrBase = { FeatureCombination: "table", CtrType: "byte", TargetBorderClassifierIdx: "int" } as const;
export const featureCombination = { CatFeatures: "ints", FloatSplits: "pairs", OneHotSplits: "pairs" } as const;

export const oneHotFeature = { Index: "int", Values: "ints", StringValues: "strings" } as const;
