import * as ort from "onnxruntime-node";
import { compile } from "../src/compile.js";
import { load } from "../src/load.js";
import { loadFixture, fixtureInputs } from "../test-models/fixtures.js";
const names = process.argv.slice(2);
function tile(t: any, rows: number, n: number): any {
  const w = t.data.length / rows;
  if (t.dtype === "string") return { ...t, shape: [n, ...t.shape.slice(1)], data: Array.from({ length: n * w }, (_, i) => t.data[i % t.data.length]) };
  const data = new t.data.constructor(n * w);
  for (let i = 0; i < data.length; i++) data[i] = t.data[i % t.data.length];
  return { ...t, shape: [n, ...t.shape.slice(1)], data };
}
async function med(f: () => unknown): Promise<number> {
  for (let i = 0; i < 20; i++) await f();
  let reps = 1, best = Infinity;
  for (let k = 0; k < 10; k++) { const t = performance.now(); for (let i = 0; i < reps; i++) { const r = f(); if (r instanceof Promise) await r; } const d = (performance.now() - t) / reps; best = Math.min(best, d); if (d * reps < 10) reps = Math.max(1, Math.ceil(10 / d)); }
  return best * 1e3;
}
for (const name of names) {
  const f = loadFixture(name);
  const session = await ort.InferenceSession.create(f.model, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential" } as any);
  for (const n of [1, 100, 10000]) {
    const scorer = await compile(await load(f.model), { backend: "wasm", batchHint: n });
    const set = f.sets[0]!;
    const inputs = Object.fromEntries([...fixtureInputs(f, set)].map(([k, t]) => [k, tile(t, set.rows, n)]));
    const feeds = Object.fromEntries(Object.entries(inputs).map(([k, t]: any) => [k, new ort.Tensor(t.dtype, t.data, t.shape)]));
    let theirs = NaN;
    try { theirs = await med(() => session.run(feeds)); } catch (e) { theirs = NaN; }
    const ours = await med(() => scorer.runSync(inputs));
    console.log(name, n, "ours us", ours.toFixed(2), "ort us", theirs.toFixed(2), "ratio", (theirs / ours).toFixed(1), scorer.plan.forests.map((c) => c.strategy).join());
  }
}
