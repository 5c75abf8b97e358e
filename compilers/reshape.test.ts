/** How Reshape resolves 0 and -1 against dimensions in terms of the batch size, and unknown ones. */

import { describe, expect, it } from "vitest";
import { ShapeError, UnsupportedError } from "../src/errors.js";
import { type Dim, N } from "../src/ir/dims.js";
import { resolveShape } from "./reshape.js";

const twice: Dim = { N: 2, plus: 0 };
const sixTimes: Dim = { N: 6, plus: 0 };

const resolved: readonly (readonly [from: readonly Dim[], wanted: readonly Dim[], result: readonly Dim[]])[] = [
  [
    [N, 4],
    [-1, 2],
    [twice, 2],
  ],
  [
    [N, 4],
    [0, -1],
    [N, 4],
  ],
  [[N, 4], [-1], [{ N: 4, plus: 0 }]],
  [
    [N, 2, 3],
    [-1, 3],
    [twice, 3],
  ],
  [
    [twice, 3],
    [N, -1],
    [N, 6],
  ],
  [
    [2, N, 3],
    [2, -1],
    [2, { N: 3, plus: 0 }],
  ],
  [
    [N, N, 3],
    [N, -1, 3],
    [N, N, 3],
  ],
  [
    [N, N],
    [0, -1, 1],
    [N, N, 1],
  ],
  [
    ["?", 6],
    [0, -1, 2],
    ["?", 3, 2],
  ],
  [[N, 1], [-1], [N]],
  [[], [-1, 1], [1, 1]],
  [
    [N, 0],
    [0, -1],
    [N, 0],
  ],
  [
    [{ N: 1, plus: 2 }, 6],
    [-1, 3],
    [{ N: 2, plus: 4 }, 3],
  ],
  [[sixTimes], [-1, 2, 3], [N, 2, 3]],
  [
    [N, 4],
    [N, 2, 2],
    [N, 2, 2],
  ],
];

describe("resolveShape", () => {
  for (const [from, wanted, result] of resolved) {
    it(`${JSON.stringify(from)} to ${JSON.stringify(wanted)}`, () => {
      expect(resolveShape(from, wanted, false, "here")).toEqual(result);
    });
  }

  it("takes 0 as a size with allowzero", () => {
    expect(resolveShape([2, 0], [0, 3], true, "here")).toEqual([0, 3]);
  });

  it("refuses what cannot agree", () => {
    expect(() => resolveShape([N, 4], [-1, 3], false, "here")).toThrow(ShapeError);
    expect(() => resolveShape([N, 4], [-1, -1], false, "here")).toThrow(/at most one size may be -1/);
    expect(() => resolveShape([N, 4], [-2, 1], false, "here")).toThrow(/at most one size may be -1, and none below/);
    expect(() => resolveShape([N], [0, 0], false, "here")).toThrow(/the input has no axis 1 to copy/);
    expect(() => resolveShape([2, 0], [0, -1], true, "here")).toThrow(/the sizes do not divide/);
  });

  it("refuses a size that stays unknown, naming the node", () => {
    expect(() => resolveShape(["?", N], [-1, N], false, "here")).toThrow(UnsupportedError);
    expect(() => resolveShape(["?", 4], [-1, 2], false, "here")).toThrow(
      /^here: reshaping \[\?, 4\] to \[-1, 2\] leaves a size unknown/,
    );
  });
});
