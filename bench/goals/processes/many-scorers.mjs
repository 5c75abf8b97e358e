// Scorers made and disposed of, one after the other, and what the process holds at each tenth of them.
// Arguments: the library, the model, its width, how many.
import { readFileSync } from "node:fs";
import { held } from "./measure-memory.mjs";

const [library, path, width, count] = process.argv.slice(2);
const { compile, load } = await import(library);
const model = await load(readFileSync(path));
const [{ name }] = model.inputs;
const row = { [name]: { data: new Float32Array(Number(width)), shape: [1, Number(width)] } };
const tenths = [];
for (let i = 1; i <= Number(count); i++) {
  const scorer = await compile(model, { batchHint: 1 });
  scorer.runSync(row);
  scorer.dispose();
  if (i % (Number(count) / 10) === 0) tenths.push(await held());
}
console.log(JSON.stringify({ tenths, peakKb: process.resourceUsage().maxRSS }));
