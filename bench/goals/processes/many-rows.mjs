// Millions of rows, in one call and in many. Arguments: the library, the model, its width, rows, rows a call.
import { readFileSync } from "node:fs";
import { held } from "./measure-memory.mjs";

const [library, path, width, rows, batch] = process.argv.slice(2).map((v, i) => (i < 2 ? v : Number(v)));
const { compile, load } = await import(library);
const scorer = await compile(await load(readFileSync(path)), { batchHint: batch });
const data = new Float32Array(Math.max(batch, 10_000) * width);
for (let i = 0; i < data.length; i++) data[i] = Math.sin(i * 0.7) * 3;
scorer.runSync({ X: { data: data.subarray(0, 1000 * width), shape: [1000, width] } });
const before = await held();
let sum = 0;
for (let from = 0; from < rows; from += batch) {
  const answers = scorer.runSync({ X: { data: data.subarray(0, batch * width), shape: [batch, width] } });
  sum += answers.probabilities.data[0];
}
const peakKb = process.resourceUsage().maxRSS;
console.log(JSON.stringify({ before, after: await held(), peakKb, sum }));
