/**
 * Times the forest kernels beside onnxruntime-node on forests of the shapes that trainers make: microseconds a row, medians of
 * interleaved runs in one process, one thread, rows copied in and sums copied out, rotating over many rows for small batches.
 * Answers are compared first. `npx tsx bench/kernels.ts [shape…] [--batches 1,100] [--rounds 15] [--kernels walk,masks] [--no-ort]`
 * prints a line per shape and batch: of each engine the median and (the least), then how many times onnxruntime's median is that
 * of "chosen", the kernel that the strategies take for batches of 1,000.
 */

import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { planBitSliced } from "../src/backends/wasm/forests/bit-sliced-plan.js";
import { cutsOf } from "../src/backends/wasm/forests/cuts.js";
import { type GrownForest, grownForest, rowsOf } from "../src/backends/wasm/forests/forests.testing.js";
import { place } from "../src/backends/wasm/forests/kernels.testing.js";
import { packBitSliced } from "../src/backends/wasm/forests/pack-bit-sliced.js";
import { packForest } from "../src/backends/wasm/forests/pack-forest.js";
import { packWalk } from "../src/backends/wasm/forests/pack-walk.js";
import type { PackedForest } from "../src/backends/wasm/forests/packed-forest.js";
import { bitSlicedRefusal } from "../src/ir/bit-sliced.js";
import { evaluateInstruction } from "../src/ir/evaluate.js";
import type { Forest } from "../src/ir/forest.js";
import { bitSlicedHints } from "../strategies/bit-sliced.js";
import { forestOnnx } from "./forest-onnx.js";

const shapes: Readonly<Record<string, GrownForest>> = {
  boosted100: { trees: 100, features: 28, leaves: 31, bins: 255 },
  boosted500: { trees: 500, features: 28, leaves: 31, bins: 255 },
  boosted100missing: { trees: 100, features: 28, leaves: 31, bins: 255, missing: "some" },
  depth6x100: { trees: 100, features: 28, leaves: 64, depth: 6, bins: 255 },
  depth6x500: { trees: 500, features: 28, leaves: 64, depth: 6, bins: 255 },
  forest2x100: { trees: 100, features: 30, leaves: 256, depth: 8, outputs: 2 },
  forest2x500: { trees: 500, features: 30, leaves: 256, depth: 8, outputs: 2 },
  forest7x100: { trees: 100, features: 90, leaves: 256, depth: 8, outputs: 7 },
  forest7x500: { trees: 500, features: 90, leaves: 256, depth: 8, outputs: 7 },
  unbounded: { trees: 100, features: 28, leaves: 4530, outputs: 2 },
};

/** Ways to pack a forest, by name; undefined where a kernel does not take it. */
const packings: Readonly<Record<string, (forest: Forest) => PackedForest | undefined>> = {
  chosen: (forest) =>
    packForest(
      forest,
      "raw",
      "float32",
      bitSlicedRefusal(forest) === undefined ? bitSlicedHints(forest, "bit-sliced") : { kernel: "walk" },
    ),
  walk: (forest) => packWalk(forest, "raw", "float32"),
  masks: (forest) => bitSliced(forest, "masks"),
  tables: (forest) => bitSliced(forest, "tables"),
};

function bitSliced(forest: Forest, form: "masks" | "tables"): PackedForest | undefined {
  if (bitSlicedRefusal(forest) !== undefined) return undefined;
  if (planBitSliced(forest, cutsOf(forest, "float32"), form) === undefined) return undefined;
  return packBitSliced(forest, "raw", "float32", { form });
}

interface Engine {
  readonly name: string;
  readonly times: number[];
  run(from: number, rows: number): Promise<ArrayLike<number>> | ArrayLike<number>;
}

const argv = process.argv.slice(2);
function option(name: string, otherwise: string): readonly string[] {
  const at = argv.indexOf(name);
  return (at === -1 ? otherwise : (argv[at + 1] ?? "")).split(",");
}
const batches = option("--batches", "1,8,100,1000,10000").map(Number);
const rounds = Number(option("--rounds", "15")[0]);
const kernels = option("--kernels", "chosen");
const named = argv.filter((a) => a in shapes);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

