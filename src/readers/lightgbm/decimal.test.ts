import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextUp64 } from "../../ir/float.js";
import { parseDecimal } from "./decimal.js";

const parse = (text: string) => {
  const bytes = Uint8Array.from(`x${text}x`, (c) => c.charCodeAt(0));
  return parseDecimal(bytes, 1, bytes.length - 1);
};

describe("decimal text", () => {
  it.each([
    "0",
    "-0",
    "1",
    "-1.5",
    "+2",
    "3.",
    ".5",
    "00012",
    "1e3",
    "1E+3",
    "2.5e-3",
    "9007199254740993",
    "0.1",
    "123456789012345678",
    "0.30000000000000004",
    "1.7976931348623157e308",
    "1e400",
    "-1e400",
    "5e-324",
    "2.4703282292062327e-324",
    "1e-99999999999",
    "0e99999999999",
    "1.00000001800250948e-35",
    "12345678901234567890123",
    "8.41470984807896506652502321630298999622563060798371e-1",
  ])("%s is the float64 that JavaScript reads", (text) => {
    expect(Object.is(parse(text), Number(text))).toBe(true);
  });

  it.each([
    "",
    "-",
    "+",
    ".",
    "e5",
    "1e",
    "1e+",
    "1e-",
    "--1",
    "1.2.3",
    "1-2",
    "0x10",
    "1_0",
    "inf",
    "NaN",
    "1e5.5",
    " 1",
    "1 ",
  ])("%j is not a number", (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it("is rounded as JavaScript rounds it, whatever the number", () => {
    const any = fc.double({ noNaN: true, noDefaultInfinity: true });
    const near = fc.double({ noNaN: true, min: -1e3, max: 1e3 });
    fc.assert(
      fc.property(fc.oneof(any, near), fc.integer({ min: 15, max: 20 }), (value, digits) => {
        for (const text of [String(value), value.toPrecision(digits), value.toExponential(16)]) {
          expect(parse(text)).toBe(Number(text));
        }
      }),
      { seed: 1, numRuns: 6_000 },
    );
  });

  it("is rounded rightly beside the middle of two neighbours", () => {
    // The middle of a float64 in [2^52, 2^53) and its neighbour ends in .5: 17 digits that no float64 holds.
    const middle = fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n });
    fc.assert(
      fc.property(middle, fc.integer({ min: 0, max: 22 }), (whole, scale) => {
        for (const tail of ["49", "5", "51", "499", "501"]) {
          const text = `${whole}.${tail}`;
          const scaled = `${whole}${tail}e-${scale}`;
          expect(parse(text)).toBe(Number(text));
          expect(parse(scaled)).toBe(Number(scaled));
        }
      }),
      { seed: 2, numRuns: 1_500 },
    );
    expect(parse("4503599627370496.5")).toBe(2 ** 52);
    expect(parse("4503599627370497.5")).toBe(nextUp64(nextUp64(2 ** 52)));
  });
});
