/** Rows of fixtures: which of them a device can take, and some of a tensor. */

import { type Tensor, tensor } from "../src/ir/tensor.js";

/** Rows of a set that the device can represent: TF.js has no float64 and no int64. */
export function representable(inputs: ReadonlyMap<string, Tensor>, rows: number, float64: boolean): readonly number[] {
  const all = Array.from({ length: rows }, (_, i) => i);
  if (float64) return all;
  return all.filter((row) =>
    [...inputs.values()].every((t) => {
      if (t.dtype !== "float64" && t.dtype !== "int64") return true;
      const held = t.dtype === "int64" ? (v: number) => (v | 0) === v : (v: number) => Object.is(Math.fround(v), v);
      const width = t.data.length / rows;
      return Array.from({ length: width }, (_, c) => Number(t.data[row * width + c])).every(held);
    }),
  );
}

/** Some rows of a tensor that counts `of` rows along its first axis of that length. */
export function pick(t: Tensor, rows: readonly number[], of: number): Tensor {
  const axis = t.shape.indexOf(of);
  if (axis === -1) throw new Error(`no axis of [${t.shape}] counts ${of} rows`);
  const inner = t.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = t.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const indices: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (const r of rows) for (let c = 0; c < inner; c++) indices.push((o * of + r) * inner + c);
  }
  const shape = t.shape.map((d, i) => (i === axis ? rows.length : d));
  if (t.dtype === "string")
    return tensor(
      "string",
      shape,
      indices.map((i) => String(t.data[i])),
    );
  const data = (t.data as Float32Array).slice(0, indices.length);
  for (const [at, i] of indices.entries()) data[at] = (t.data as Float32Array)[i]!;
  return { ...t, shape, data } as Tensor;
}
