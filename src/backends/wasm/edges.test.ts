/** Elementwise primitives, products and work along axes on edge values, in every form of broadcasting, in one row and in several blocks. */

import { describe, expect, test } from "vitest";
import { createBuilder } from "../../ir/builder.js";
import { type Dim, evaluateDims, N } from "../../ir/dims.js";
import { allocate, type DType, dtypes } from "../../ir/dtype.js";
import { evaluateInstruction } from "../../ir/evaluate.js";
import type { PrimitiveAttrs, PrimitiveName } from "../../ir/primitive.js";
import { primitives } from "../../ir/primitives.js";
import { float32, float64, isStringData, numbersOf, setNumber, sizeOf, type Tensor } from "../../ir/tensor.js";
import { inOwnMemory, kernelModule } from "./kernel-module.js";
import { createModulePart } from "./module-part.js";
import { partition } from "./partition.js";
import { difference } from "./within-accuracy.testing.js";

const place = inOwnMemory(await kernelModule());

const floats = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2,
  -2.5,
  3,
  0.1,
  -0.7,
  7.25,
  -9.5,
  1e-7,
  -1e-20,
  1e-40,
  5e-324,
  20,
  -20,
  90,
  -90,
  710,
  -746,
  1e10,
  16777217,
  -(2 ** 31),
  2 ** 31,
  2 ** 40,
  1e38,
  -1e308,
  3.4e38,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const integers = [
  0,
  1,
  -1,
  2,
  -2,
  3,
  7,
  -8,
  100,
  127,
  -128,
  255,
  1000,
  -32768,
  65535,
  65537,
  2 ** 31 - 1,
  -(2 ** 31),
  123456789,
];
const sizes = [1, 5, 5000] as const;

/** Edge values in an order that depends on `seed`, as an element type has them. */
function values(dtype: DType, count: number, seed: number): Exclude<Tensor["data"], string[]> {
  const data = allocate(dtype, count);
  if (isStringData(data)) throw new Error("no strings here");
  const from = dtype.startsWith("float") ? floats : dtype === "bool" ? [0, 1] : integers;
  for (let i = 0; i < count; i++) setNumber(data, i, from[(i * 7 + seed * 13 + (i >> 4) * seed) % from.length] ?? 0);
  return data;
}

interface Given {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  readonly constant?: true;
}

/** The sum of the magnitudes of the terms behind each element of a product. */
function magnitudes(args: readonly Tensor[], n: number): Float64Array | undefined {
  const positive = args.map(({ data, shape }): Tensor => float64(Float64Array.from(numbersOf(data), Math.abs), shape));
  const [sums] = evaluateInstruction({ op: "matMul", attrs: {} }, positive, n);
  return sums?.data instanceof Float64Array ? sums.data : undefined;
}

/** The primitive in the module against `evaluate`, at every size. `scale`: for "dot". */
function check<P extends PrimitiveName>(
  op: P,
  attrs: PrimitiveAttrs[P],
  given: readonly Given[],
  own?: readonly Tensor[],
): void {
  for (const n of sizes) {
    const build = createBuilder();
    const args = given.map((g, i): Tensor => {
      const shape = evaluateDims(g.shape, n);
      return own?.[i] ?? { dtype: g.dtype, shape, data: values(g.dtype, sizeOf(shape), i + 1) };
    });
    const ids = given.map((g, i) =>
      g.constant ? build.constant(args[i]!) : build.input(`x${i}`, { dtype: g.dtype, shape: g.shape }),
    );
    const results = build.emit(op, ids, attrs);
    const program = build.finish(results.map((value, i) => ({ name: `y${i}`, value })));
    expect(partition(program).notes).toEqual([]);
    const inputs = new Map(args.flatMap((t, i) => (given[i]!.constant ? [] : [[`x${i}`, t] as const])));
    const got = createModulePart(program, place).run(
      inputs,
      n,
      program.outputs.map((o) => o.name),
    );
    const want = evaluateInstruction({ op, attrs }, args, n);
    const scale = op === "matMul" ? magnitudes(args, n) : undefined;
    for (const [i, w] of want.entries()) {
      const what = `${op} ${given.map((g) => `${g.dtype}[${g.shape.map((d) => (typeof d === "object" ? "N" : d))}]`).join(", ")} at ${n} rows`;
      expect(difference(got.get(`y${i}`)!, w, primitives[op].accuracy, scale), what).toBeUndefined();
    }
  }
}

