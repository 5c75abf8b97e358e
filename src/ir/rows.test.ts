/** Which Programs are row-wise, and running them in blocks. */

import { describe, expect, it } from "vitest";
import { InternalError, OptionError } from "../errors.js";
import { createBuilder } from "./builder.js";
import { type Dim, N } from "./dims.js";
import type { Program, ValueId } from "./program.js";
import {
  elementsPerRow,
  joinBlocks,
  rowBlocks,
  rowWise,
  runInBlocks,
  runInBlocksAsync,
  sliceRows,
  withOutputs,
} from "./rows.js";
import { float32, int32, strings, type Tensor } from "./tensor.js";

function program(
  shape: readonly Dim[],
  write: (build: ReturnType<typeof createBuilder>, x: ValueId) => ValueId,
): Program {
  const build = createBuilder();
  const x = build.input("x", { dtype: "float32", shape });
  return build.finish([{ name: "y", value: write(build, x) }]);
}

describe("rowWise", () => {
  it("holds for elementwise work, products and reductions of columns", () => {
    const p = program([N, 3], (b, x) => {
      const product = b.op("matMul", [x, b.constant(float32([1, 2, 3], [3, 1]))]);
      return b.op("reduceSum", [b.op("add", [x, product])], { axes: [1] });
    });
    expect(rowWise(p)).toEqual({ rowWise: true });
  });

  it("names the first instructions at which rows meet", () => {
    const p = program([N, 3], (b, x) => {
      const mean = b.op("reduceSum", [x], { axes: [0] });
      return b.op("sub", [x, b.op("neg", [mean])]);
    });
    const kind = rowWise(p);
    expect(kind.rowWise ? [] : kind.mixing.map((i) => i.op)).toEqual(["reduceSum"]);
  });

  it("fails where a value has two row axes or none of the form N", () => {
    const outer = program([N, 1], (b, x) => b.op("add", [x, b.op("transpose", [x], { perm: [1, 0] })]));
    const kind = rowWise(outer);
    expect(kind.rowWise ? [] : kind.mixing.map((i) => i.op)).toEqual(["add"]);
    expect(rowWise(program(["?", 2], (b, x) => b.op("neg", [x])))).toEqual({ rowWise: false, mixing: [] });
    expect(rowWise(program([N, 2], (b, x) => b.op("reshape", [x], { shape: [{ N: 2, plus: 0 }] }))).rowWise).toBe(
      false,
    );
  });

  it("holds where a width beside the rows is open", () => {
    expect(rowWise(program([N, "?"], (b, x) => b.op("neg", [x])))).toEqual({ rowWise: true });
  });

  it("does not count instructions that no output needs", () => {
    const p = program([N, 3], (b, x) => {
      b.op("reduceSum", [x], { axes: [0] });
      b.op("dims", [], { dims: [N] });
      return b.op("neg", [x]);
    });
    expect(rowWise(p)).toEqual({ rowWise: true });
  });

  it("counts the batch size as a value", () => {
    const p = program([N], (b, x) =>
      b.op("div", [x, b.op("cast", [b.op("dims", [], { dims: [N] })], { to: "float32" })]),
    );
    expect(rowWise(p).rowWise).toBe(false);
  });
});

describe("elementsPerRow", () => {
  it("is the largest value of one row, constants aside", () => {
    const p = program([N, 3], (b, x) => {
      const wide = b.op("mul", [b.op("reshape", [x], { shape: [N, 3, 1] }), b.constant(float32([1, 2, 3, 4, 5]))]);
      b.op("matMul", [x, b.constant(float32(new Array(300).fill(1), [3, 100]))]);
      return b.op("reduceSum", [wide], { axes: [1, 2] });
    });
    expect(elementsPerRow(p)).toBe(15);
  });
});

