import { describe, expect, it } from "vitest";
import { DataError } from "../errors.js";
import { isGivenTensor, isRecord, settleTfjsTensors, typedArrayName } from "./given.js";

const tfjs = (data: () => Promise<unknown>) => ({
  shape: [2],
  dtype: "float32",
  data,
  dataSync: () => {
    throw new Error("not here");
  },
});

describe("settleTfjsTensors", () => {
  it("reads tensors back by data(), alone and inside a record", async () => {
    const tensor = tfjs(async () => Float32Array.of(1, 2));
    const want = { data: Float32Array.of(1, 2), shape: [2], dtype: "float32" };
    expect(await settleTfjsTensors(tensor)).toEqual(want);
    const settled = await settleTfjsTensors(JSON.parse('{"__proto__": 1, "a": 2}'));
    expect(Object.keys(settled as object)).toEqual(["__proto__", "a"]);
    expect(await settleTfjsTensors({ X: tensor, y: [1] })).toEqual({ X: want, y: [1] });
  });

  it("returns everything else as it is", async () => {
    const rows = [[1]];
    expect(await settleTfjsTensors(rows)).toBe(rows);
    expect(await settleTfjsTensors(undefined)).toBe(undefined);
  });

  it("reports what TF.js says", async () => {
    const lost = tfjs(async () => {
      throw new Error("Tensor is disposed.");
    });
    await expect(settleTfjsTensors(lost)).rejects.toThrow(DataError);
    await expect(settleTfjsTensors({ X: lost })).rejects.toThrow("Tensor is disposed.");
  });
});

describe("what is given", () => {
  it("is recognised by what it is", () => {
    expect(typedArrayName(new Uint8ClampedArray(1))).toBe("Uint8ClampedArray");
    expect(typedArrayName(new DataView(new ArrayBuffer(1)))).toBe(undefined);
    expect(typedArrayName({ [Symbol.toStringTag]: "Float32Array" })).toBe(undefined);
    expect(isGivenTensor({ data: [1], shape: [1] })).toBe(true);
    expect(isGivenTensor({ data: "1", shape: [1] })).toBe(false);
    expect(isRecord({ a: 1 })).toBe(true);
    for (const other of [null, [], new Float32Array(1), new Date(), { data: [], shape: [0] }, "a", 3]) {
      expect(isRecord(other)).toBe(false);
    }
  });
});
