// A fresh process of the cold start, with onnxruntime-node. Arguments: the library, the model, its width.
const [library, model, width] = process.argv.slice(2);
const before = performance.now();
const { InferenceSession, Tensor } = (await import(library)).default;
const session = await InferenceSession.create(model, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
});
const answers = await session.run({ X: new Tensor("float32", new Float32Array(Number(width)), [1, Number(width)]) });
const milliseconds = performance.now() - before;
console.log(
  JSON.stringify({
    milliseconds,
    peakKb: process.resourceUsage().maxRSS,
    answer: Array.from(answers.probabilities.data),
  }),
);
