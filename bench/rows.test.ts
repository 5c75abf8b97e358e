import { expect, test } from "vitest";
import { float32, type Tensor } from "../src/ir/tensor.js";
import { createRandom } from "./random.js";
import { moreRows, rowBatches, takeRows } from "./rows.js";

const base = float32([1, 10, 2, 20, 3, 30], [3, 2]);

test("the fixture's rows come first, unchanged", () => {
  const more = moreRows(base, 100, createRandom(1));
  expect(more.shape).toEqual([100, 2]);
  expect(Array.from(more.data as Float32Array).slice(0, 6)).toEqual([1, 10, 2, 20, 3, 30]);
});

test("added rows have only values of their columns, and are not all copies", () => {
  const data = Array.from(moreRows(base, 300, createRandom(1)).data as Float32Array);
  const pairs = new Set<string>();
  for (let r = 0; r < 300; r++) {
    expect([1, 2, 3]).toContain(data[2 * r]);
    expect([10, 20, 30]).toContain(data[2 * r + 1]);
    pairs.add(`${data[2 * r]},${data[2 * r + 1]}`);
  }
  expect(pairs.size).toBe(9);
});

test("fewer rows than there are can be asked for", () => {
  expect(moreRows(base, 2, createRandom(1))).toEqual(float32([1, 10, 2, 20], [2, 2]));
});

test("taking rows goes round", () => {
  expect(takeRows(base, 2, 2)).toEqual(float32([3, 30, 1, 10], [2, 2]));
});

test("text and 64-bit rows keep their dtype", () => {
  const text: Tensor<"string"> = { dtype: "string", shape: [2], data: ["a", "b"] };
  expect(takeRows(text, 1, 3)).toEqual({ dtype: "string", shape: [3], data: ["b", "a", "b"] });
  const long: Tensor<"int64"> = { dtype: "int64", shape: [1, 1], data: BigInt64Array.of(2n ** 60n) };
  expect(takeRows(long, 0, 2).data).toEqual(BigInt64Array.of(2n ** 60n, 2n ** 60n));
});

test("batches differ from each other and repeat for the same seed", () => {
  const inputs = new Map([["X", base]]);
  const batches = rowBatches(inputs, 100, 7);
  expect(batches.length).toBe(16);
  const texts = batches.map((b) => String(b.get("X")!.data));
  expect(new Set(texts).size).toBe(16);
  expect(rowBatches(inputs, 100, 7).map((b) => String(b.get("X")!.data))).toEqual(texts);
  expect(rowBatches(inputs, 100, 8).map((b) => String(b.get("X")!.data))).not.toEqual(texts);
});
