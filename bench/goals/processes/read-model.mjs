// Reads a model and scores one row; prints the times and the peak of memory over the imported library and the file's bytes.
// node read-model.mjs LIBRARY MODEL WIDTH BATCH
// BATCH: how many rows a call the model is compiled to be fast for.
import { readFileSync } from "node:fs";

const [library, path, width, batch] = process.argv.slice(2);
const { load, compile } = await import(library);
const peak = () => process.resourceUsage().maxRSS * 1024;
const clocks = () => {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1e6, wall: performance.now() / 1e3 };
};
const bare = peak();
const start = clocks();
const model = await load(new Uint8Array(readFileSync(path)));
const loaded = clocks();
const grown = peak() - bare;
const scorer = await compile(model, { batchHint: Number(batch) });
const compiled = clocks();
const { data } = await scorer.predict([Array.from({ length: Number(width) }, (_, i) => i / 8)]);
const scored = clocks();
const since = (later, key) => later[key] - start[key];
console.log(
  JSON.stringify({
    load: { cpu: since(loaded, "cpu"), wall: since(loaded, "wall") },
    compiled: { cpu: since(compiled, "cpu"), wall: since(compiled, "wall") },
    first: { cpu: since(scored, "cpu"), wall: since(scored, "wall") },
    grown,
    answer: Number(data[0]),
  }),
);
