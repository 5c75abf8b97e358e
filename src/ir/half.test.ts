import { describe, expect, it } from "vitest";
import { float16FromBits, float16ToBits } from "./half.js";
import { toBfloat16, toFloat16 } from "./primitives/rounding.js";

describe("float16", () => {
  it("decodes and encodes every bit pattern", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = float16FromBits(bits);
      if (Number.isNaN(value)) continue;
      if (float16ToBits(value) !== bits || !Object.is(toFloat16(value), value)) wrong.push(bits);
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
      const above = toFloat16(middle * (1 + 2 ** -50));
      const below = toFloat16(-middle * (1 - 2 ** -50));
      if (toFloat16(middle) !== even || above !== high || below !== -low) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it("keeps zero's sign, NaN and infinities, and overflows at 65520", () => {
    expect(Object.is(toFloat16(-0), -0)).toBe(true);
    expect(Object.is(toFloat16(-1e-30), -0)).toBe(true);
    expect(toFloat16(NaN)).toBeNaN();
    expect(toFloat16(-Infinity)).toBe(-Infinity);
    expect(toFloat16(65519.99)).toBe(65504);
    expect(toFloat16(65520)).toBe(Infinity);
    expect(toFloat16(5e-324)).toBe(0);
  });
});

describe("bfloat16", () => {
  it("rounds to the nearest, ties to even", () => {
    expect(toBfloat16(1 + 2 ** -8)).toBe(1);
    expect(toBfloat16(1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
    expect(toBfloat16(1 + 2 ** -8 + 2 ** -40)).toBe(1 + 2 ** -7);
    expect(toBfloat16(2 ** -133)).toBe(2 ** -133);
    expect(toBfloat16(2 ** -134)).toBe(0);
    expect(toBfloat16(3.4e38)).toBe(Infinity);
    expect(toBfloat16(1e300)).toBe(Infinity);
  });
});