/** Pairs of shapes that broadcast: equal, a row, a scalar, a column, both ways round, and rows along the last axis. */
const forms: readonly (readonly [readonly Dim[], readonly Dim[]])[] = [
  [
    [N, 9],
    [N, 9],
  ],
  [[N, 9], [9]],
  [[9], [N, 9]],
  [[N, 9], [1]],
  [[], [N, 9]],
  [
    [N, 9],
    [N, 1],
  ],
  [
    [N, 1],
    [1, 3],
  ],
  [[N], [N]],
  [
    [3, N],
    [3, 1],
  ],
  [
    [N, 2, 3],
    [N, 1, 3],
  ],
];

const unaryFloat = [
  "neg",
  "abs",
  "sign",
  "sqrt",
  "reciprocal",
  "exp",
  "expm1",
  "log",
  "log1p",
  "floor",
  "ceil",
  "round",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "asinh",
  "acosh",
  "atanh",
  "tanh",
  "sigmoid",
  "erf",
  "probit",
  "isNaN",
] as const;
const arithmetic = ["add", "sub", "mul", "div", "min", "max", "pow"] as const;
const comparisons = ["less", "lessEqual", "greater", "greaterEqual", "equal", "notEqual"] as const;
const plainIntegers = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const;

describe.each(["float32", "float64"] as const)("%s", (dtype) => {
  test.each(unaryFloat)("%s", (op) => check(op, {}, [{ dtype, shape: [N, 7] }]));
  test.each(arithmetic)("%s", (op) => {
    for (const [x, y] of forms)
      check(op, {}, [
        { dtype, shape: x },
        { dtype, shape: y },
      ]);
    check(op, {}, [
      { dtype, shape: [N, 9] },
      { dtype, shape: [9], constant: true },
    ]);
  });
  test.each(comparisons)("%s", (op) => {
    for (const [x, y] of forms)
      check(op, {}, [
        { dtype, shape: x },
        { dtype, shape: y },
      ]);
  });
  test.each([true, false])("mod, fmod %s", (fmod) =>
    check("mod", { fmod }, [
      { dtype, shape: [N, 9] },
      { dtype, shape: [N, 1] },
    ]),
  );
  test("isInf", () => {
    for (const [negative, positive] of [
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      check("isInf", { negative, positive }, [{ dtype, shape: [N, 9] }]);
    }
  });
  test("softmax and logSoftmax of moderate values", () => {
    const x = Float64Array.from({ length: 5 * 3 * 4 }, (_, i) => ((i * 37) % 41) / 3 - 6);
    const t = dtype === "float32" ? float32(x, [5, 3, 4]) : float64(x, [5, 3, 4]);
    for (const axis of [1, 2]) {
      check("softmax", { axis }, [{ dtype, shape: [5, 3, 4] }], [t]);
      check("logSoftmax", { axis }, [{ dtype, shape: [5, 3, 4] }], [t]);
    }
  });
  test("softmax down to denormal shares, and to none", () => {
    const x = Float64Array.from({ length: 5 * 31 }, (_, i) => -((i * 17) % 31) * 3.7 - 60);
    const t = dtype === "float32" ? float32(x, [5, 31]) : float64(x, [5, 31]);
    check("softmax", { axis: 1 }, [{ dtype, shape: [5, 31] }], [t]);
  });
  test("products with constant weights", () => {
    for (const k of [0, 1, 2, 3, 4, 7, 8, 9, 16, 17, 30, 33, 36, 67]) {
      for (const n of [1, 2, 3, 4, 5, 8, 13]) {
        const weights = { dtype, shape: [k, n], constant: true } as const;
        check("matMul", {}, [{ dtype, shape: [N, k] }, weights]);
        check("matMul", {}, [{ dtype, shape: [N, 2, k] }, weights]);
      }
    }
  });
  test("products of two values", () => {
    check("matMul", {}, [
      { dtype, shape: [N, 3] },
      { dtype, shape: [3, 2] },
    ]);
    check("matMul", {}, [
      { dtype, shape: [N, 2, 3] },
      { dtype, shape: [N, 3, 2] },
    ]);
    check("matMul", {}, [
      { dtype, shape: [4, N, 3] },
      { dtype, shape: [4, 3, 2], constant: true },
    ]);
  });
});

describe.each(plainIntegers)("%s", (dtype) => {
  test.each([...arithmetic, ...comparisons])("%s", (op) => {
    for (const [x, y] of forms)
      check(op, {}, [
        { dtype, shape: x },
        { dtype, shape: y },
      ]);
  });
  test.each([true, false])("mod, fmod %s", (fmod) =>
    check("mod", { fmod }, [
      { dtype, shape: [N, 9] },
      { dtype, shape: [N, 1] },
    ]),
  );
  test("abs, sign, neg", () => {
    check("abs", {}, [{ dtype, shape: [N, 9] }]);
    check("sign", {}, [{ dtype, shape: [N, 9] }]);
    if (!dtype.startsWith("uint")) check("neg", {}, [{ dtype, shape: [N, 9] }]);
  });
});

const moving = dtypes.filter((d) => d !== "string" && d !== "float16" && d !== "bfloat16");

test.each(moving)("%s casts to all types, and moves", (dtype) => {
  const x: Given = { dtype, shape: [N, 4, 3] };
  for (const to of moving) check("cast", { to }, [x]);
  check("transpose", { perm: [2, 0, 1] }, [x]);
  check("transpose", { perm: [0, 2, 1] }, [x]);
  check("slice", { axis: 1, start: 3, end: -1, step: -1 }, [x]);
  check("slice", { axis: 2, start: 1, end: 3, step: 1 }, [x]);
  check("slice", { axis: 0, start: 4, end: 0, step: -2 }, [{ dtype, shape: [5, N] }]);
  check("concat", { axis: 2 }, [x, { dtype, shape: [N, 4, 1] }, x]);
  check("concat", { axis: 0 }, [
    { dtype, shape: [2, N] },
    { dtype, shape: [3, N] },
  ]);
  check("broadcastTo", { shape: [N, 4, 3] }, [{ dtype, shape: [4, 1] }]);
  check("gatherColumns", { columns: Int32Array.of(3, 0, 3) }, [{ dtype, shape: [N, 5] }]);
  check("gatherColumns", { columns: Int32Array.of(1, 2, 3) }, [{ dtype, shape: [N, 5] }]);
  check("select", {}, [
    { dtype: "bool", shape: [N, 3] },
    { dtype, shape: [N, 1] },
    { dtype, shape: [3] },
  ]);
});

test.each(["and", "or", "xor"] as const)("%s", (op) => {
  for (const [x, y] of forms)
    check(op, {}, [
      { dtype: "bool", shape: x },
      { dtype: "bool", shape: y },
    ]);
});

test.each(["float32", "float64", "int32", "int64"] as const)("%s along axes", (dtype) => {
  const x: Given = { dtype, shape: [N, 4, 3] };
  const rows: Given = { dtype, shape: [6, N] };
  for (const last of [true, false]) {
    for (const axis of [1, 2]) {
      check("argMax", { axis, last }, [x]);
      check("argMin", { axis, last }, [x]);
    }
    check("argMax", { axis: 0, last }, [rows]);
    for (const axis of [1, 2]) check("topK", { axis, k: 2, largest: last }, [x]);
  }
  for (const axes of [[1], [2], [1, 2]]) {
    check("reduceMax", { axes }, [x]);
    check("reduceMin", { axes }, [x]);
  }
  check("reduceMax", { axes: [0] }, [rows]);
  check("reduceMin", { axes: [1, 3] }, [{ dtype, shape: [N, 3, 2, 4] }]);
  if (dtype.startsWith("int")) {
    for (const axes of [[1], [2], [1, 2]]) {
      check("reduceSum", { axes }, [x]);
      check("reduceProd", { axes }, [x]);
    }
    check("cumSum", { axis: 1, exclusive: true, reverse: true }, [x]);
    check("cumSum", { axis: 2, exclusive: false, reverse: false }, [x]);
  }
});

test.each([
  ["exp", "float32", 1, -106, 92],
  ["sigmoid", "float32", 2, -106, 92],
  ["sigmoid", "float64", 2, -750, 750],
  ["sigmoid", "float64", 2, -40, 40],
  ["sigmoid", "float64", 1, -1e-16, 1e-16],
  ["tanh", "float32", 6, -12, 12],
  ["tanh", "float32", 4, -0.04, 0.04],
  ["tanh", "float32", 1, -1e-38, 1e-38],
  ["log", "float32", 2, -1, 4],
  ["log", "float32", 1, 1e-41, 3e-38],
  ["log", "float32", 1, 1e-3, 3e38],
] as const)(
  "%s of %s is within %d units in the last place from %d to %d, wherever it stands",
  (op, dtype, ulps, low, high) => {
    const count = 60_001;
    const tensor = dtype === "float32" ? float32 : float64;
    const x = tensor(Float64Array.from({ length: count }, (_, i) => low + (i * (high - low)) / count));
    const build = createBuilder();
    const program = build.finish([{ name: "y", value: build.op(op, [build.input("x", { dtype, shape: [N] })]) }]);
    const part = createModulePart(program, place);
    const got = part.run(new Map([["x", x]]), count, ["y"]).get("y");
    const [want] = evaluateInstruction({ op, attrs: {} }, [x], count);
    if (got === undefined || want === undefined) throw new Error("no result");
    expect(difference(got, want, { ulps })).toBeUndefined();
    // One row later everything is at another place of its vector.
    const later = part.run(new Map([["x", tensor(numbersOf(x.data).slice(1))]]), count - 1, ["y"]).get("y");
    expect(later?.data).toEqual(numbersOf(got.data).slice(1));
  },
);

test("a number for each row of two that all rows share", () => {
  const build = createBuilder();
  const x = build.input("x", { dtype: "float32", shape: [N, 1] });
  const rows = build.op("broadcastTo", [build.constant(float32([2.5], [1]))], { shape: [N] });
  const sums = build.op("add", [rows, build.constant(float32([0.25], [1]))]);
  const part = createModulePart(
    build.finish([
      { name: "y", value: sums },
      { name: "x", value: build.op("neg", [x]) },
    ]),
    place,
  );
  const got = part.run(new Map([["x", float32(new Float32Array(9), [9, 1])]]), 9, ["y"]).get("y");
  expect([...(got?.data ?? [])]).toEqual(new Array(9).fill(2.75));
});

describe("products of float32 by constants, times a number, plus a constant", () => {
  const number = (i: number): number => Math.sin(i * 12.9898) * 3;
  const numbers = (count: number, from: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => number(from + i));
  test.each([
    [5, 3],
    [12, 4],
    [10, 16],
    [16, 6],
    [17, 9],
    [64, 20],
    [100, 13],
    [30, 1],
    [9, 2],
  ] as const)("[N, %d] by [%d columns]", (k, n) => {
    const rows = 131;
    const build = createBuilder();
    const weights = float32(numbers(k * n, 1000), [k, n]);
    const sums = build.op("matMul", [build.input("x", { dtype: "float32", shape: [N, k] }), build.constant(weights)]);
    const scaled = build.op("mul", [sums, build.constant(float32([0.3], []))]);
    const y = build.op("add", [scaled, build.constant(float32(numbers(n, 50), [n]))]);
    const part = createModulePart(build.finish([{ name: "y", value: y }]), place);
    const x = numbers(rows * k, 0);
    const got = part.run(new Map([["x", float32(x, [rows, k])]]), rows, ["y"]).get("y");
    const [factor, added] = [Math.fround(0.3), numbers(n, 50)];
    const at = (i: number, j: number) => {
      let [sum, size] = [0, 0];
      for (let l = 0; l < k; l++) {
        const term = x[i * k + l]! * numbersOf(weights.data)[l * n + j]!;
        sum += term;
        size += Math.abs(term);
      }
      return { sum, size };
    };
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < n; j++) {
        const { sum, size } = at(i, j);
        const want = sum * factor + added[j]!;
        const allowed = (size * factor * 10 + Math.abs(sum * factor) + Math.abs(want)) * 2 ** -24;
        expect(Math.abs(Number(got?.data[i * n + j]) - want)).toBeLessThanOrEqual(allowed);
      }
    }
    // What is wrong with one row is not felt in the others.
    const broken = x.slice();
    broken[4 * k] = Number.POSITIVE_INFINITY;
    broken[9 * k + k - 1] = Number.NaN;
    const beside = part.run(new Map([["x", float32(broken, [rows, k])]]), rows, ["y"]).get("y");
    for (let i = 0; i < rows * n; i++) {
      const row = Math.floor(i / n);
      if (row === 4 || row === 9) expect(beside?.data[i]).not.toSatisfy(Number.isFinite);
      else expect(beside?.data[i]).toBe(got?.data[i]);
    }
  });
});

