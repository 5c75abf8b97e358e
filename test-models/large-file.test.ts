/** A file of half a gigabyte is read, compiled and answers; its bytes are not copied over and over. */

import { expect, test } from "vitest";
import { compile, load } from "../src/index.js";
import { tensor } from "../src/ir/tensor.js";
import { onnxFile } from "./onnx-file.js";

test("a table of 2^23 rows of 16 numbers, of which two are picked", async () => {
  const [rows, width] = [2 ** 23, 16];
  const file = (() => {
    const table = new Float32Array(rows * width);
    for (let i = 0; i < rows; i++) table[i * width + 1] = i;
    return onnxFile({
      inputs: [{ name: "x", dtype: "int64", shape: ["N"] }],
      outputs: [{ name: "y" }],
      nodes: [{ op: "Gather", inputs: ["table", "x"], outputs: ["y"], attributes: { axis: { int: 0 } } }],
      initializers: { table: tensor("float32", [rows, width], table) },
    });
  })();
  expect(file.length).toBeGreaterThan(2 ** 29);
  const before = process.memoryUsage().arrayBuffers;
  const scorer = await compile(await load(file), { backend: "reference" });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * file.length);
  const { y } = await scorer.run({ x: [5, rows - 1, -1] });
  expect(y?.shape).toEqual([3, width]);
  expect(Array.from({ length: 3 }, (_, i) => y?.data[i * width + 1])).toEqual([5, rows - 1, rows - 1]);
  scorer.dispose();
}, 300_000);
