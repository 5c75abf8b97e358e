import { io, type Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadFixture } from "../../../test-models/fixtures.js";
import { convert } from "../../convert.js";
import { load } from "../../load.js";
import type { Weight } from "./graph-def.js";
import { quantizedWeight } from "./quantized-weight.js";
import { weightSpecs } from "./weights.js";

const weightOf = (values: Float32Array | Int32Array): Weight => ({
  name: "w",
  dtype: values instanceof Float32Array ? "float32" : "int32",
  shape: [values.length],
  data: new Uint8Array(values.buffer),
});

/** What TF.js makes of a weight. */
function decoded(weight: Weight): Float32Array | Int32Array {
  const tensors = io.decodeWeights(weight.data.slice().buffer, weightSpecs([weight]) as io.WeightsManifestEntry[]);
  return (tensors["w"] as Tensor).dataSync() as Float32Array | Int32Array;
}

test.each<[string, Float32Array | Int32Array, string | undefined]>([
  ["class numbers", Int32Array.of(0, 2, 1, 255), "uint8"],
  ["a table of nodes", Int32Array.of(-1, 0, 65534), "uint16"],
  ["numbers far from zero", Int32Array.of(2 ** 30 + 1, 2 ** 30 + 200), "uint8"],
  ["both ends of int32", Int32Array.of(-(2 ** 31), 2 ** 31 - 1), undefined],
  ["paths", Float32Array.of(-1, 0, 1, 0), "uint8"],
  ["halves", Float32Array.of(0.5, -2.25, 65504, Infinity), "float16"],
  ["negative zero", Float32Array.of(-0, 1), "float16"],
  ["thresholds", Float32Array.of(0.1, 5.45), undefined],
  ["NaN", Float32Array.of(NaN, 1), undefined],
  ["what float16 would make 0", Float32Array.of(2 ** -30, 1), undefined],
  ["beyond float16", Float32Array.of(65505, 0.5), undefined],
  ["one number", Float32Array.of(1), undefined],
])("%s", (_, values, form) => {
  const weight = quantizedWeight(weightOf(values));
  expect(weight.quantization?.dtype).toBe(form);
  expect(new Uint8Array(decoded(weight).buffer)).toEqual(new Uint8Array(values.buffer));
});

test("whatever the numbers, TF.js reads the same", () => {
  const numbers = fc.oneof(
    fc.array(fc.integer({ min: -70000, max: 70000 }), { minLength: 1, maxLength: 20 }).map((v) => Int32Array.from(v)),
    fc.float32Array({ minLength: 1, maxLength: 20 }).filter((v) => !v.some(Number.isNaN)),
    fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 1 }).map((v) => Float32Array.from(v, (x) => x / 4)),
  );
  fc.assert(
    fc.property(numbers, (values) => {
      const got = decoded(quantizedWeight(weightOf(values)));
      expect(Array.from(got)).toEqual(Array.from(values));
    }),
  );
});

test("a converted forest has the same weights, in fewer bytes", async () => {
  const model = await load(loadFixture("digits-forest").model);
  const weightsOf = async (quantized: boolean) => {
    const files = await convert(model, { target: "tfjs", quantized });
    const json = JSON.parse(new TextDecoder().decode(files.get("model.json"))) as {
      weightsManifest: { paths: string[]; weights: io.WeightsManifestEntry[] }[];
    };
    const data = Buffer.concat(
      json.weightsManifest.flatMap((g) => g.paths.map((path) => files.get(path) ?? new Uint8Array())),
    );
    const specs = json.weightsManifest.flatMap((g) => g.weights);
    const tensors = io.decodeWeights(new Uint8Array(data).buffer, specs) as Record<string, Tensor>;
    return { bytes: data.length, values: Object.entries(tensors).map(([name, t]) => [name, t.shape, t.dataSync()]) };
  };
  const [plain, quantized] = [await weightsOf(false), await weightsOf(true)];
  expect(quantized.values).toEqual(plain.values);
  expect(quantized.bytes).toBeLessThan(0.8 * plain.bytes);
});

test("other targets refuse it", async () => {
  const model = await load(loadFixture("iris-tree").model);
  await expect(convert(model, { target: "wasm", quantized: true })).rejects.toThrow(/quantized is for the target tfjs/);
});
