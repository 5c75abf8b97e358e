/** What the shape rules refuse, what they know about N and dictionaries, and what `evaluate` refuses when it meets it. */

import { describe, expect, it } from "vitest";
import { DataError, ShapeError } from "../errors.js";
import { type Dim, N } from "./dims.js";
import type { DType } from "./dtype.js";
import { evaluateInstruction, inferInstruction, instructionMixesRows } from "./evaluate.js";
import { SplitMode } from "./forest.js";
import type { PrimitiveAttrs, PrimitiveName } from "./primitive.js";
import { stump } from "./primitives/cases-forests.js";
import { float32, int32, int64, strings, type Tensor } from "./tensor.js";
import { type Dictionary, formatType, type TensorType, typeOf } from "./types.js";

const t = (dtype: DType, ...shape: Dim[]): TensorType => typeOf(dtype, shape);
const f = (...shape: Dim[]): TensorType => t("float32", ...shape);
const animals: Dictionary = { dtype: "string", values: ["cat", "dog"] };
const plants: Dictionary = { dtype: "string", values: ["oak"] };
const codes = (dictionary: Dictionary, ...shape: Dim[]): TensorType => typeOf("int32", shape, dictionary);

function infer<P extends PrimitiveName>(op: P, args: readonly TensorType[], attrs: PrimitiveAttrs[P]): string {
  return inferInstruction({ op, attrs }, args).map(formatType).join("; ");
}

type Row = readonly [about: string, run: () => unknown, message: RegExp];
const row = <P extends PrimitiveName>(
  op: P,
  args: readonly TensorType[],
  attrs: PrimitiveAttrs[P],
  message: RegExp,
): Row => [`${op}(${args.map(formatType).join(", ")})`, () => infer(op, args, attrs), message];

