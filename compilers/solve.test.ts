/** com.microsoft Solve, which no runtime has: against products that undo it. */

import { expect, it } from "vitest";
import { compile } from "../src/compile.js";
import { float32, float64, type Tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import { type OnnxAttribute, onnxFile } from "../test-models/onnx-file.js";

async function solved(a: Tensor, b: Tensor, attributes: Readonly<Record<string, OnnxAttribute>> = {}, known = true) {
  const scorer = await compile(
    await load(
      onnxFile({
        nodes: [{ op: "Solve", domain: "com.microsoft", inputs: ["a", "b"], outputs: ["x"], attributes }],
        opsets: { "": 18, "com.microsoft": 1 },
        inputs: [
          ...(known ? [] : [{ name: "a", dtype: a.dtype, shape: a.shape }]),
          { name: "b", dtype: b.dtype, shape: [b.shape[0], "N"] },
        ],
        outputs: [{ name: "x", dtype: b.dtype, shape: [b.shape[0], "N"] }],
        ...(known ? { initializers: { a } } : {}),
      }),
    ),
    { backend: "wasm" },
  );
  const answers = await scorer.run(known ? { b } : { a, b });
  return Array.from(answers["x"]?.data as Float64Array);
}

// The first pivot is 0.
const a = float64([0, 2, 1, 1, 1, 0, 3, 0, 1], [3, 3]);

it("solves for each column", async () => {
  // A · [[1, 2], [3, 4], [5, 6]]
  const b = float64([11, 14, 4, 6, 8, 12], [3, 2]);
  const x = await solved(a, b);
  for (const [i, want] of [1, 2, 3, 4, 5, 6].entries()) expect(x[i]).toBeCloseTo(want, 12);
  expect(await solved(float32(a.data, [3, 3]), float32(b.data, [3, 2]))).toEqual([1, 2, 3, 4, 5, 6]);
});

it("solves the transposed system", async () => {
  // Aᵀ · [[1], [3], [5]]
  const x = await solved(a, float64([18, 5, 6], [3, 1]), { transposed: { int: 1 } });
  for (const [i, want] of [1, 3, 5].entries()) expect(x[i]).toBeCloseTo(want, 12);
});

it("waits for a matrix that is an input", async () => {
  const x = await solved(a, float64([11, 4, 8], [3, 1]), {}, false);
  for (const [i, want] of [1, 3, 5].entries()) expect(x[i]).toBeCloseTo(want, 12);
});

it("refuses matrices without an inverse", async () => {
  const b = float64([1, 2], [2, 1]);
  await expect(solved(float64([1, 2, 2, 4], [2, 2]), b)).rejects.toThrow("the matrix is singular");
  await expect(solved(float64([1, 2], [1, 2]), b)).rejects.toThrow("expected a square one");
});
