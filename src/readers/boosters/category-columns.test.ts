import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../backends/reference/reference-backend.js";
import { LimitError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import { float32, float64, type Tensor } from "../../ir/tensor.js";
import { appendCategoryColumns, type CategoryRule, type CategorySet } from "./category-columns.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const lightgbm: CategoryRule = { negativeFraction: "zero", nanCategory: () => -1 };
const xgboost: CategoryRule = { negativeFraction: "outside", nanCategory: () => undefined };

async function columnsOf(x: Tensor<"float32" | "float64">, sets: readonly CategorySet[], rule: CategoryRule) {
  const build = createBuilder();
  const given = build.input("x", { dtype: x.dtype, shape: [N, x.shape[1] ?? 0] });
  const program = build.finish([{ name: "y", value: appendCategoryColumns(build, given, sets, rule) }]);
  const target = await referenceBackend.probe({ batchHint: 10 });
  const executable = await referenceBackend.compile(program, target);
  const rows = x.shape[0] ?? 0;
  const y = (await executable.run(new Map([["x", x]]), rows, ["y"])).get("y");
  const gathers = program.instructions.filter(({ op }) => op === "gather").length;
  return { shape: y?.shape, dtype: y?.dtype, data: Array.from(y?.data as Float64Array), gathers };
}

describe("category columns", () => {
  const values = [0, 1, 2, 3, 4, -0.5, -1, -0, 2.99, 1e10, inf, -inf, nan];

  it("hold LightGBM's rule: truncation toward zero, negative, unseen and NaN outside", async () => {
    const { data, shape } = await columnsOf(float64(values, [13, 1]), [{ column: 0, members: [0, 2] }], lightgbm);
    expect(shape).toEqual([13, 2]);
    expect(data.filter((_, i) => i % 2 === 1)).toEqual([1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0]);
    expect(data.filter((_, i) => i % 2 === 0)).toEqual(values);
  });

  it("hold XGBoost's rule: negative fractions outside, NaN stays", async () => {
    const { data, dtype } = await columnsOf(
      float32([0, -0.5, -0, 2.5, nan], [5, 1]),
      [{ column: 0, members: [0] }],
      xgboost,
    );
    expect(dtype).toBe("float32");
    expect(data.filter((_, i) => i % 2 === 1)).toEqual([1, 0, 1, 0, nan]);
  });

  it("take a NaN category where the rule names one", async () => {
    const rule: CategoryRule = { negativeFraction: "zero", nanCategory: () => 2 };
    const { data } = await columnsOf(float64([nan, 1], [2, 1]), [{ column: 0, members: [2] }], rule);
    expect(data).toEqual([nan, 1, 1, 0]);
  });

  it("stand in the order of the sets, whatever columns they belong to", async () => {
    const sets = [
      { column: 1, members: [0] },
      { column: 0, members: [1] },
      { column: 1, members: [3] },
    ];
    const { data } = await columnsOf(float64([1, 0, 2, 3], [2, 2]), sets, lightgbm);
    expect(data).toEqual([1, 0, 1, 1, 0, 2, 3, 0, 0, 1]);
  });

  it("share a table row between categories of the same sets, and give the same columns", async () => {
    const sets = [
      { column: 0, members: [5, 900, 901] },
      { column: 0, members: [900, 901, 902] },
      { column: 0, members: [] },
    ];
    const given = [5, 900, 901, 902, 0, 903, 6];
    const { data, gathers } = await columnsOf(float64(given, [7, 1]), sets, lightgbm);
    const picked = given.map((_, i) => data.slice(4 * i + 1, 4 * i + 4).join(""));
    expect(picked).toEqual(["100", "110", "110", "010", "000", "000", "000"]);
    expect(gathers).toBe(2);
    expect((await columnsOf(float64([1], [1, 1]), [{ column: 0, members: [0] }], lightgbm)).gathers).toBe(1);
  });

  it("are none without sets", async () => {
    expect(await columnsOf(float64([7], [1, 1]), [], lightgbm)).toMatchObject({ shape: [1, 1], data: [7] });
  });

  it("are refused beyond 2^24 categories and 2^24 members, before memory is taken", () => {
    const build = createBuilder();
    const x = build.input("x", { dtype: "float64", shape: [N, 1] });
    const append = (...sets: readonly Iterable<number>[]) =>
      appendCategoryColumns(
        build,
        x,
        sets.map((members) => ({ column: 0, members })),
        lightgbm,
      );
    expect(() => append([2 ** 24])).toThrow(LimitError);
    expect(() => append([2 ** 24])).toThrow("column 0: category 16777216 is over the limit of 16777215");
    const many = {
      *[Symbol.iterator]() {
        for (let i = 0; i < 2 ** 26; i++) yield 0;
      },
    };
    expect(() => append(many)).toThrow("column 0: the sets of categories have over 16777216 members");
    const wide = Array.from({ length: 6000 }, (_, s) => [s]);
    expect(() => append(...wide)).toThrow("column 0: 6000 sets of categories make a table of over 16777216 cells");
  });
});