const refusals: readonly Row[] = [
  row(
    "constant",
    [],
    { tensor: { dtype: "float32", shape: [3], data: Float32Array.of(1) } },
    /needs 3 elements, got 1/,
  ),
  row("constant", [], { tensor: float32([1]), dictionary: animals }, /codes of a dictionary are int32, got float32/),
  row("constant", [], { tensor: int32([2]), dictionary: animals }, /code 2 is not in \[-1, 2\)/),
  row("constant", [f(1)], { tensor: float32([1]) }, /takes no arguments, got 1/),
  row("dims", [], { dims: ["?"] }, /1 dimensions are unknown/),
  row("dims", [], { dims: [-1] }, /dimension -1 is not a count/),
  row("iota", [], { axis: 2, shape: [N, 3], dtype: "int32" }, /axis 2 is not in \[0, 2\)/),
  row("cast", [f(1), f(1)], { to: "int32" }, /takes 1 argument, got 2/),
  row("cast", [t("bool", 1)], { to: "string" }, /no rule for bool to string/),
  row("indexOf", [f(N)], { keys: int64([1]) }, /looks up float32 among int64 keys/),
  row("indexOf", [t("int32", N)], { keys: int32([1, 2], [1, 2]) }, /keys are a vector/),
  row("indexOf", [t("int32", N)], { keys: int32([1, 2]), dictionary: plants }, /2 keys, but a dictionary of 1/),
  row("reshape", [f(2, 3)], { shape: [4, 2] }, /another number of elements than \[4, 2\]/),
  row("reshape", [f(N, 3)], { shape: [N, 2] }, /float32\[N, 3\] has another number/),
  row("reshape", [f(N, 3)], { shape: ["?", "?"] }, /2 dimensions are unknown, at most 1/),
  row("reshape", [f(2, 3)], { shape: ["?", 4] }, /cannot be divided into/),
  row("reshape", [f(4)], { shape: [-2, -2] }, /dimension -2 is not a count/),
  row("transpose", [f(2, 3)], { perm: [0, 0] }, /\[0,0\] is no permutation/),
  row("transpose", [f(2, 3)], { perm: [0] }, /no permutation/),
  row("broadcastTo", [f(2, 3)], { shape: [3] }, /does not broadcast to \[3\]/),
  row("broadcastTo", [f(N)], { shape: [3] }, /float32\[N\] does not broadcast to \[3\]/),
  row("concat", [], { axis: 0 }, /at least 1 argument/),
  row("concat", [f(N, 2), f(N, 2, 1)], { axis: 1 }, /differ in rank/),
  row("concat", [f(N, 2), f(3, 2)], { axis: 1 }, /dimensions of axis 0 differ: N and 3/),
  row("concat", [f(N, 2), t("int32", N, 2)], { axis: 1 }, /differ in type: float32\[N, 2\] and int32\[N, 2\]/),
  row("concat", [codes(animals, N), codes(plants, N)], { axis: 0 }, /string \["cat", "dog"\] and string \["oak"\]/),
  row("concat", [codes(animals, N), t("int32", N)], { axis: 0 }, /\["cat", "dog"\] and no dictionary/),
  row("slice", [f(N, 3)], { axis: 1, start: 0, end: 4, step: 1 }, /bound 4 is not in \[0, 3\]/),
  row("slice", [f(N, 3)], { axis: 1, start: 3, end: -1, step: -1 }, /bound 3 is not in \[-1, 2\]/),
  row("slice", [f(N, 3)], { axis: 1, start: 0, end: 3, step: 0 }, /step 0/),
  row("slice", [f(N, 3)], { axis: 2, start: 0, end: 3, step: 1 }, /axis 2/),
  row("gather", [f(3), f(2)], { axis: 0 }, /expects int32 or int64 indices, got float32\[2\]/),
  row("gatherColumns", [f(N, 3)], { columns: Int32Array.of(3) }, /column 3 is not in float32\[N, 3\]/),
  row("gatherColumns", [f(N)], { columns: Int32Array.of(0) }, /expects rank 2/),
  row("gatherByRow", [f(N, 3), t("int64", N, 3)], {}, /indices are int32/),
  row("gatherByRow", [f(N, 3), t("int32", 2, 3)], {}, /dimensions of axis 0 differ: N and 2/),
  row("gatherByColumn", [f(3, N), t("int32", 3, 2)], {}, /dimensions of axis 1 differ: N and 2/),
  row("neg", [t("uint8", 1)], {}, /expects signed numbers, got uint8/),
  row("exp", [t("int32", 1)], {}, /expects floats, got int32/),
  row("abs", [codes(animals, N)], {}, /cannot compute with int32\[N\] of 2 string labels/),
  row("not", [f(1)], {}, /expects bool/),
  row("isNaN", [t("int32", 1)], {}, /expects floats/),
  row("add", [f(N, 3), f(N, 2)], {}, /do not broadcast/),
  row("add", [f(N), f(2)], {}, /float32\[N\] and float32\[2\] do not broadcast/),
  row("add", [f(1), t("float64", 1)], {}, /differ in type: float32\[1\] and float64\[1\]/),
  row("add", [t("string", 1), t("string", 1)], {}, /expects numbers, got string/),
  row("add", [t("bool", 1), t("bool", 1)], {}, /expects numbers, got bool/),
  row("add", [codes(animals, 1), t("int32", 1)], {}, /cast to int32 for their codes/),
  row("less", [t("string", 1), t("string", 1)], {}, /expects numbers or bool/),
  row("equal", [codes(animals, 1), codes(plants, 1)], {}, /different dictionaries/),
  row("and", [t("uint8", 1), t("uint8", 1)], {}, /expects bool/),
  row("select", [f(1), f(1), f(1)], {}, /expects bool, got float32/),
  row("select", [t("bool", 1), codes(animals, 1), codes(plants, 1)], {}, /different dictionaries/),
  row("select", [t("bool", 3), f(2), f(1)], {}, /do not broadcast/),
  row("reduceSum", [f(N, 3)], { axes: [2] }, /axis 2 is not in/),
  row("reduceSum", [f(N, 3)], { axes: [1, 1] }, /axes \[1,1\] repeat/),
  row("reduceSum", [t("bool", 3)], { axes: [0] }, /expects numbers, got bool/),
  row("argMax", [f(N, 0)], { axis: 1, last: false }, /axis 1 is empty/),
  row("topK", [f(N, 3)], { axis: 1, k: 4, largest: true }, /k = 4 is not in \[0, 3\]/),
  row("softmax", [t("int32", 3)], { axis: 0 }, /expects floats/),
  row("matMul", [f(3), f(3, 2)], {}, /expects rank 2 or more/),
  row("matMul", [f(N, 3), f(2, 3)], {}, /contracted dimensions of float32\[N, 3\] and float32\[2, 3\] differ: 3 and 2/),
  row("forest", [t("float64", N, 1)], { forest: stump(SplitMode.less, 0) }, /compares in float32, got float64\[N, 1\]/),
  row("forest", [f(N, 0)], { forest: stump(SplitMode.less, 0) }, /reads 1 columns, got float32\[N, 0\]/),
  row("forestLeaves", [f(N)], { forest: stump(SplitMode.less, 0) }, /expects rank 2/),
];