test("pow of float32 is within a unit in the last place, wherever it stands", () => {
  const count = 40_000;
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const bases = Float32Array.from({ length: count }, (_, i) => {
    if (i % 13 === 0) return floats[i % floats.length]!;
    return (i % 3 === 0 ? -1 : 1) * (i % 5 === 0 ? 1 + random() * 1e-4 : Math.exp(random() * 60 - 30));
  });
  const exponents = Float32Array.from({ length: count }, (_, i) => {
    if (i % 17 === 0) return floats[i % floats.length]!;
    return i % 2 === 0 ? Math.round(random() * 12 - 6) : random() * 8 - 4;
  });
  const build = createBuilder();
  const types = { dtype: "float32", shape: [N] } as const;
  const program = build.finish([
    { name: "r", value: build.op("pow", [build.input("x", types), build.input("y", types)]) },
  ]);
  const part = createModulePart(program, place);
  const run = (from: number) => {
    const [x, y] = [float32(bases.slice(from)), float32(exponents.slice(from))];
    const [want] = evaluateInstruction({ op: "pow", attrs: {} }, [x, y], count - from);
    return {
      got: part
        .run(
          new Map([
            ["x", x],
            ["y", y],
          ]),
          count - from,
          ["r"],
        )
        .get("r"),
      want,
    };
  };
  const [all, later] = [run(0), run(1)];
  if (all.got === undefined || all.want === undefined) throw new Error("no result");
  expect(difference(all.got, all.want, { ulps: 1 })).toBeUndefined();
  expect(later.got?.data).toEqual((all.got.data as Float32Array).slice(1));
});

