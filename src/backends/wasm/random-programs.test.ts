/** Random chains of primitives in the kernel module against the reference, one output or several at a time. All steps are exact. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Builder, createBuilder } from "../../ir/builder.js";
import { dependsOnN, N } from "../../ir/dims.js";
import type { DType } from "../../ir/dtype.js";
import type { Program, ValueId } from "../../ir/program.js";
import { float32, float64, int32, type Tensor } from "../../ir/tensor.js";
import { validateProgram } from "../../ir/validate.js";
import { referenceBackend, referenceTarget } from "../reference/reference-backend.js";
import { grownForest } from "./forests/forests.testing.js";
import { wasmTarget } from "./target.js";
import { wasmBackend } from "./wasm-backend.js";
import { difference } from "./within-accuracy.testing.js";

/** One step: given the values so far and two random numbers, a new value, or undefined where it does not apply. */
type Step = (b: Builder, values: readonly ValueId[], i: number, j: number) => ValueId | undefined;

const forest = grownForest({ trees: 3, features: 2, leaves: 6, outputs: 2, missing: "some" });
const doubles = grownForest({ trees: 3, features: 2, leaves: 6, outputs: 1, compare: "float64", sum: "float64" });
const pick = (values: readonly ValueId[], i: number): ValueId => values[i % values.length] ?? 0;
const numbers = [0, 1, -1, 2, 0.5, -3, Number.NaN, -0];

const same = (b: Builder, x: ValueId, y: ValueId): boolean =>
  b.type(x).dtype === b.type(y).dtype && JSON.stringify(b.type(x).shape) === JSON.stringify(b.type(y).shape);

/** A constant of the value's type that broadcasts to it: a line or a single number. */
function beside(b: Builder, x: ValueId, j: number): ValueId | undefined {
  const { dtype, shape } = b.type(x);
  const last = shape.at(-1);
  const values = Array.from(
    { length: typeof last === "number" && j % 2 === 0 ? last : 1 },
    (_, k) => numbers[(j + k) % 8] ?? 0,
  );
  if (dtype === "float32") return b.constant(float32(values));
  if (dtype === "float64") return b.constant(float64(values));
  return dtype === "int32" ? b.constant(int32(values)) : undefined;
}

const pairing =
  (op: "add" | "sub" | "mul" | "min" | "max" | "less" | "lessEqual" | "greater" | "equal"): Step =>
  (b, values, i, j) => {
    const [x, y] = [pick(values, i), pick(values, j)];
    if (b.type(x).dtype === "bool") return undefined;
    const other = same(b, x, y) ? y : beside(b, x, j);
    return other === undefined ? undefined : b.op(op, [x, other]);
  };

const isFloat = (dtype: DType): boolean => dtype === "float32" || dtype === "float64";

