/** Random chains of primitives on TF.js against the reference. All are exact, so their order of evaluation does not matter. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tfjsTarget } from "../../emitters/tfjs/target.js";
import { type Builder, createBuilder } from "../../ir/builder.js";
import { dependsOnN, N } from "../../ir/dims.js";
import type { Program, ValueId } from "../../ir/program.js";
import { rowWise } from "../../ir/rows.js";
import { float32, int32, type Tensor } from "../../ir/tensor.js";
import { validateProgram } from "../../ir/validate.js";
import { referenceBackend, referenceTarget } from "../reference/reference-backend.js";
import { compileGraph } from "./compile-graph.js";
import { difference } from "./within-accuracy.testing.js";

/** One step: given the values so far and two random numbers, a new value, or undefined where it does not apply. */
type Step = (b: Builder, values: readonly ValueId[], i: number, j: number) => ValueId | undefined;

const pick = (values: readonly ValueId[], i: number): ValueId => values[i % values.length] ?? 0;
const small = [0, 1, -1, 2, 0.5, -3];

const sameShape = (b: Builder, x: ValueId, y: ValueId): boolean =>
  JSON.stringify(b.type(x).shape) === JSON.stringify(b.type(y).shape) && b.type(x).dtype === b.type(y).dtype;

const arithmetic =
  (op: "add" | "sub" | "mul" | "min" | "max"): Step =>
  (b, values, i, j) => {
    const [x, y] = [pick(values, i), pick(values, j)];
    if (b.type(x).dtype === "bool") return undefined;
    if (sameShape(b, x, y)) return b.op(op, [x, y]);
    const value = small[j % small.length] ?? 0;
    return b.op(op, [x, b.constant(b.type(x).dtype === "int32" ? int32([Math.trunc(value)]) : float32([value]))]);
  };

const comparison =
  (op: "less" | "lessEqual" | "greater" | "equal" | "notEqual"): Step =>
  (b, values, i, j) => {
    const [x, y] = [pick(values, i), pick(values, j)];
    if (sameShape(b, x, y)) return b.op(op, [x, y]);
    if (b.type(x).dtype !== "float32") return undefined;
    const width = b.type(x).shape.at(-1);
    const line = typeof width === "number" && j % 2 === 0 ? width : 1;
    return b.op(op, [
      x,
      b.constant(float32(Array.from({ length: line }, (_, k) => small[(j + k) % small.length] ?? 0))),
    ]);
  };

const steps: readonly Step[] = [
  ...(["add", "sub", "mul", "min", "max"] as const).map(arithmetic),
  ...(["less", "lessEqual", "greater", "equal", "notEqual"] as const).map(comparison),
  (b, values, i) => (b.type(pick(values, i)).dtype === "float32" ? b.op("isNaN", [pick(values, i)]) : undefined),
  (b, values, i) => (b.type(pick(values, i)).dtype === "bool" ? undefined : b.op("sign", [pick(values, i)])),
  (b, values, i) => (b.type(pick(values, i)).dtype === "float32" ? b.op("floor", [pick(values, i)]) : undefined),
  (b, values, i, j) =>
    b.op("cast", [pick(values, i)], { to: (["float32", "int32", "bool"] as const)[j % 3] ?? "bool" }),
  (b, values, i, j) => {
    const [c, x] = [pick(values, i), pick(values, j)];
    if (b.type(c).dtype !== "bool" || JSON.stringify(b.type(c).shape) !== JSON.stringify(b.type(x).shape))
      return undefined;
    const other = values.find((v) => v !== x && sameShape(b, v, x)) ?? x;
    return b.op("select", [c, x, other]);
  },
  (b, values, i, j) => {
    const { shape } = b.type(pick(values, i));
    const perm = shape.map((_, k) => (k + j) % shape.length);
    return b.op("transpose", [pick(values, i)], { perm });
  },
  (b, values, i) => b.op("reshape", [pick(values, i)], { shape: [...b.type(pick(values, i)).shape, 1] }),
  (b, values, i, j) => {
    const { shape } = b.type(pick(values, i));
    return b.op("concat", [pick(values, i), pick(values, i)], { axis: j % shape.length });
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
    const { shape } = b.type(x);
    if (shape.length < 2) return undefined;
    return b.op(j % 2 === 0 ? "reduceMax" : "reduceMin", [x], { axes: [shape.length - 1] });
  },
  (b, values, i) => {
    const x = pick(values, i);
    const { shape, dtype } = b.type(x);
    const last = shape.at(-1);
    if (dtype === "bool" || last === undefined || last === 0 || dependsOnN(last)) return undefined;
    return b.op("argMax", [x], { axis: shape.length - 1, last: false });
  },
  (b, values, i, j) => {
    const x = pick(values, i);
    const { shape } = b.type(x);
    if (shape[0] !== N || shape.length !== 2 || typeof shape[1] !== "number" || shape[1] === 0) return undefined;
    return b.op("gatherColumns", [x], { columns: Int32Array.of(shape[1] - 1, j % shape[1]) });
  },
];

function randomProgram(choices: readonly (readonly [number, number, number])[]): Program {
  const b = createBuilder();
  const values: ValueId[] = [
    b.input("x", { dtype: "float32", shape: [N, 3] }),
    b.input("k", { dtype: "int32", shape: [N, 2] }),
  ];
  for (const [step, i, j] of choices) {
    const made = steps[step % steps.length]?.(b, values, i, j);
    if (made !== undefined && b.type(made).shape.length <= 4) values.push(made);
  }
  return validateProgram(b.finish(values.map((value, i) => ({ name: `y${i}`, value }))));
}

const element = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...small, 3, 7.25, -0) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e-40, -1e-40, 3e38, 16777217) },
);
const choice = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000));

describe.each([
  ["cpu", "cpu"],
  ["wasm", "wasm"],
  ["portable", "wasm"],
] as const)("random Programs written for %s, on tfjs %s", (written, device) => {
  test("agree with the reference", async () => {
    const cases = fc.record({
      choices: fc.array(choice, { minLength: 1, maxLength: 12 }),
      x: fc.array(element, { minLength: 3, maxLength: 18 }),
      k: fc.array(fc.constantFrom(0, 1, -2, 7, 16777217), { minLength: 12, maxLength: 12 }),
      maxElements: fc.constantFrom(4, 64, 2 ** 22),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ choices, x, k, maxElements }) => {
        const program = randomProgram(choices);
        const careful = program.instructions.some(
          (i) =>
            i.op === "transpose" &&
            (program.types[i.results[0] ?? 0]?.shape.length ?? 0) > 2 &&
            program.types[i.results[0] ?? 0]?.dtype === "int32",
        );
        fc.pre(!(written === "portable" && careful));
        const n = Math.floor(x.length / 3);
        const inputs = new Map<string, Tensor>([
          ["x", float32(x.slice(0, n * 3), [n, 3])],
          ["k", int32(k.slice(0, n * 2), [n, 2])],
        ]);
        const names = program.outputs.map((o) => o.name);
        const want = (await referenceBackend.compile(program, referenceTarget(1))).runSync(inputs, n, names);
        const executable = await compileGraph(program, { ...tfjsTarget(written, 1), maxElements }, device);
        const batchWide = maxElements < 2 ** 22 && !rowWise(program).rowWise;
        if (batchWide) return executable.dispose();
        const got = executable.runSync(inputs, n, names);
        executable.dispose();
        for (const name of names) {
          const [a, b] = [got.get(name), want.get(name)];
          expect(a && b ? difference(a, b, "exact", { zeros: "any" }) : "missing", name).toBe(undefined);
        }
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
