/**
 * CatBoost's binary models (.cbm) → `CatboostFile`: "CBM1", the size of the core as uint32, the core as a FlatBuffer, then the parts
 * that it names. Source: `TFullModel::Load` and `TModelTrees::FBDeserialize` (catboost/libs/model/model.cpp).
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import {
  type CatboostFile,
  type CategoricalFeature,
  type FloatFeature,
  format,
  type OneHotFeature,
} from "./catboost-file.js";
import { catFeature, floatFeature, keyValue, modelCore, modelTrees, oneHotFeature } from "./cbm-tables.js";
import { stepTrees } from "./cbm-trees.js";
import { checkFeatures } from "./check-features.js";
import { type FlatBuffer, openFlatBuffer, type ReadTable } from "./flatbuffer.js";
import { readModelInfo } from "./model-info.js";
import { ctrAdvice } from "./read-catboost-json.js";
import { checkRepackedBins } from "./repacked-bins.js";
import { symmetricTrees } from "./symmetric-trees.js";

/** As CatBoost spells it. */
const formatVersion = "FlabuffersModel_v1";
const headerBytes = 8;
const nanTreatments = ["AsIs", "AsFalse", "AsTrue"] as const;

/** Throws ModelParseError for a damaged file, UnsupportedError for what calypte does not evaluate. */
export function readCatboostCbm(bytes: Uint8Array): CatboostFile {
  const fail = (path: string, message: string): never => {
    throw new ModelParseError(format, path, message);
  };
  if (bytes.length < headerBytes) fail("", `the file has ${bytes.length} bytes, expected a header of ${headerBytes}`);
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
  if (size > bytes.length - headerBytes) {
    fail("byte 4", `the core of the model has ${size} bytes, but only ${bytes.length - headerBytes} follow`);
  }
  const buffer = openFlatBuffer(bytes.subarray(headerBytes, headerBytes + size), format);
  const core = buffer.read("TModelCore", buffer.root, modelCore);
  if (core.FormatVersion !== formatVersion) {
    throw new UnsupportedError(
      "FormatVersion",
      `the core is of version ${JSON.stringify(core.FormatVersion)}, expected "${formatVersion}"`,
      "save the model again with CatBoost 1.2",
    );
  }
  const place = core.ModelTrees ?? fail("TModelCore", "it has no trees");
  const trees = buffer.read("TModelTrees", place, modelTrees, { Scale: 1 });
  refuseFeatures(trees);
  if (core.ModelPartIds.length > 0) {
    throw new UnsupportedError(
      "ModelPartIds",
      `the part ${JSON.stringify(core.ModelPartIds[0])} of the model is not evaluated`,
      ctrAdvice,
    );
  }
  if (bytes.length !== headerBytes + size) fail(`byte ${headerBytes + size}`, "something follows the end of the model");

  const features = readFeatures(buffer, trees);
  checkFeatures(features.floats, features.categoricals);
  checkRepackedBins(trees.RepackedBins, trees.TreeSplits, features);
  const dimension = trees.ApproxDimension;
  if (dimension < 1 || dimension > 2 ** 20) fail("TModelTrees.ApproxDimension", `${dimension} outputs`);
  const starts = trees.TreeStartOffsets;
  if (starts.length !== 0) {
    let at = 0;
    for (let t = 0; t < trees.TreeSizes.length; t++) {
      if (starts[t] !== at) fail("TModelTrees.TreeStartOffsets", `tree ${t} starts at ${starts[t]}, expected ${at}`);
      at += trees.TreeSizes[t]!;
    }
  }
  return {
    info: readInfo(buffer, core.InfoMap),
    ...features,
    trees:
      trees.NonSymmetricStepNodes.length === 0
        ? symmetricTrees(trees.TreeSizes, trees.TreeSplits, trees.LeafValues, dimension)
        : stepTrees(trees, dimension),
    scale: trees.Scale,
    bias: readBias(trees, dimension),
  };
}

type Trees = ReadTable<typeof modelTrees>;

function refuseFeatures(trees: Trees): void {
  for (const [field, what] of [
    ["CtrFeatures", "target statistics of categorical features (CTRs)"],
    ["TextFeatures", "text features"],
    ["EmbeddingFeatures", "embedding features"],
    ["EstimatedFeatures", "estimated features"],
  ] as const) {
    if (trees[field].length === 0) continue;
    const advice = field === "CtrFeatures" ? ctrAdvice : "train on numbers and categories alone";
    throw new UnsupportedError(`TModelTrees.${field}`, `${what} are not evaluated`, advice);
  }
}

function readFeatures(
  buffer: FlatBuffer,
  trees: Trees,
): Pick<CatboostFile, "floats" | "categoricals" | "oneHots" | "categoryNames"> {
  const positions = { Index: -1, FlatIndex: -1 };
  const floats = trees.FloatFeatures.map((place, i): FloatFeature => {
    const feature = buffer.read("TFloatFeature", place, floatFeature, positions);
    const nanTreatment = nanTreatments[feature.NanValueTreatment];
    if (nanTreatment === undefined) {
      throw new UnsupportedError(
        `TModelTrees.FloatFeatures[${i}]`,
        `NanValueTreatment ${feature.NanValueTreatment} is not known`,
      );
    }
    return {
      index: feature.Index,
      flatIndex: feature.FlatIndex,
      name: feature.FeatureId,
      borders: feature.Borders,
      hasNans: feature.HasNans,
      nanTreatment,
    };
  });
  const categoricals = trees.CatFeatures.map((place): CategoricalFeature => {
    const feature = buffer.read("TCatFeature", place, catFeature, { ...positions, UsedInModel: true });
    return { index: feature.Index, flatIndex: feature.FlatIndex, name: feature.FeatureId };
  });
  const categoryNames: string[] = [];
  const oneHots = trees.OneHotFeatures.map((place): OneHotFeature => {
    const feature = buffer.read("TOneHotFeature", place, oneHotFeature, { Index: -1 });
    categoryNames.push(...feature.StringValues);
    return { categorical: feature.Index, values: feature.Values };
  });
  return { floats, categoricals, oneHots, categoryNames };
}

function readInfo(buffer: FlatBuffer, entries: readonly number[]): ReadonlyMap<string, unknown> {
  const pairs = entries.map((place) => buffer.read("TKeyValue", place, keyValue));
  return readModelInfo(
    pairs.map(({ Key, Value }) => [Key, Value] as const),
    "InfoMap",
  );
}

function readBias(trees: Trees, dimension: number): readonly number[] {
  if (trees.MultiBias.length === dimension) return Array.from(trees.MultiBias);
  if (trees.MultiBias.length !== 0) {
    throw new ModelParseError(
      format,
      "TModelTrees.MultiBias",
      `${trees.MultiBias.length} biases for ${dimension} outputs`,
    );
  }
  if (dimension > 1 && trees.Bias !== 0) {
    throw new ModelParseError(format, "TModelTrees.Bias", `one bias, ${trees.Bias}, for ${dimension} outputs`);
  }
  return Array.from({ length: dimension }, () => trees.Bias);
}
