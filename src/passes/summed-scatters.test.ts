/** Rows of one written value that are summed become one scatter: the answers of the rewritten Program, on `reference` and in the kernel module. */

import { expect, test } from "vitest";
import { createReferenceExecutable, referenceTarget } from "../backends/reference/reference-backend.js";
import { wasmTarget } from "../backends/wasm/target.js";
import { wasmBackend } from "../backends/wasm/wasm-backend.js";
import { type Builder, createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import type { DType } from "../ir/dtype.js";
import type { Program, ValueId } from "../ir/program.js";
import { float32, int32, int64, type Tensor } from "../ir/tensor.js";
import { validateProgram } from "../ir/validate.js";
import { removeDeadCode } from "./dead-code.js";
import { sumScattered } from "./summed-scatters.js";

const threeN = { N: 3, plus: 0 };

interface Choice {
  readonly zeros?: Tensor;
  readonly axes?: readonly number[];
  readonly to?: DType;
}

/** Three values a row, each in a row of four columns of its own, which are summed. */
function words({ zeros = int64([0n, 0n, 0n, 0n]), axes = [1], to = "float32" }: Choice = {}): Program {
  const b = createBuilder();
  const place = b.input("place", { dtype: "int32", shape: [N, 3] });
  const value = b.input("value", { dtype: zeros.dtype, shape: [N, 3] });
  const flat = (v: ValueId, builder: Builder) => builder.op("reshape", [v], { shape: [threeN, 1] });
  const rows = b.op("broadcastTo", [b.constant(zeros)], { shape: [threeN, 4] });
  const written = b.op("scatterByRow", [rows, flat(place, b), flat(value, b)], { reduction: "none" });
  const apart = b.op("cast", [b.op("reshape", [written], { shape: [N, 3, 4] })], { to });
  return validateProgram(b.finish([{ name: "y", value: b.op("reduceSum", [apart], { axes }) }]));
}

const rewritten = (program: Program): Program => validateProgram(removeDeadCode(sumScattered(program)));

const run = (program: Program, inputs: ReadonlyMap<string, Tensor>, n: number): Tensor =>
  createReferenceExecutable(program, referenceTarget(100)).runSync(inputs, n, ["y"]).get("y")!;

const inModule = async (program: Program, inputs: ReadonlyMap<string, Tensor>, n: number) => {
  const executable = await wasmBackend.compile(program, wasmTarget(100));
  try {
    return { notes: executable.notes, y: executable.runSync(inputs, n, ["y"]).get("y")! };
  } finally {
    executable.dispose();
  }
};

const places = int32([0, 3, 0, 1, 1, 1, 2, 0, 3], [3, 3]);

test("whole numbers, several in one column", async () => {
  const program = words();
  const after = rewritten(program);
  expect(after.instructions.flatMap((i) => (i.op === "constant" || i.op === "reshape" ? [] : [i.op]))).toEqual([
    "cast",
    "broadcastTo",
    "scatterByRow",
  ]);
  const inputs = new Map<string, Tensor>([
    ["place", places],
    ["value", int64([1n, -1n, 1n, 2n ** 40n, 1n, -1n, 0n, 5n, -7n], [3, 3])],
  ]);
  const want = float32([2, 0, 0, -1, 0, 2 ** 40, 0, 0, 5, 0, 0, -7], [3, 4]);
  expect(run(program, inputs, 3)).toEqual(want);
  expect(run(after, inputs, 3)).toEqual(want);
  expect(await inModule(after, inputs, 3)).toEqual({ notes: [], y: want });
});

for (const dtype of ["float32", "float64"] as const) {
  test(`${dtype}: rounding, -0, NaN and infinities`, async () => {
    const zeros: Tensor = { dtype, shape: [1], data: dtype === "float32" ? new Float32Array(1) : new Float64Array(1) };
    const program = words({ zeros, to: dtype });
    const after = rewritten(program);
    const values = [0.1, -0, 0.7, 1e8, 1.5, -1e8, Number.NaN, Number.POSITIVE_INFINITY, -0];
    const data = dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
    const inputs = new Map<string, Tensor>([
      ["place", places],
      ["value", { dtype, shape: [3, 3], data }],
    ]);
    const want = run(program, inputs, 3);
    expect(Object.is(want.data[3], 0)).toBe(true);
    expect(run(after, inputs, 3)).toEqual(want);
    expect(await inModule(after, inputs, 3)).toEqual({ notes: [], y: want });
  });
}

test("a column that is not there is an error as before", async () => {
  const after = rewritten(words());
  const inputs = new Map<string, Tensor>([
    ["place", int32([0, 4, 0], [1, 3])],
    ["value", int64([1n, 1n, 1n], [1, 3])],
  ]);
  expect(() => run(words(), inputs, 1)).toThrow("index 4 is not in [0, 4)");
  expect(() => run(after, inputs, 1)).toThrow("index 4 is not in [0, 4)");
  await expect(inModule(after, inputs, 1)).rejects.toThrow("index 4 is not in [0, 4)");
});

test("no rows", async () => {
  const inputs = new Map<string, Tensor>([
    ["place", int32([], [0, 3])],
    ["value", int64([], [0, 3])],
  ]);
  expect((await inModule(rewritten(words()), inputs, 0)).y).toEqual(float32([], [0, 4]));
});

test("rows that are not zero, or summed along another axis, stay", () => {
  for (const choice of [
    { zeros: int64([0n, 0n, 1n, 0n]) },
    { zeros: float32([-0]) },
    { axes: [2] },
    { axes: [1, 2] },
  ]) {
    const program = words(choice);
    expect(sumScattered(program).instructions.map((i) => i.op)).toEqual(program.instructions.map((i) => i.op));
  }
});