test.each([
  ["float32", float32],
  ["float64", float64],
] as const)(
  "sigmoid of the %s scores of two classes, next to each other, is what it is of each alone",
  (dtype, tensor) => {
    const scores = Float64Array.from({ length: 4000 }, (_, i) =>
      i % 7 === 0 ? floats[i % floats.length]! : i / 17 - 110,
    );
    const pairs = tensor(
      Float64Array.from({ length: 8000 }, (_, i) => (i % 2 ? 1 : -1) * scores[i >> 1]!),
      [4000, 2],
    );
    const runOn = (x: Tensor, width: number): Tensor => {
      const build = createBuilder();
      const given = build.input("x", { dtype, shape: [N, width] });
      const program = build.finish([{ name: "y", value: build.op("sigmoid", [given]) }]);
      return createModulePart(program, place)
        .run(new Map([["x", x]]), x.shape[0]!, ["y"])
        .get("y")!;
    };
    const together = runOn(pairs, 2);
    // Three more columns, so that no two neighbours are opposites.
    const apart = runOn(
      tensor(
        Float64Array.from({ length: 40_000 }, (_, i) => (i % 5 ? 3 : pairs.data[i / 5]!)),
        [8000, 5],
      ),
      5,
    );
    expect([...numbersOf(together.data)]).toEqual(Array.from({ length: 8000 }, (_, i) => numbersOf(apart.data)[5 * i]));
  },
);