describe("infer refuses", () => {
  for (const [about, run, message] of refusals) {
    it(about, () => {
      expect(run).toThrow(ShapeError);
      expect(run).toThrow(message);
    });
  }
});

describe("infer knows N", () => {
  it("through moving and elementwise primitives", () => {
    expect(infer("reshape", [f(N, 6)], { shape: ["?", 3] })).toBe("float32[2N, 3]");
    expect(infer("reshape", [f(N, 6)], { shape: [N, "?", 2] })).toBe("float32[N, 3, 2]");
    expect(infer("reshape", [f("?", 6)], { shape: [N, 6] })).toBe("float32[N, 6]");
    expect(infer("transpose", [f(N, 3)], { perm: [1, 0] })).toBe("float32[3, N]");
    expect(infer("concat", [f(N, 3), f("?", 2)], { axis: 1 })).toBe("float32[N, 5]");
    expect(infer("concat", [f(N, 3), f(2, 3)], { axis: 0 })).toBe("float32[N+2, 3]");
    expect(infer("add", [f(N, 3), f(1, 3)], {})).toBe("float32[N, 3]");
    expect(infer("add", [f(N, 1), f(N)], {})).toBe("float32[N, N]");
    expect(infer("select", [t("bool", N, 1), f(3), f()], {})).toBe("float32[N, 3]");
  });

  it("through slices", () => {
    const slice = (...[start, end, step]: [Dim, Dim, number]) =>
      infer("slice", [f(N, 3)], { axis: 0, start, end, step });
    expect(slice(0, N, 1)).toBe("float32[N, 3]");
    expect(slice(0, { N: 1, plus: -1 }, 1)).toBe("float32[N-1, 3]");
    expect(slice({ N: 1, plus: -1 }, -1, -1)).toBe("float32[N, 3]");
    expect(slice(0, { N: 1, plus: 5 }, 1)).toBe("float32[?, 3]");
    expect(infer("slice", [f("?", 3)], { axis: 0, start: 0, end: N, step: 1 })).toBe("float32[?, 3]");
    expect(slice(0, 5, 1)).toBe("float32[?, 3]");
    expect(slice(2, 2, 1)).toBe("float32[0, 3]");
  });

  it("through gathers, reductions and products", () => {
    expect(infer("gather", [f(5, 2), t("int32", N, 4)], { axis: 0 })).toBe("float32[N, 4, 2]");
    expect(infer("gatherByRow", [f(N, 9), t("int32", "?", 2)], {})).toBe("float32[N, 2]");
    expect(infer("reduceSum", [f(N, 3, 2)], { axes: [1] })).toBe("float32[N, 2]");
    expect(infer("topK", [f(N, 3)], { axis: 1, k: 2, largest: true })).toBe("float32[N, 2]; int32[N, 2]");
    expect(infer("matMul", [f(4, N, 3), f(3, 2)], {})).toBe("float32[4, N, 2]");
    expect(infer("forest", [f(N, "?")], { forest: stump(SplitMode.less, 0) })).toBe("float32[N, 1]");
  });
});

