// What a scorer holds once its model is let go. Arguments: the library, the model, its width.
import { readFileSync } from "node:fs";
import { held } from "./measure-memory.mjs";

const [library, model, width] = process.argv.slice(2);
const { compile, load } = await import(library);
const row = { data: new Float32Array(Number(width)), shape: [1, Number(width)] };
const before = await held();
const scorer = await (async () => compile(await load(readFileSync(model)), { batchHint: 10_000 }))();
scorer.runSync({ X: row });
const after = await held();
const answer = Array.from(scorer.runSync({ X: row }).probabilities.data);
console.log(JSON.stringify({ before, after, peakKb: process.resourceUsage().maxRSS, answer }));
