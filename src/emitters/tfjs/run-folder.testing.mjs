/**
 * For tests: a program that knows TF.js and nothing of calypte. Loads the folder of an emitted model through an IOHandler of its
 * own, feeds it the tensors of a JSON file, and prints what `predict` and `execute` give.
 *
 * node run-folder.testing.mjs FOLDER DEVICE FEEDS_JSON
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

const [folder, device, feedsFile] = process.argv.slice(2);
const wasm = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
setWasmPaths(dirname(wasm) + sep);
console.warn = () => {};
await tf.setBackend(device);

const handler = {
  async load() {
    const json = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
    const shards = json.weightsManifest.flatMap((group) => group.paths.map((path) => readFileSync(join(folder, path))));
    const bytes = Buffer.concat(shards);
    return {
      ...json,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    };
  },
};
const model = await loadGraphModel(handler);
const { feeds, nodes } = JSON.parse(readFileSync(feedsFile, "utf8"));
const tensors = Object.fromEntries(
  Object.entries(feeds).map(([name, { dtype, shape, data }]) => [
    name,
    tf.tensor(
      dtype === "string" ? data : dtype === "float32" ? Float32Array.from(data, Number) : Int32Array.from(data),
      shape,
      dtype,
    ),
  ]),
);
const described = (t) => ({ dtype: t.dtype, shape: t.shape, data: Array.from(t.dataSync(), (v) => String(v)) });
const later = model.metadata.calypte.asynchronous === true;
const predicted = later ? await model.predictAsync(tensors) : model.predict(tensors);
const executed = [later ? await model.executeAsync(tensors, nodes) : model.execute(tensors, nodes)].flat();
const byName =
  predicted instanceof tf.Tensor
    ? described(predicted)
    : Object.fromEntries(Object.entries(predicted).map(([name, t]) => [name, described(t)]));
console.log(JSON.stringify({ predicted: byName, executed: executed.map(described), metadata: model.metadata }));