describe("dictionaries", () => {
  const labels = "of 2 string labels";
  it("stay with values that are moved", () => {
    const x = codes(animals, N, 2);
    expect(infer("reshape", [x], { shape: [2, N] })).toBe(`int32[2, N] ${labels}`);
    expect(infer("transpose", [x], { perm: [1, 0] })).toBe(`int32[2, N] ${labels}`);
    expect(infer("broadcastTo", [codes(animals, 2)], { shape: [N, 2] })).toBe(`int32[N, 2] ${labels}`);
    expect(infer("concat", [x, x], { axis: 1 })).toBe(`int32[N, 4] ${labels}`);
    expect(infer("slice", [x], { axis: 1, start: 0, end: 1, step: 1 })).toBe(`int32[N, 1] ${labels}`);
    expect(infer("gather", [codes(animals, 2), t("int32", N)], { axis: 0 })).toBe(`int32[N] ${labels}`);
    expect(infer("gatherColumns", [x], { columns: Int32Array.of(1) })).toBe(`int32[N, 1] ${labels}`);
    expect(infer("select", [t("bool", N, 1), x, codes({ ...animals }, 2)], {})).toBe(`int32[N, 2] ${labels}`);
    expect(infer("indexOf", [t("string", N)], { keys: strings(["cat", "dog"]), dictionary: animals })).toBe(
      `int32[N] ${labels}`,
    );
  });

  it("stay behind elsewhere", () => {
    expect(infer("cast", [codes(animals, N)], { to: "int32" })).toBe("int32[N]");
    expect(infer("equal", [codes(animals, N), codes(animals, 1)], {})).toBe("bool[N]");
    expect(infer("less", [codes(animals, N), t("int32")], {})).toBe("bool[N]");
    expect(infer("gather", [f(3), codes(animals, N)], { axis: 0 })).toBe("float32[N]");
  });
});

describe("evaluate refuses", () => {
  const evaluate = <P extends PrimitiveName>(op: P, attrs: PrimitiveAttrs[P], ...args: Tensor[]) =>
    evaluateInstruction({ op, attrs }, args, 2);
  it("indices out of range", () => {
    expect(() => evaluate("gather", { axis: 0 }, float32([1, 2]), int64([2]))).toThrow(DataError);
    expect(() => evaluate("gather", { axis: 0 }, float32([1, 2]), int32([-1]))).toThrow(
      "gather: index -1 is not in [0, 2)",
    );
    expect(() => evaluate("gatherByRow", {}, float32([1, 2], [1, 2]), int32([2], [1, 1]))).toThrow(DataError);
    expect(() => evaluate("gatherByColumn", {}, float32([1, 2], [1, 2]), int32([0, 1], [1, 2]))).toThrow(DataError);
    expect(() => evaluate("gatherColumns", { columns: Int32Array.of(2) }, float32([1, 2], [1, 2]))).toThrow(DataError);
  });

  it("shapes that turn out not to fit", () => {
    expect(() => evaluate("add", {}, float32([1, 2]), float32([1, 2, 3]))).toThrow(ShapeError);
    expect(() => evaluate("reshape", { shape: ["?", 2] }, float32([1, 2, 3]))).toThrow(ShapeError);
    expect(() => evaluate("reshape", { shape: ["?", 0] }, float32([1, 2, 3]))).toThrow(ShapeError);
    expect(() => evaluate("broadcastTo", { shape: [N, 2] }, float32([1, 2, 3]))).toThrow(ShapeError);
    expect(() => evaluate("concat", { axis: 0 }, float32([1, 2], [1, 2]), float32([1], [1, 1]))).toThrow(ShapeError);
    expect(() => evaluate("matMul", {}, float32([1, 2], [1, 2]), float32([1], [1, 1]))).toThrow(ShapeError);
    expect(() => evaluate("topK", { axis: 0, k: 3, largest: true }, float32([1]))).toThrow(ShapeError);
    expect(() => evaluate("argMax", { axis: 1, last: false }, float32([], [1, 0]))).toThrow(ShapeError);
    expect(() => evaluate("forest", { forest: stump(SplitMode.less, 0) }, float32([], [2, 0]))).toThrow(ShapeError);
  });

  it("text that is no number", () => {
    for (const text of ["", "1,5", "0x10", "1e", "one", "--1"]) {
      expect(() => evaluate("cast", { to: "float32" }, strings([text]))).toThrow(DataError);
    }
    for (const text of ["1.5", "128", "-129", ""]) {
      expect(() => evaluate("cast", { to: "int8" }, strings([text]))).toThrow(DataError);
    }
    expect(() => evaluate("cast", { to: "int64" }, strings(["9223372036854775808"]))).toThrow(DataError);
  });
});

