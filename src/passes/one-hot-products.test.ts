/** One-hot rows times a matrix: the rewritten Program against the given one on `reference`. */

import { expect, test } from "vitest";
import { createReferenceExecutable, referenceTarget } from "../backends/reference/reference-backend.js";
import { type Builder, createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import type { DType } from "../ir/dtype.js";
import type { PrimitiveName } from "../ir/primitive.js";
import type { Program, ValueId } from "../ir/program.js";
import { float32, float64, int32, int64, scalar, type Tensor } from "../ir/tensor.js";
import { validateProgram } from "../ir/validate.js";
import { removeDeadCode } from "./dead-code.js";
import { gatherOneHotProducts } from "./one-hot-products.js";

/** Whether the code at hand is each of `count` categories, as [N, 1, count]. */
function hot(b: Builder, code: ValueId, count: number, to: DType): ValueId {
  const last = b.op("reshape", [code], { shape: [N, 1, 1] });
  return b.op("cast", [b.op("equal", [last, b.constant(int32(Array.from({ length: count }, (_, i) => i)))])], { to });
}

const flat = (b: Builder, value: ValueId, width: number) => b.op("reshape", [value], { shape: [N, width] });

const opsOf = (program: Program): PrimitiveName[] =>
  program.instructions.flatMap((i) => (i.op === "constant" || i.op === "reshape" ? [] : [i.op]));

const answers = (program: Program, inputs: ReadonlyMap<string, Tensor>, n: number): number[] => {
  const names = program.outputs.map((o) => o.name);
  const results = createReferenceExecutable(program, referenceTarget(100)).runSync(inputs, n, names);
  return names.flatMap((name) => Array.from(results.get(name)!.data, Number));
};

const rewritten = (program: Program): Program => validateProgram(removeDeadCode(gatherOneHotProducts(program)));

/** Weights that float32 sums without rounding, so that answers can be compared exactly. */
const weights = (rows: number): Float32Array => Float32Array.from({ length: 2 * rows }, (_, i) => ((i * 7) % 11) - 5);

function mixed(): Program {
  const b = createBuilder();
  const city = b.input("city", { dtype: "int64", shape: [N, 1] });
  const size = b.input("size", { dtype: "float32", shape: [N, 1] });
  const x = b.input("x", { dtype: "float32", shape: [N, 2] });
  const cityCode = b.op("indexOf", [city], { keys: int64([7n, 9n, 2n ** 40n]) });
  const sizeCode = b.op("indexOf", [size], { keys: float32([0.5, 1.5]) });
  const cityHot = hot(b, cityCode, 3, "float32");
  // An unknown size is NaN, and then everything is.
  const unknown = b.op("less", [b.op("reshape", [sizeCode], { shape: [N, 1, 1] }), b.constant(scalar("int32", 0))]);
  const sizeHot = b.op("select", [unknown, b.constant(scalar("float32", Number.NaN)), hot(b, sizeCode, 2, "float32")]);
  const encoded = flat(b, b.op("concat", [cityHot, sizeHot], { axis: 2 }), 5);
  const left = b.op("concat", [x, encoded, b.op("neg", [x])], { axis: 1 });
  const raw = b.op("matMul", [left, b.constant(float32(weights(9), [9, 2]))]);
  return b.finish([{ name: "raw", value: raw }]);
}

const rows = new Map<string, Tensor>([
  ["city", int64([7n, 9n, 2n ** 40n, 8n, -7n, 7n], [6, 1])],
  ["size", float32([0.5, 1.5, 1.5, 0.5, 1.5, Number.NaN], [6, 1])],
  ["x", float32([1, 2, 3, Number.NaN, -0, 0, 4, 4, Number.POSITIVE_INFINITY, 1, 1, 1], [6, 2])],
]);

test("codes are picked, other columns multiplied, and the answers stay", () => {
  const program = rewritten(mixed());
  expect(opsOf(program)).toEqual([
    ...["indexOf", "indexOf", "neg", "add", "gather", "add", "gather", "add", "cast", "concat", "matMul", "add"],
  ]);
  expect(answers(program, rows, 6)).toEqual(answers(mixed(), rows, 6));
});

test("codes alone need no product", () => {
  const b = createBuilder();
  const code = b.op("indexOf", [b.input("c", { dtype: "int32", shape: [N] })], { keys: int32([3, 1, 2]) });
  const table = b.constant(float64([0.1, 0.2, 0.3], [3, 1]));
  const raw = b.op("matMul", [flat(b, hot(b, code, 3, "float64"), 3), table]);
  const program = b.finish([{ name: "raw", value: raw }]);
  const inputs = new Map([["c", int32([1, 2, 3, 4])]]);
  expect(opsOf(rewritten(program))).toEqual(["indexOf", "add", "gather"]);
  expect(answers(rewritten(program), inputs, 4)).toEqual([0.2, 0.3, 0.1, 0]);
  expect(answers(program, inputs, 4)).toEqual([0.2, 0.3, 0.1, 0]);
});

test("what depends on two codes, on rows, or on weights that are no constant is left alone", () => {
  const b = createBuilder();
  const c = b.input("c", { dtype: "int32", shape: [N, 2] });
  const both = b.op("indexOf", [c], { keys: int32([3, 1, 2]) });
  const one = (axis: number) =>
    b.op("indexOf", [b.op("slice", [c], { axis: 1, start: axis, end: axis + 1, step: 1 })], { keys: int32([3, 1, 2]) });
  const product = b.op("mul", [hot(b, one(0), 3, "float32"), hot(b, one(1), 3, "float32")]);
  const w = b.constant(float32(weights(3), [3, 2]));
  const open = b.input("w", { dtype: "float32", shape: [3, 2] });
  const program = b.finish([
    { name: "two", value: b.op("matMul", [flat(b, product, 3), w]) },
    {
      name: "pair",
      value: b.op("matMul", [b.op("cast", [both], { to: "float32" }), b.constant(float32(weights(2), [2, 2]))]),
    },
    { name: "open", value: b.op("matMul", [flat(b, hot(b, one(0), 3, "float32"), 3), open]) },
  ]);
  expect(opsOf(rewritten(program)).filter((op) => op === "matMul")).toHaveLength(3);
  expect(opsOf(rewritten(program))).not.toContain("gather");
});
