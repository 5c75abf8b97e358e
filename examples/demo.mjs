/**
 * The demo, `npm run demo`: a random forest that scikit-learn trained becomes a TF.js graph in a folder, and real rows are
 * predicted with every strategy on every backend, compared with scikit-learn's own answers, and timed. Ends with exit code 1
 * where an answer disagrees.
 */

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { compile, convert, load, save } from "../dist/index.js";

const models = new URL("../test-models/", import.meta.url);
const fixture = JSON.parse(readFileSync(new URL("onnx/cancer-forest/fixture.json", models), "utf8"));
const timedRows = 1000;
/** Rounding of float32 sums over 100 trees; every real disagreement is a whole vote, 0.01 or more. */
const tolerance = 1e-5;

/** Arrays of a compressed .npz of little-endian numbers, by name: what numpy.savez_compressed writes. */
function readNpz(bytes) {
  const arrays = new Map();
  const end = bytes.lastIndexOf("PK\x05\x06");
  let at = bytes.readUInt32LE(end + 16);
  for (let i = bytes.readUInt16LE(end + 10); i > 0; i--) {
    const [packed, nameLength] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28)];
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const local = bytes.readUInt32LE(at + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const raw = bytes.subarray(data, data + packed);
    const npy = bytes.readUInt16LE(at + 10) === 0 ? raw : inflateRawSync(raw);
    arrays.set(name.replace(/\.npy$/, ""), npy);
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return (name) => {
    const npy = arrays.get(name);
    const start = 10 + npy.readUInt16LE(8);
    const header = npy.toString("latin1", 10, start);
    const Type = { "<f4": Float32Array, "<f8": Float64Array, "<i8": BigInt64Array, "<i4": Int32Array }[
      /'descr': '([^']*)'/.exec(header)[1]
    ];
    return Array.from(new Type(npy.buffer.slice(npy.byteOffset + start, npy.byteOffset + npy.length)), Number);
  };
}

/** Rows of the CSV file without its last column, the truth. */
function readTable() {
  const lines = readFileSync(new URL("data/breast-cancer.csv", models), "utf8").trim().split("\n").slice(1);
  return lines.map((line) => line.split(",").slice(0, -1).map(Number));
}

/** scikit-learn's answers for the rows of the table that it was not trained on: row number, label, probabilities. */
function sklearnAnswers(table) {
  const answer = readNpz(readFileSync(new URL("onnx/cancer-forest/answers.npz", models)));
  const set = fixture.sets.find((s) => s.name === "trainer");
  const [X, labels, probabilities] = [set.inputs.X, set.trainer.predict, set.trainer.predictProba].map(answer);
  const width = table[0].length;
  const key = (row) => row.map(Math.fround).join();
  const numbers = new Map(table.map((row, i) => [key(row), i]));
  return labels.map((label, i) => ({
    row: numbers.get(key(X.slice(i * width, (i + 1) * width))),
    label,
    probabilities: probabilities.slice(2 * i, 2 * i + 2),
  }));
}

/** Labels that agree, and the largest difference of a probability. */
function agreement(label, probabilities, expected) {
  let [agree, largest] = [0, 0];
  for (const want of expected) {
    if (label[want.row] === want.label) agree++;
    for (const k of [0, 1]) {
      largest = Math.max(largest, Math.abs(probabilities[2 * want.row + k] - want.probabilities[k]));
    }
  }
  return { agree, largest, holds: agree === expected.length && largest <= tolerance };
}

const microseconds = (seconds) => {
  const micros = seconds * 1e6;
  return `${micros >= 100 ? Math.round(micros) : micros.toPrecision(3)} µs`;
};

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Median seconds of a call, after a warm-up, over half a second or three calls. */
async function secondsPerCall(call) {
  await call();
  await call();
  const taken = [];
  const end = performance.now() + 500;
  while (taken.length < 3 || performance.now() < end) {
    const before = performance.now();
    await call();
    taken.push((performance.now() - before) / 1e3);
  }
  return median(taken);
}

const modelBytes = readFileSync(new URL("onnx/cancer-forest/model.onnx", models));
const model = await load(modelBytes);
const table = readTable();
const X = { data: table.flat(), shape: [table.length, 30] };
const many = Array.from({ length: timedRows }, (_, i) => table[i % table.length]);
const timed = { data: Float32Array.from(many.flat()), shape: [timedRows, 30], dtype: "float32" };
const expected = sklearnAnswers(table);
if (expected.some((e) => e.row === undefined))
  throw new Error("breast-cancer.csv lacks rows that scikit-learn answered");

const count = (n) => n.toLocaleString("en");
const { stats, source, exporter } = fixture;
console.log(`
calypte: a trained forest as tensor programs

  model      ${source.class} of ${source.library} ${source.version}, exported to ONNX by ${exporter.name} ${exporter.version}
             ${stats.trees} trees, ${count(stats.nodes)} nodes, depth ${stats.maxDepth}, ${table[0].length} columns, 2 classes; ${count(modelBytes.length)} bytes
  rows       ${table.length} of breast-cancer.csv; scikit-learn's own answers for the ${expected.length} it was not trained on`);

const files = await convert(model, { target: "tfjs" });
const folder = mkdtempSync(join(tmpdir(), "calypte-demo-"));
await save(files, folder);
const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
console.log(`  converted  to a TF.js GraphModel: ${files.size} files, ${count(bytes)} bytes, in ${folder}
`);

/** A line of the table: two names at the left, three figures at the right. */
const line = (backend, strategy, ...figures) =>
  `  ${backend.padEnd(12)}${strategy.padEnd(26)}${figures.map((f) => f.padStart(20)).join("")}`;
console.log(line("backend", "strategy", "labels equal", "largest difference", "time per row"));
console.log(`  ${"─".repeat(96)}`);

let failed = 0;
const dense = ["gemm", "tree-traversal", "perfect-tree-traversal"];
const devices = [
  { on: { backend: "wasm" }, strategies: ["walk", "bit-sliced"] },
  { on: { backend: "reference" }, strategies: [...dense, "walk"] },
  { on: { backend: "tfjs", device: "cpu" }, strategies: dense },
  { on: { backend: "tfjs", device: "wasm" }, strategies: dense },
];
for (const { on, strategies } of devices) {
  for (const strategy of strategies) {
    const scorer = await compile(model, { ...on, strategy, batchHint: timedRows });
    const { label, probabilities } = await scorer.run({ X });
    const { agree, largest, holds } = agreement(label.data, probabilities.data, expected);
    const seconds = await secondsPerCall(() => scorer.run({ X: timed }));
    const { verdicts } = scorer.plan.forests[0];
    const least = Math.min(...verdicts.map((v) => v.seconds ?? Number.POSITIVE_INFINITY));
    const auto = verdicts.find((v) => v.seconds === least).strategy === strategy;
    if (!holds) failed++;
    const name = on.device === undefined ? on.backend : `${on.backend} ${on.device}`;
    const figures = [`${agree} of ${expected.length}`, largest.toExponential(1), microseconds(seconds / timedRows)];
    console.log(line(name, strategy + (auto ? " *" : ""), ...figures) + (holds ? "" : "  wrong"));
    scorer.dispose();
  }
}
console.log(`
  * what strategy "auto" takes for ${count(timedRows)} rows a call, as timed here (medians)
  Differences are of probabilities: float32 sums over the trees, in another order.
  ${failed === 0 ? "All agree with scikit-learn." : `${failed} of them disagree with scikit-learn.`}
`);
if (failed > 0) process.exitCode = 1;
