import { describe, expect, it } from "vitest";
import { float16FromBits, float16ToBits, roundToBfloat16, roundToFloat16 } from "./half.js";

describe("float16", () => {
  it("decodes and encodes every bit pattern", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = float16FromBits(bits);
      if (Number.isNaN(value)) continue;
      if (float16ToBits(value) !== bits || !Object.is(roundToFloat16(value), value)) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
    expect([0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400].map(float16FromBits)).toEqual([1, -2, 65504, 2 ** -24, 2 ** -14]);
    expect(float16ToBits(NaN)).toBe(0x7e00);
  });

  it("rounds to the nearest, ties to even, once", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [float16FromBits(bits), float16FromBits(bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? low : high;
      const above = roundToFloat16(middle * (1 + 2 ** -50));
      const below = roundToFloat16(-middle * (1 - 2 ** -50));
      if (roundToFloat16(middle) !== even || above !== high || below !== -low) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it("keeps zero's sign, NaN and infinities, and overflows at 65520", () => {
    expect(Object.is(roundToFloat16(-0), -0)).toBe(true);
    expect(Object.is(roundToFloat16(-1e-30), -0)).toBe(true);
    expect(roundToFloat16(NaN)).toBeNaN();
    expect(roundToFloat16(-Infinity)).toBe(-Infinity);
    expect(roundToFloat16(65519.99)).toBe(65504);
    expect(roundToFloat16(65520)).toBe(Infinity);
    expect(roundToFloat16(5e-324)).toBe(0);
  });
});

describe("bfloat16", () => {
  it("rounds to the nearest, ties to even", () => {
    expect(roundToBfloat16(1 + 2 ** -8)).toBe(1);
    expect(roundToBfloat16(1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
    expect(roundToBfloat16(1 + 2 ** -8 + 2 ** -40)).toBe(1 + 2 ** -7);
    expect(roundToBfloat16(2 ** -133)).toBe(2 ** -133);
    expect(roundToBfloat16(2 ** -134)).toBe(0);
    expect(roundToBfloat16(3.4e38)).toBe(Infinity);
    expect(roundToBfloat16(1e300)).toBe(Infinity);
  });
});