describe("withOutputs", () => {
  it("keeps the named outputs in the order asked for", () => {
    const p = program([N, 1], (b, x) => b.op("neg", [x]));
    const two: Program = { ...p, outputs: [...p.outputs, { name: "z", value: 0 }] };
    expect(withOutputs(two, ["z", "y"]).outputs.map((o) => o.name)).toEqual(["z", "y"]);
    expect(() => withOutputs(two, ["w"])).toThrow(OptionError);
    expect(() => withOutputs(two, ["w"])).toThrow('there is no output "w"; the model has y, z');
  });
});

describe("blocks", () => {
  it("slice along any axis; the first one as a view", () => {
    const x = float32([1, 2, 3, 4, 5, 6], [3, 2]);
    const part = sliceRows(x, 0, 1, 2);
    expect(part).toEqual(float32([3, 4, 5, 6], [2, 2]));
    expect(part.data.length).toBe(4);
    expect(part.data instanceof Float32Array && part.data.buffer === x.data.buffer).toBe(true);
    expect(sliceRows(x, 1, 1, 1)).toEqual(float32([2, 4, 6], [3, 1]));
    expect(sliceRows(strings(["a", "b", "c"]), 0, 1, 1)).toEqual(strings(["b"]));
    expect(sliceRows(x, -1, 1, 1)).toBe(x);
  });

  // Two outputs: rows along axis 1 of one, none in the other. One input has no rows.
  const build = createBuilder();
  const x = build.input("x", { dtype: "float32", shape: [N, 2] });
  const scale = build.input("scale", { dtype: "float32", shape: [2] });
  const turned = build.op("transpose", [build.op("mul", [x, scale])], { perm: [1, 0] });
  const p = build.finish([
    { name: "turned", value: turned },
    { name: "scale", value: scale },
  ]);
  const run = (inputs: ReadonlyMap<string, Tensor>, n: number): ReadonlyMap<string, Tensor> => {
    const [given, factor] = [inputs.get("x"), inputs.get("scale")];
    if (given === undefined || factor === undefined) throw new Error("missing input");
    expect(given.shape).toEqual([n, 2]);
    const data = new Float32Array(2 * n);
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < 2; c++) data[c * n + r] = Number(given.data[2 * r + c]) * Number(factor.data[c]);
    }
    return new Map<string, Tensor>([
      ["turned", { dtype: "float32", shape: [2, n], data }],
      ["scale", factor],
    ]);
  };
  const inputs = new Map<string, Tensor>([
    ["x", float32([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 2])],
    ["scale", float32([1, 10])],
  ]);
  const want = float32([1, 3, 5, 7, 9, 20, 40, 60, 80, 100], [2, 5]);

  it("run one after another and are joined along the row axis", async () => {
    for (const blockRows of [1, 2, 3, 5, 6, Number.POSITIVE_INFINITY]) {
      const outputs = runInBlocks(p, inputs, 5, blockRows, run);
      expect(outputs.get("turned")).toEqual(want);
      expect(outputs.get("scale")).toEqual(float32([1, 10]));
      expect(await runInBlocksAsync(p, inputs, 5, blockRows, async (i, n) => run(i, n))).toEqual(outputs);
    }
  });

  it("are one empty block for no rows", () => {
    const none = new Map(inputs).set("x", float32([], [0, 2]));
    expect([...rowBlocks(p, none, 0, 4)]).toEqual([{ inputs: none, n: 0 }]);
    expect(runInBlocks(p, none, 0, 4, run).get("turned")).toEqual(float32([], [2, 0]));
  });

  it("need a row axis", () => {
    const wide = program(["?", 1], (b, v) => b.op("neg", [v]));
    const given = new Map([["x", float32([1, 2], [2, 1])]]);
    expect(() => [...rowBlocks(wide, given, 2, 1)]).toThrow(InternalError);
    expect(() => joinBlocks(wide, [new Map([["y", int32([1])]]), new Map([["y", int32([1])]])])).toThrow(InternalError);
  });
});
