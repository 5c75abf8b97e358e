/**
 * The binary format holds each condition twice: as an ordinal in TreeSplits, and packed for CatBoost's evaluator in RepackedBins.
 * Which of the two CatBoost evaluates depends on how it loads the file, so they must say the same.
 *
 * Source: `TModelTrees::CalcBinFeatures` (catboost/libs/model/model.cpp): {uint16 bucket, uint8 xor mask, uint8 bin}; a bucket holds at
 * most 254 values of a feature, and one-hot values are compared for equality through the mask.
 */

import { ModelParseError } from "../../errors.js";
import { type CatboostFile, format } from "./catboost-file.js";

const valuesPerBucket = 254;

/** Throws ModelParseError where a condition is packed otherwise than it is numbered; files without packed conditions pass. */
export function checkRepackedBins(
  packed: Uint8Array,
  splits: Int32Array,
  features: Pick<CatboostFile, "floats" | "oneHots">,
): void {
  if (packed.length === 0) return;
  const fail = (message: string): never => {
    throw new ModelParseError(format, "TModelTrees.RepackedBins", message);
  };
  if (packed.length !== 4 * splits.length) fail(`${packed.length / 4} entries for ${splits.length} conditions`);
  const expected: number[] = [];
  let bucket = 0;
  const add = (count: number, oneHot: boolean): void => {
    for (let i = 0; i < count; i++) {
      const bin = (i % valuesPerBucket) + 1;
      const at = bucket + Math.floor(i / valuesPerBucket);
      expected.push(oneHot ? at + 2 ** 16 * (255 - bin) + 2 ** 24 * 255 : at + 2 ** 24 * bin);
    }
    bucket += Math.ceil(count / valuesPerBucket);
  };
  for (const f of features.floats) add(f.borders.length, false);
  for (const f of features.oneHots) add(f.values.length, true);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let i = 0; i < splits.length; i++) {
    const [got, want] = [view.getUint32(4 * i, true), expected[splits[i]!]];
    if (want === undefined) fail(`condition ${i} is number ${splits[i]}, but there are ${expected.length}`);
    if (got !== want) fail(`condition ${i} is packed as ${got}, but number ${splits[i]} is packed as ${want}`);
  }
}