test("lookups of every type, with NaN and both zeros among the keys", () => {
  for (const dtype of moving) {
    const keys = { dtype, shape: [6], data: values(dtype, 6, 3) } as Tensor;
    check("indexOf", { keys }, [{ dtype, shape: [N, 9] }]);
  }
  // Integers close together are found without a search.
  for (const dtype of moving) {
    const keys = dtype.startsWith("u") || dtype === "bool" ? [1, 0, 3, 7, 1] : [-2, -1, 0, 1, -8, 3, -1];
    const data = allocate(dtype, keys.length);
    for (const [i, key] of keys.entries()) setNumber(data, i, dtype === "bool" ? key % 2 : key);
    check("indexOf", { keys: { dtype, shape: [keys.length], data } as Tensor }, [{ dtype, shape: [N, 9] }]);
  }
  for (const keys of [
    float64([3, Number.NaN, -0, 0, -3]),
    float64([2 ** 31 - 1, 2 ** 31 - 2]),
    float64([-(2 ** 31), 1 - 2 ** 31]),
  ]) {
    check("indexOf", { keys }, [{ dtype: "float64", shape: [N, 9] }]);
  }
  check("indexOf", { keys: float32([3, Number.NaN, -0, 0, 3]) }, [{ dtype: "float32", shape: [N, 9] }]);
});
