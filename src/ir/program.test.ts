/** The validator and the printer of Programs. */

import { describe, expect, it } from "vitest";
import { InternalError } from "../errors.js";
import { createBuilder } from "./builder.js";
import { N } from "./dims.js";
import { SplitMode } from "./forest.js";
import { stump } from "./primitives/cases-forests.js";
import { primitives } from "./primitives.js";
import { printProgram } from "./print.js";
import type { Instruction, Program } from "./program.js";
import { float32, int32 } from "./tensor.js";
import { validateProgram } from "./validate.js";

function sample(): Program {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 2] });
  b.setOrigin('node "scale"');
  const scaled = b.op("mul", [x, b.constant(float32([1, 10]))]);
  b.setOrigin(undefined);
  const raw = b.op("forest", [scaled], { forest: stump(SplitMode.less, 0) });
  const best = b.op("argMax", [scaled], { axis: 1, last: false });
  const label = b.op("gather", [b.constant(int32([1, 0]), { dtype: "string", values: ["no", "yes"] }), best], {
    axis: 0,
  });
  const part = b.op("slice", [raw], { axis: 0, start: 0, end: { N: 1, plus: -1 }, step: 1 });
  b.op("gatherColumns", [x], { columns: Int32Array.from({ length: 10 }, () => 1) });
  return b.finish([
    { name: "label", value: label },
    { name: "part", value: part },
    { name: "raw", value: raw, role: "rawScore", extra: true },
  ]);
}

describe("printProgram", () => {
  it("prints one instruction a line", () => {
    expect(printProgram(sample())).toMatchInlineSnapshot(`
      "program(x %0: float32[N, 2])
        %1: float32[2] = constant() {tensor: 1, 10}
        %2: float32[N, 2] = mul(%0, %1)  // node "scale"
        %3: float32[N, 1] = forest(%2) {forest: 1 trees, 3 nodes, depth 1, float32 compares, float32 sum}
        %4: int32[N] = argMax(%2) {axis: 1, last: false}
        %5: int32[2] of 2 string labels = constant() {tensor: 1, 0, dictionary: [no, yes]}
        %6: int32[N] of 2 string labels = gather(%5, %4) {axis: 0}
        %7: float32[N-1, 1] = slice(%3) {axis: 0, start: 0, end: N-1, step: 1}
        %8: float32[N, 10] = gatherColumns(%0) {columns: [1, 1, 1, 1, 1, 1, … 10 values]}
        return label %6, part %7, extra raw %3
      "
    `);
  });
});

describe("validateProgram", () => {
  const good = sample();
  const types = good.types;
  const mul = good.instructions.find((i) => i.op === "mul");
  if (mul?.op !== "mul") throw new Error("the sample multiplies");
  const replace = (change: Partial<typeof mul>): readonly Instruction[] =>
    good.instructions.map((i) => (i === mul ? { ...mul, ...change } : i));

  it("answers a well-formed Program", () => {
    expect(validateProgram(good)).toBe(good);
  });

  const broken: readonly (readonly [string, Program, RegExp])[] = [
    [
      "an argument used before it is defined",
      { ...good, instructions: good.instructions.toReversed() },
      /is not defined before it/,
    ],
    ["a value defined twice", { ...good, instructions: [...good.instructions, mul] }, /mul: defined twice/],
    ["an input defined again", { ...good, instructions: replace({ results: [0] }) }, /defined twice/],
    ["a result too many", { ...good, instructions: replace({ results: [2, 50] }) }, /1 result types/],
    [
      "a wrong type",
      { ...good, types: types.with(2, { dtype: "float64", shape: [N, 2] }) },
      /has type float64\[N, 2\], but infers float32\[N, 2\]/,
    ],
    [
      "a wrong shape",
      { ...good, types: types.with(2, { dtype: "float32", shape: [N, 3] }) },
      /has type float32\[N, 3\]/,
    ],
    [
      "a dictionary that is not inferred",
      {
        ...good,
        types: types.with(6, { dtype: "int32", shape: [N], dictionary: { dtype: "string", values: ["no"] } }),
      },
      /carries another dictionary/,
    ],
    ["an output that is not defined", { ...good, outputs: [{ name: "y", value: 77 }] }, /output y is not defined/],
    [
      "two outputs of one name",
      {
        ...good,
        outputs: [
          { name: "y", value: 0 },
          { name: "y", value: 0 },
        ],
      },
      /two outputs share a name/,
    ],
    [
      "two inputs of one value",
      { ...good, inputs: [...good.inputs, { name: "z", value: 0 }] },
      /two inputs share a value/,
    ],
  ];
  for (const [about, program, message] of broken) {
    it(`refuses ${about}`, () => {
      expect(() => validateProgram(program)).toThrow(InternalError);
      expect(() => validateProgram(program)).toThrow(message);
    });
  }
});

describe("accuracy", () => {
  it("is exact for what moves, compares, selects and walks", () => {
    const inexact = Object.entries(primitives).filter(([, row]) => row.accuracy !== "exact");
    expect(inexact.map(([op]) => op)).toEqual([
      ...[
        "sqrt",
        "reciprocal",
        "exp",
        "expm1",
        "log",
        "log1p",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
      ],
      ...["asinh", "acosh", "atanh", "tanh", "sigmoid", "erf", "probit", "div", "pow", "reduceSum", "reduceProd"],
      ...["cumSum", "softmax", "logSoftmax", "matMul", "squaredDistances"],
    ]);
  });
});
