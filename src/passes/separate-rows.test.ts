/** Rows that a Program flattens and divides again stay apart, with the same answers. */

import { describe, expect, test } from "vitest";
import { createReferenceExecutable, referenceTarget } from "../backends/reference/reference-backend.js";
import { type Builder, createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import type { Program, ValueId } from "../ir/program.js";
import { rowWise } from "../ir/rows.js";
import { float32, int64, type Tensor } from "../ir/tensor.js";
import { validateProgram } from "../ir/validate.js";
import { fuseDistances } from "./fuse-distances.js";
import { separateRows } from "./separate-rows.js";

const rows = 5;
const x = float32(
  Array.from({ length: rows * 4 }, (_, i) => Math.fround(Math.sin(i))),
  [rows, 4],
);

function programOf(body: (b: Builder, x: ValueId) => ValueId): Program {
  const b = createBuilder();
  const input = b.input("x", { dtype: "float32", shape: [N, 4] });
  return validateProgram(b.finish([{ name: "y", value: body(b, input) }]));
}

function answer(program: Program): Tensor {
  const executable = createReferenceExecutable(program, referenceTarget(100));
  return executable.runSync(new Map([["x", x]]), rows, ["y"]).get("y")!;
}

const flat = (b: Builder, v: ValueId) => b.op("reshape", [v], { shape: [{ N: 4, plus: 0 }] });
const back = (b: Builder, v: ValueId) => b.op("reshape", [v], { shape: [N, 4] });
const two = (b: Builder) => b.constant(float32([2], []));

const kept: Readonly<Record<string, (b: Builder, x: ValueId) => ValueId>> = {
  "arithmetic on a flat tensor": (b, v) => back(b, b.op("mul", [flat(b, v), two(b)])),
  "what is the same all along the rows": (b, v) => {
    const same = b.op("broadcastTo", [two(b)], { shape: [1, { N: 4, plus: 0 }] });
    const other = b.op("reshape", [b.op("mul", [same, b.constant(float32([3], [1]))])], {
      shape: [1, { N: 4, plus: 0 }],
    });
    const line = b.op("reshape", [v], { shape: [1, { N: 4, plus: 0 }] });
    return back(b, b.op("select", [b.op("less", [line, same]), other, b.op("add", [other, line])]));
  },
  "an axis before": (b, v) =>
    b.op("reshape", [b.op("add", [b.op("reshape", [v], { shape: [1, { N: 4, plus: 0 }] }), two(b)])], {
      shape: [N, 2, 2],
    }),
  "a column of constants beside": (b, v) => {
    const line = b.op("reshape", [v], { shape: [1, { N: 4, plus: 0 }] });
    const grid = b.op("mul", [b.constant(float32([1, 2, 3], [3, 1])), line]);
    return b.op("transpose", [b.op("reshape", [grid], { shape: [3, N, 4] })], { perm: [1, 0, 2] });
  },
  "indices into a table": (b, v) => {
    const index = b.op("cast", [b.op("abs", [b.op("mul", [flat(b, v), two(b)])])], { to: "int64" });
    return back(b, b.op("gather", [b.constant(float32([10, 20, 30])), index], { axis: 0 }));
  },
  "rows of tensors under one another": (b, v) => {
    const all = b.op("concat", [v, b.op("neg", [v]), v], { axis: 0 });
    const sums = b.op("reduceSum", [all], { axes: [1] });
    return b.op("transpose", [b.op("reshape", [sums], { shape: [3, N] })], { perm: [1, 0] });
  },
  "sums, extremes and softmax beside the axis": (b, v) => {
    const pairs = b.op("reshape", [v], { shape: [{ N: 2, plus: 0 }, 2] });
    const weights = b.op("softmax", [pairs], { axis: 1 });
    const top = b.op("cast", [b.op("argMax", [weights], { axis: 1, last: false })], { to: "float32" });
    return b.op("reshape", [b.op("add", [top, b.op("reduceMax", [weights], { axes: [1] })])], { shape: [N, 2] });
  },
  "a product with a matrix": (b, v) => {
    const pairs = b.op("reshape", [v], { shape: [{ N: 2, plus: 0 }, 2] });
    return b.op("reshape", [b.op("matMul", [pairs, b.constant(float32([1, 2, 3, 4, 5, 6], [2, 3]))])], {
      shape: [N, 6],
    });
  },
  "slices and indices of other axes": (b, v) => {
    const pairs = b.op("reshape", [v], { shape: [{ N: 2, plus: 0 }, 2] });
    const turned = b.op("gather", [pairs, b.constant(int64([1, 0, 1]))], { axis: 1 });
    return b.op("reshape", [b.op("slice", [turned], { axis: 1, start: 1, end: 3, step: 1 })], { shape: [N, 4] });
  },
};

describe("rows stay apart", () => {
  test.each(Object.entries(kept))("%s", (_name, body) => {
    const program = programOf(body);
    expect(rowWise(program).rowWise).toBe(false);
    const separated = validateProgram(separateRows(program));
    expect(rowWise(separated).rowWise).toBe(true);
    expect(answer(separated)).toEqual(answer(program));
  });
});

const mixed: Readonly<Record<string, (b: Builder, x: ValueId) => ValueId>> = {
  "the flat tensor leaves": flat,
  "a sum over it": (b, v) => b.op("reduceSum", [flat(b, v)], { axes: [0] }),
  "running sums along it": (b, v) =>
    back(b, b.op("cumSum", [flat(b, v)], { axis: 0, exclusive: false, reverse: false })),
  "another division": (b, v) => b.op("reshape", [b.op("neg", [flat(b, v)])], { shape: [4, N] }),
  "rows under one another, divided across": (b, v) =>
    b.op("reshape", [b.op("concat", [v, v], { axis: 0 })], { shape: [N, 8] }),
};

describe("rows that do mix", () => {
  test.each(Object.entries(mixed))("%s", (_name, body) => {
    const program = programOf(body);
    const separated = validateProgram(separateRows(program));
    expect(rowWise(separated).rowWise).toBe(false);
    expect(answer(separated)).toEqual(answer(program));
  });
});

describe("distances of pairs", () => {
  const vectors = float32([1, 2, 3, 4, -1, -2, -3, -4, 0, 0, 0, 0], [3, 4]);
  const squares = (b: Builder, left: ValueId, right: ValueId) => {
    const d = b.op("sub", [left, right]);
    return b.op("reduceSum", [b.op("mul", [d, d])], { axes: [2] });
  };
  const written: Readonly<Record<string, (b: Builder, x: ValueId) => ValueId>> = {
    "rows first": (b, v) => squares(b, b.op("reshape", [v], { shape: [N, 1, 4] }), b.constant(vectors)),
    "vectors first, transposed": (b, v) => {
      const spread = b.constant({ ...vectors, shape: [3, 1, 4] });
      return b.op("transpose", [squares(b, v, spread)], { perm: [1, 0] });
    },
  };
  test.each(Object.entries(written))("%s", (_name, body) => {
    const program = programOf(body);
    const fused = validateProgram(fuseDistances(program));
    expect(fused.instructions.map((i) => i.op)).toContain("squaredDistances");
    expect(fused.instructions.filter((i) => i.op === "transpose" && fused.outputs[0]?.value === i.results[0])).toEqual(
      [],
    );
    const [got, want] = [answer(fused), answer(program)];
    expect(got.shape).toEqual(want.shape);
    for (const [i, w] of (want.data as Float32Array).entries())
      expect(Math.abs(Number(got.data[i]) - w)).toBeLessThan(1e-5);
  });
});
