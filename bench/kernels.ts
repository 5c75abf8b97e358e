/**
 * Times the forest kernels beside onnxruntime-node on forests of the shapes that trainers make: microseconds a row, medians of
 * interleaved runs in one process, one thread, rows copied in and sums copied out, rotating over many rows for small batches.
 * Outputs are compared first. `npx tsx bench/kernels.ts [shape…] [--batches 1,100] [--no-ort] [--quick]` prints a table.
 */

import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { cutsOf } from "../src/backends/wasm/forests/cuts.js";
import { type GrownForest, grownForest, rowsOf } from "../src/backends/wasm/forests/forests.testing.js";
import { place } from "../src/backends/wasm/forests/kernels.testing.js";
import {
  type BitSlicedForm,

  packBitSliced,
  planBitSliced,
} from "../src/backends/wasm/forests/pack-bit-sliced.js";
import { packWalk } from "../src/backends/wasm/forests/pack-walk.js";
import type { PackedForest } from "../src/backends/wasm/forests/packed-forest.js";
import { bitSlicedRefusal } from "../src/ir/bit-sliced.js";
import { evaluateInstruction } from "../src/ir/evaluate.js";
import type { Forest } from "../src/ir/forest.js";
import { forestOnnx } from "./forest-onnx.js";

const shapes: Record<string, GrownForest> = {
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
const packers: Record<string, (forest: Forest) => PackedForest | undefined> = {
  walk: (forest) => packWalk(forest, "raw", "float32"),
  masks: (forest) => bitSliced(forest, "masks"),
  tables: (forest) => bitSliced(forest, "tables"),
};

function bitSliced(forest: Forest, form: BitSlicedForm): PackedForest | undefined {
  if (bitSlicedRefusal(forest) !== undefined) return undefined;
  if (planBitSliced(forest, cutsOf(forest, "float32"), form) === undefined) return undefined;
  return packBitSliced(forest, "raw", "float32", { form });
}

const argv = process.argv.slice(2);
const flag = (name: string): string | undefined => {
  const at = argv.indexOf(name);
  return at === -1 ? undefined : argv[at + 1];
};
const quick = argv.includes("--quick");
const batches = (flag("--batches") ?? "1,8,100,1000,10000").split(",").map(Number);
const wanted = argv.filter((a) => a in shapes);
const only = flag("--only")?.split(",");

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

interface Engine {
  readonly name: string;
  run(from: number, rows: number): Promise<ArrayLike<number>> | ArrayLike<number>;
}

for (const name of wanted.length > 0 ? wanted : Object.keys(shapes)) {
  const shape = shapes[name]!;
  const forest = grownForest(shape);
  const total = Math.max(...batches, 4096);
  const x = rowsOf(forest, total, shape.features, "float32", "plain").data as Float32Array;
  const engines: Engine[] = [];
  for (const [label, pack] of Object.entries(packers)) {
    if (only !== undefined && !only.includes(label)) continue;
    const began = performance.now();
    const packed = pack(forest);
    if (packed === undefined) continue;
    console.log(
      `${name} ${label}: ${packed.params.length} bytes, packed in ${(performance.now() - began).toFixed(0)} ms`,
    );
    const out = new Float32Array(total * forest.nOutputs);
    engines.push({
      name: label,
      run: (() => {
        let placed: ReturnType<typeof place> | undefined;
        return (from: number, rows: number) => {
          placed ??= place(packed, shape.features, forest.nOutputs * 4, total, 4);
          placed.run(x.subarray(from * shape.features, (from + rows) * shape.features), rows, out);
          return out;
        };
      })(),
    });
  }
  if (!argv.includes("--no-ort")) {
    const session = await InferenceSession.create(forestOnnx(forest), { intraOpNumThreads: 1, interOpNumThreads: 1 });
    engines.push({
      name: "onnxruntime",
      run: async (from, rows) => {
        const data = x.subarray(from * shape.features, (from + rows) * shape.features);
        const { Y } = await session.run({ X: new OrtTensor("float32", data, [rows, shape.features]) });
        return Y!.data as Float32Array;
      },
    });
  }

  const checked = Math.min(total, 300);
  const want = evaluateInstruction(
    { op: "forest", attrs: { forest } },
    [{ dtype: "float32", shape: [checked, shape.features], data: x.slice(0, checked * shape.features) }],
    checked,
  )[0]!.data as Float32Array;
  for (const engine of engines) {
    const got = await engine.run(0, checked);
    const tolerance = engine.name === "onnxruntime" ? 1e-5 * shape.trees : 0;
    for (let i = 0; i < want.length; i++) {
      if (!(Math.abs(got[i]! - want[i]!) <= tolerance))
        throw new Error(`${name}: ${engine.name} answers ${got[i]} for ${want[i]} at ${i}`);
    }
  }

  for (const batch of batches) {
    const times = new Map(engines.map((e) => [e.name, [] as number[]]));
    const rounds = quick ? 5 : 15;
    for (const engine of engines) {
      // Runs that last at least some milliseconds together, over changing rows.
      const began = performance.now();
      await engine.run(0, batch);
      await engine.run(0, batch);
      const one = Math.max((performance.now() - began) / 2, 1e-3);
      (engine as { repeat?: number }).repeat = Math.max(1, Math.min(2000, Math.round(10 / one)));
    }
    for (let round = 0; round < rounds; round++) {
      for (const engine of engines) {
        const repeat = (engine as { repeat?: number }).repeat!;
        const began = performance.now();
        for (let i = 0; i < repeat; i++) {
          const done = engine.run(((i + round * repeat) * batch) % (total - batch + 1), batch);
          if (done instanceof Promise) await done;
        }
        times.get(engine.name)!.push(((performance.now() - began) / repeat / batch) * 1000);
      }
    }
    const cells = engines.map(
      (e) => `${e.name} ${median(times.get(e.name)!).toFixed(3)} (${Math.min(...times.get(e.name)!).toFixed(3)})`,
    );
    const ort = times.get("onnxruntime");
    const best = Math.min(...engines.filter((e) => e.name !== "onnxruntime").map((e) => median(times.get(e.name)!)));
    console.log(
      `${name} ${batch}: ${cells.join(", ")}${ort === undefined ? "" : `; ratio ${(median(ort) / best).toFixed(1)}`}`,
    );
  }
}