const steps: readonly Step[] = [
  ...(["add", "sub", "mul", "min", "max", "less", "lessEqual", "greater", "equal"] as const).map(pairing),
  (b, values, i) => (isFloat(b.type(pick(values, i)).dtype) ? b.op("isNaN", [pick(values, i)]) : undefined),
  (b, values, i) => (isFloat(b.type(pick(values, i)).dtype) ? b.op("floor", [pick(values, i)]) : undefined),
  (b, values, i) => (b.type(pick(values, i)).dtype === "bool" ? undefined : b.op("abs", [pick(values, i)])),
  (b, values, i, j) =>
    b.op("cast", [pick(values, i)], {
      to: (["float32", "float64", "int32", "int64", "bool", "uint8"] as const)[j % 6] ?? "bool",
    }),
  (b, values, i, j) => {
    const [c, x] = [pick(values, i), pick(values, j)];
    if (b.type(c).dtype !== "bool" || JSON.stringify(b.type(c).shape) !== JSON.stringify(b.type(x).shape))
      return undefined;
    return b.op("select", [c, x, values.find((v) => v !== x && same(b, v, x)) ?? x]);
  },
  (b, values, i, j) => {
    const { shape } = b.type(pick(values, i));
    return b.op("transpose", [pick(values, i)], { perm: shape.map((_, k) => (k + j) % shape.length) });
  },
  (b, values, i) => b.op("reshape", [pick(values, i)], { shape: [...b.type(pick(values, i)).shape, 1] }),
  (b, values, i, j) => {
    const { shape } = b.type(pick(values, i));
    const axis = j % shape.length;
    return dependsOnN(shape[axis] ?? 0) ? undefined : b.op("concat", [pick(values, i), pick(values, i)], { axis });
  },
  (b, values, i, j) => {
    const { shape } = b.type(pick(values, i));
    const axis = j % shape.length;
    const length = shape[axis];
    if (typeof length !== "number") return undefined;
    return b.op("slice", [pick(values, i)], { axis, start: Math.min(1, length), end: length, step: 1 + (j % 2) });
  },
  (b, values, i, j) => {
    const { shape } = b.type(pick(values, i));
    const axis = j % shape.length;
    const length = shape[axis];
    if (typeof length !== "number" || length === 0) return undefined;
    return b.op("gather", [pick(values, i), b.constant(int32([length - 1, 0, j % length]))], { axis });
  },
  (b, values, i, j) => {
    const x = pick(values, i);
    const axes = [...b.type(x).shape.keys()].filter((k) => !dependsOnN(b.type(x).shape[k] ?? 0) && (k + j) % 3 !== 0);
    return b.op(j % 2 === 0 ? "reduceMax" : "reduceMin", [x], { axes });
  },
  (b, values, i) => {
    const x = pick(values, i);
    const { shape, dtype } = b.type(x);
    const axis = shape.findIndex((d) => typeof d === "number" && d > 0);
    if (axis === -1 || dtype === "bool" || dtype === "uint8") return undefined;
    return b.op("argMax", [x], { axis, last: false });
  },
  (b, values, i) => {
    const x = pick(values, i);
    const { shape, dtype } = b.type(x);
    if (shape.length !== 2 || shape[0] !== N || typeof shape[1] !== "number" || shape[1] < 2 || dtype !== "float32")
      return undefined;
    return i % 2 === 0
      ? b.op("forest", [x], { forest })
      : b.op("forest", [b.op("cast", [x], { to: "float64" })], { forest: doubles });
  },
];

/** All values are outputs. */
function randomProgram(choices: readonly (readonly [number, number, number])[]): Program {
  const b = createBuilder();
  const values: ValueId[] = [
    b.input("x", { dtype: "float32", shape: [N, 3] }),
    b.input("k", { dtype: "int32", shape: [N, 2] }),
    b.constant(float64([1, 2, 3])),
  ];
  for (const [step, i, j] of choices) {
    const made = steps[step % steps.length]?.(b, values, i, j);
    if (made !== undefined && b.type(made).shape.length <= 4 && b.type(made).shape.length > 0) values.push(made);
  }
  return validateProgram(b.finish(values.map((value, i) => ({ name: `y${i}`, value }))));
}

const choice = fc.tuple(fc.nat(), fc.nat(1000), fc.nat(1000));
const cell = fc.oneof(fc.constantFrom(...numbers, Number.POSITIVE_INFINITY), fc.integer({ min: -4, max: 4 }));

test("random Programs have the reference's bits", async () => {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(choice, { minLength: 3, maxLength: 14 }),
      fc.constantFrom(0, 1, 7, 700),
      fc.array(cell, { minLength: 11, maxLength: 11 }),
      fc.nat(),
      async (choices, n, cells, asked) => {
        const program = randomProgram(choices);
        steps += program.instructions.length;
        const x = float32(
          Array.from({ length: 3 * n }, (_, i) => cells[(i * 5 + (i >> 3)) % 11] ?? 0),
          [n, 3],
        );
        const k = int32(
          Array.from({ length: 2 * n }, (_, i) => (i * 7) % 5),
          [n, 2],
        );
        const inputs = new Map<string, Tensor>([
          ["x", x],
          ["k", k],
        ]);
        const names = program.outputs.map((o) => o.name);
        const reference = await referenceBackend.compile(program, referenceTarget(100));
        const wasm = await wasmBackend.compile(program, wasmTarget(100));
        const want = reference.runSync(inputs, n, names);
        for (const some of [
          names,
          [names[asked % names.length] ?? "y0"],
          names.filter((_, i) => (i + asked) % 3 === 0),
        ]) {
          // What is no output need not have memory of its own, and may be computed as a part of something else.
          const outputs = program.outputs.filter((o) => some.includes(o.name));
          const alone = await wasmBackend.compile({ ...program, outputs }, wasmTarget(100));
          for (const executable of [wasm, alone]) {
            const got = executable.runSync(inputs, n, some);
            expect([...got.keys()]).toEqual(some);
            for (const name of some) expect(difference(got.get(name)!, want.get(name)!, "exact"), name).toBeUndefined();
          }
        }
      },
    ),
    { numRuns: 100 },
  );
  expect(steps).toBeGreaterThan(500);
});