describe("mixesRows", () => {
  function mixes<P extends PrimitiveName>(op: P, args: readonly TensorType[], attrs: PrimitiveAttrs[P]): boolean {
    return instructionMixesRows({ op, attrs }, args, inferInstruction({ op, attrs }, args));
  }
  const x = f(N, 3);
  const turned = f(3, N);

  it("is false where every row stays with itself", () => {
    expect(mixes("reshape", [f(N, 6)], { shape: [N, 2, 3] })).toBe(false);
    expect(mixes("reshape", [f(2, N, 6)], { shape: [1, 2, N, 2, 3] })).toBe(false);
    expect(mixes("reshape", [f(6)], { shape: [2, 3] })).toBe(false);
    expect(mixes("transpose", [x], { perm: [1, 0] })).toBe(false);
    expect(mixes("slice", [x], { axis: 1, start: 1, end: 2, step: 1 })).toBe(false);
    expect(mixes("slice", [x], { axis: 0, start: 0, end: N, step: 1 })).toBe(false);
    expect(mixes("concat", [x, x], { axis: 1 })).toBe(false);
    expect(mixes("gather", [x, t("int32", 2)], { axis: 1 })).toBe(false);
    expect(mixes("gather", [f(9), t("int32", N)], { axis: 0 })).toBe(false);
    expect(mixes("gatherByRow", [x, t("int32", N, 2)], {})).toBe(false);
    expect(mixes("gatherByColumn", [turned, t("int32", 2, N)], {})).toBe(false);
    expect(mixes("reduceSum", [x], { axes: [1] })).toBe(false);
    expect(mixes("softmax", [turned], { axis: 0 })).toBe(false);
    expect(mixes("matMul", [x, f(3, 2)], {})).toBe(false);
    expect(mixes("matMul", [f(2, 3), turned], {})).toBe(false);
    expect(mixes("iota", [], { axis: 1, shape: [N, 3], dtype: "int32" })).toBe(false);
    expect(mixes("dims", [], { dims: [3] })).toBe(false);
  });

  it("is true where rows meet", () => {
    expect(mixes("reshape", [turned], { shape: [N, 3] })).toBe(true);
    expect(mixes("slice", [x], { axis: 0, start: { N: 1, plus: -1 }, end: -1, step: -1 })).toBe(true);
    expect(mixes("gather", [x, t("int32", 2)], { axis: 0 })).toBe(true);
    expect(mixes("gatherColumns", [turned], { columns: Int32Array.of(0) })).toBe(true);
    expect(mixes("reduceMax", [turned], { axes: [0, 1] })).toBe(true);
    expect(mixes("argMax", [x], { axis: 0, last: false })).toBe(true);
    expect(mixes("cumSum", [x], { axis: 0, exclusive: false, reverse: false })).toBe(true);
    expect(mixes("topK", [x], { axis: 0, k: 0, largest: true })).toBe(true);
    expect(mixes("softmax", [x], { axis: 0 })).toBe(true);
    expect(mixes("logSoftmax", [x], { axis: 0 })).toBe(true);
    expect(mixes("matMul", [turned, x], {})).toBe(true);
    expect(mixes("iota", [], { axis: 0, shape: [N, 3], dtype: "int32" })).toBe(true);
    expect(mixes("dims", [], { dims: [N] })).toBe(true);
  });
});