for (const name of named.length > 0 ? named : Object.keys(shapes)) {
  const shape = shapes[name];
  if (shape === undefined) continue;
  const forest = grownForest(shape);
  const total = Math.max(...batches, 4096);
  const x = rowsOf(forest, total, shape.features, "float32", "plain").data as Float32Array;
  const part = (from: number, rows: number): Float32Array =>
    x.subarray(from * shape.features, (from + rows) * shape.features);

  const engines: Engine[] = [];
  for (const kernel of kernels) {
    const packed = packings[kernel]?.(forest);
    if (packed === undefined) continue;
    const out = new Float32Array(total * forest.nOutputs);
    const placed = place(packed, shape.features, forest.nOutputs * 4, total, 4);
    const run = (from: number, rows: number): Float32Array => {
      placed.run(part(from, rows), rows, out);
      return out;
    };
    engines.push({ name: kernel, times: [], run });
  }
  if (!argv.includes("--no-ort")) {
    const session = await InferenceSession.create(forestOnnx(forest), { intraOpNumThreads: 1, interOpNumThreads: 1 });
    const run = async (from: number, rows: number): Promise<Float32Array> => {
      const results = await session.run({ X: new OrtTensor("float32", part(from, rows), [rows, shape.features]) });
      return results["Y"]?.data as Float32Array;
    };
    engines.push({ name: "onnxruntime", times: [], run });
  }
  await compareAnswers(name, forest, part(0, 300), engines);
  for (const batch of batches) console.log(await timeBatch(name, batch, total, engines));
}

/** Throws where a kernel's sums are not the primitive's, bit by bit, or onnxruntime's not near them. */
async function compareAnswers(
  name: string,
  forest: Forest,
  data: Float32Array,
  engines: readonly Engine[],
): Promise<void> {
  const rows = data.length / forest.nFeatures;
  const x = { dtype: "float32", shape: [rows, forest.nFeatures], data } as const;
  const want = evaluateInstruction({ op: "forest", attrs: { forest } }, [x], rows)[0]?.data as Float32Array;
  for (const engine of engines) {
    const got = await engine.run(0, rows);
    const tolerance = engine.name === "onnxruntime" ? 1e-6 * forest.nTrees : 0;
    const wrong = want.findIndex((w, i) => !(Math.abs((got[i] ?? NaN) - w) <= tolerance));
    if (wrong !== -1) throw new Error(`${name}: ${engine.name} answers ${got[wrong]} for ${want[wrong]}`);
  }
}

async function timeBatch(name: string, batch: number, total: number, engines: readonly Engine[]): Promise<string> {
  const repeats = new Map<Engine, number>();
  for (const engine of engines) {
    engine.times.length = 0;
    await engine.run(0, batch);
    const began = performance.now();
    await engine.run(0, batch);
    // A round of each engine lasts some ten milliseconds.
    repeats.set(engine, Math.max(1, Math.min(2000, Math.round(10 / (performance.now() - began)))));
  }
  for (let round = 0; round < rounds; round++) {
    for (const engine of engines) {
      const repeat = repeats.get(engine) ?? 1;
      const began = performance.now();
      for (let i = 0; i < repeat; i++) {
        const done = engine.run(((i + round * repeat) * batch) % (total - batch + 1), batch);
        if (done instanceof Promise) await done;
      }
      engine.times.push(((performance.now() - began) / repeat / batch) * 1000);
    }
  }
  const cells = engines.map((e) => `${e.name} ${median(e.times).toFixed(3)} (${Math.min(...e.times).toFixed(3)})`);
  const [chosen, ort] = ["chosen", "onnxruntime"].map((n) => engines.find((e) => e.name === n));
  const ratio =
    chosen === undefined || ort === undefined ? "" : `; ${(median(ort.times) / median(chosen.times)).toFixed(1)}×`;
  return `${name} ${batch}: ${cells.join(", ")}${ratio}`;
}
