// A fresh process of the cold start: import, load, compile, first row. Arguments: the library, the model, its width.
const [library, model, width] = process.argv.slice(2);
const before = performance.now();
const { compile, load } = await import(library);
const scorer = await compile(await load(model), { batchHint: 1 });
const answers = scorer.runSync({ X: { data: new Float32Array(Number(width)), shape: [1, Number(width)] } });
const milliseconds = performance.now() - before;
console.log(
  JSON.stringify({
    milliseconds,
    peakKb: process.resourceUsage().maxRSS,
    answer: Array.from(answers.probabilities.data),
  }),
);
