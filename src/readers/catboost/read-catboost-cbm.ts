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
import {
  catFeature,
  ctrFeature,
  embeddingFeature,
  featureCombination,
  floatFeature,
  keyValue,
  modelCore,
  modelCtr,
  modelCtrBase,
  modelTrees,
  oneHotFeature,
  textFeature,
} from "./cbm-tables.js";
import { stepTrees } from "./cbm-trees.js";
import { checkFeatures } from "./check-features.js";
import { type FlatBuffer, openFlatBuffer, type ReadTable } from "./flatbuffer.js";
import { readModelInfo } from "./model-info.js";
import { ctrAdvice, ctrRefusal, kindRefusal, type NamedFeature } from "./refused-features.js";
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
  refuseFeatures(buffer, trees);
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

const positions = { Index: -1, FlatIndex: -1 };

/** Each by the name of the features that it is made of. */
function refuseFeatures(buffer: FlatBuffer, trees: Trees): void {
  if (trees.CtrFeatures.length > 0) {
    const categoricals = new Map(readCategoricals(buffer, trees).map((feature) => [feature.index, feature]));
    const used = trees.CtrFeatures.flatMap((place) => categoriesOfCtr(buffer, place));
    const known = used.flatMap((index) => categoricals.get(index) ?? []);
    throw ctrRefusal("TModelTrees.CtrFeatures", known);
  }
  for (const [field, table, kind] of [
    ["TextFeatures", textFeature, "text"],
    ["EmbeddingFeatures", embeddingFeature, "embedding"],
  ] as const) {
    if (trees[field].length === 0) continue;
    const features = trees[field].map((place): NamedFeature => {
      const { FlatIndex, FeatureId } = buffer.read(`T${field}`, place, table, positions);
      return { flatIndex: FlatIndex, name: FeatureId };
    });
    throw kindRefusal(`TModelTrees.${field}`, kind, features);
  }
  if (trees.EstimatedFeatures.length > 0) throw kindRefusal("TModelTrees.EstimatedFeatures", "estimated", []);
}

/** Which categorical features a CTR counts the combinations of. */
function categoriesOfCtr(buffer: FlatBuffer, place: number): readonly number[] {
  const { Ctr } = buffer.read("TCtrFeature", place, ctrFeature);
  if (Ctr === undefined) return [];
  const { Base } = buffer.read("TModelCtr", Ctr, modelCtr);
  if (Base === undefined) return [];
  const { FeatureCombination } = buffer.read("TModelCtrBase", Base, modelCtrBase);
  if (FeatureCombination === undefined) return [];
  return Array.from(buffer.read("TFeatureCombination", FeatureCombination, featureCombination).CatFeatures);
}

function readFeatures(
  buffer: FlatBuffer,
  trees: Trees,
): Pick<CatboostFile, "floats" | "categoricals" | "oneHots" | "categoryNames"> {
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
  const categoricals = readCategoricals(buffer, trees);
  const categoryNames: string[] = [];
  const oneHots = trees.OneHotFeatures.map((place): OneHotFeature => {
    const feature = buffer.read("TOneHotFeature", place, oneHotFeature, { Index: -1 });
    categoryNames.push(...feature.StringValues);
    return { categorical: feature.Index, values: feature.Values };
  });
  return { floats, categoricals, oneHots, categoryNames };
}

function readCategoricals(buffer: FlatBuffer, trees: Trees): readonly CategoricalFeature[] {
  return trees.CatFeatures.map((place) => {
    const feature = buffer.read("TCatFeature", place, catFeature, { ...positions, UsedInModel: true });
    return { index: feature.Index, flatIndex: feature.FlatIndex, name: feature.FeatureId };
  });
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
