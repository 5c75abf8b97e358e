import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextDown32, nextDown64, nextUp32, nextUp64, roundDownToFloat32, roundUpToFloat32 } from "./float.js";

const maxFloat32 = 2 ** 128 - 2 ** 104;

describe("neighbours", () => {
  it("float32", () => {
    const cases: readonly (readonly [number, number])[] = [
      [0, 2 ** -149],
      [-0, 2 ** -149],
      [-(2 ** -149), -0],
      [1, 1 + 2 ** -23],
      [-1, -1 + 2 ** -24],
      [2 ** -126 - 2 ** -149, 2 ** -126],
      [maxFloat32, Infinity],
      [-Infinity, -maxFloat32],
      [Infinity, Infinity],
      [NaN, NaN],
    ];
    for (const [x, up] of cases) {
      expect(nextUp32(x)).toBe(up);
      expect(nextDown32(-x)).toBe(-up);
    }
  });

  it("float64", () => {
    const cases: readonly (readonly [number, number])[] = [
      [0, 5e-324],
      [-0, 5e-324],
      [-5e-324, -0],
      [1, 1 + 2 ** -52],
      [-1, -1 + 2 ** -53],
      [Number.MAX_VALUE, Infinity],
      [-Infinity, -Number.MAX_VALUE],
      [Infinity, Infinity],
      [NaN, NaN],
    ];
    for (const [x, up] of cases) {
      expect(nextUp64(x)).toBe(up);
      expect(nextDown64(-x)).toBe(-up);
    }
  });
});

describe("directed rounding to float32", () => {
  it("keeps what is a float32, -0 and NaN", () => {
    for (const x of [0, -0, 1, -2.5, Infinity, -Infinity, NaN, 2 ** -149, maxFloat32]) {
      expect(roundDownToFloat32(x)).toBe(x);
      expect(roundUpToFloat32(x)).toBe(x);
    }
  });

  it("goes to the float32 below and above", () => {
    const cases: readonly (readonly [number, number, number])[] = [
      [0.1, 0.09999999403953552, 0.10000000149011612],
      [-0.1, -0.10000000149011612, -0.09999999403953552],
      [1e-300, 0, 2 ** -149],
      [-1e-300, -(2 ** -149), -0],
      [1e300, maxFloat32, Infinity],
      [-1e300, -Infinity, -maxFloat32],
    ];
    for (const [x, down, up] of cases) {
      expect(roundDownToFloat32(x)).toBe(down);
      expect(roundUpToFloat32(x)).toBe(up);
    }
  });

  it("leaves no float32 in between", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        const [down, up] = [roundDownToFloat32(x), roundUpToFloat32(x)];
        expect(Math.fround(down)).toBe(down);
        expect(Math.fround(up)).toBe(up);
        expect(down <= x && x <= up).toBe(true);
        if (Math.fround(x) === x) expect(down === x && up === x).toBe(true);
        else expect(nextUp32(down) === up || nextUp32(down) + up === 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
