/** Weights of a TF.js model: the manifest of `model.json` and the binary shards beside it. */

import type { DeviceDType, Quantization, Weight } from "./graph-def.js";

export interface WeightSpec {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: DeviceDType;
  readonly quantization?: Quantization;
}

export interface WeightsManifestEntry {
  readonly paths: string[];
  readonly weights: WeightSpec[];
}

/** TF.js's own converter cuts shards of 4 MB, which browsers cache one by one. */
const shardBytes = 4 * 1024 * 1024;

export function weightSpecs(weights: readonly Weight[]): WeightSpec[] {
  return weights.map(({ name, shape, dtype, quantization }) => ({
    name,
    shape: [...shape],
    dtype,
    ...(quantization === undefined ? {} : { quantization }),
  }));
}

/** All weights one after another, without gaps, in the order of the manifest. */
export function concatWeights(weights: readonly Weight[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(weights.reduce((sum, w) => sum + w.data.length, 0));
  let at = 0;
  for (const { data } of weights) {
    all.set(data, at);
    at += data.length;
  }
  return all;
}

/** One group, cut into shards `group1-shard1of3.bin`, …; a weight may lie across two of them. */
export function shardWeights(weights: readonly Weight[]): {
  readonly manifest: WeightsManifestEntry[];
  readonly files: ReadonlyMap<string, Uint8Array>;
} {
  const all = concatWeights(weights);
  const files = new Map<string, Uint8Array>();
  const count = Math.ceil(all.length / shardBytes);
  for (let i = 0; i < count; i++) {
    files.set(`group1-shard${i + 1}of${count}.bin`, all.slice(i * shardBytes, (i + 1) * shardBytes));
  }
  return { manifest: weights.length === 0 ? [] : [{ paths: [...files.keys()], weights: weightSpecs(weights) }], files };
}
