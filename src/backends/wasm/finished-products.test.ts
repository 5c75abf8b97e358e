/** What a product's kernel does before it stores a sum has the bits that single instructions have. */

import { describe, expect, test } from "vitest";
import { type Builder, createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import type { Program, ValueId } from "../../ir/program.js";
import { float32, scalar } from "../../ir/tensor.js";
import { finishedProducts } from "./finished-products.js";
import { wasmTarget } from "./target.js";
import { wasmBackend } from "./wasm-backend.js";

type Finishing = (b: Builder, sum: ValueId) => readonly ValueId[];

const number = (b: Builder, x: number): ValueId => b.constant(scalar("float32", x));

/** The steps after the product, each of which is also an output where `open`: then none of them is done by the kernel. */
function programOf(k: number, weights: Float32Array, finishing: Finishing, open: boolean): Program {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, k] });
  const product = b.op("matMul", [x, b.constant(float32(weights, [k, weights.length / k]))]);
  const steps = [product, ...finishing(b, product)];
  const last = { name: "y", value: steps.at(-1)! };
  const others = steps.slice(0, -1).map((value, i) => ({ name: `step ${i}`, value }));
  return b.finish(open ? [last, ...others] : [last]);
}

const rest = (b: Builder, sum: ValueId): ValueId[] => {
  const scaled = b.op("mul", [sum, number(b, 0.37)]);
  return [scaled, b.op("add", [number(b, -0.25), scaled])];
};

const finishings: Readonly<Record<string, Finishing>> = {
  "at least 0": (b, sum) => [b.op("max", [sum, number(b, 0)])],
  "at least -0.5, of what is scaled and shifted": (b, sum) => {
    const steps = rest(b, sum);
    return [...steps, b.op("max", [number(b, -0.5), steps.at(-1)!])];
  },
  square: (b, sum) => [b.op("mul", [sum, sum])],
  cube: (b, sum) => {
    const steps = rest(b, sum);
    const base = steps.at(-1)!;
    const square = b.op("mul", [base, base]);
    return [...steps, square, b.op("mul", [base, square])];
  },
};

/** Of each row of `x`, some are not finite, zero, or of the largest numbers. */
function rowsOf(k: number, n: number): Float32Array {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 3e38, -3e38, 1e-45];
  return Float32Array.from({ length: k * n }, (_, i) => (i % 11 === 5 ? special[i % 8]! : Math.sin(i * 1.7)));
}

async function answer(program: Program, x: Float32Array, k: number): Promise<Float32Array> {
  const executable = await wasmBackend.compile(program, wasmTarget(100));
  const n = x.length / k;
  const names = program.outputs.map((o) => o.name);
  const y = executable.runSync(new Map([["x", float32(x, [n, k])]]), n, names).get("y")!;
  executable.dispose();
  return y.data as Float32Array;
}

const sizes: readonly (readonly [k: number, n: number])[] = [
  [1, 3],
  [3, 1],
  [5, 2],
  [7, 9],
  [17, 12],
  [64, 4],
  [70, 21],
];

for (const [name, finishing] of Object.entries(finishings)) {
  describe(name, () => {
    for (const [k, n] of sizes) {
      const weights = Float32Array.from({ length: k * n }, (_, i) => Math.cos(i * 0.9));
      test(`[N, ${k}] by [${k}, ${n}]`, async () => {
        const whole = programOf(k, weights, finishing, false);
        expect(finishedProducts(whole).byLast.has(whole.instructions.at(-1)!)).toBe(true);
        for (const rows of [0, 1, 3, 50]) {
          const x = rowsOf(k, rows);
          expect(await answer(whole, x, k)).toEqual(await answer(programOf(k, weights, finishing, true), x, k));
        }
      });
    }
    test("columns that are the same, or each other's negatives", async () => {
      const weights = Float32Array.of(1, -1, 1, 0.5, -0.5, 0.5, 3, -3, 3);
      const x = rowsOf(3, 40);
      const whole = programOf(3, weights, finishing, false);
      expect(await answer(whole, x, 3)).toEqual(await answer(programOf(3, weights, finishing, true), x, 3));
    });
  });
}

test.each([
  [0, undefined],
  [0, -0],
  [-0, undefined],
  [-0, -0],
  [-1, -0],
  [1e-45, -0],
])("the zeros of what underflows, at least %s of what %s is added to", async (least, added) => {
  const finishing: Finishing = (b, sum) => {
    const steps = [b.op("mul", [sum, number(b, 0.37)])];
    if (added !== undefined) steps.push(b.op("add", [steps.at(-1)!, number(b, added)]));
    return [...steps, b.op("max", [steps.at(-1)!, number(b, least)])];
  };
  const weights = Float32Array.of(1, -2, 3, -5, 7, -11, 13, -17, 19);
  const x = Float32Array.of(0, -0, 1e-45, -1e-45, 3e-45, Number.NaN, 1);
  const whole = programOf(1, weights, finishing, false);
  expect(finishedProducts(whole).byLast.has(whole.instructions.at(-1)!)).toBe(true);
  const [y, expected] = [await answer(whole, x, 1), await answer(programOf(1, weights, finishing, true), x, 1)];
  expect([...y].filter((value, i) => !Object.is(value, expected[i]))).toEqual([]);
});

test("what something else reads too is stored", () => {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 2] });
  const sum = b.op("matMul", [x, b.constant(float32([1, 2, 3, 4, 5, 6], [2, 3]))]);
  const square = b.op("mul", [sum, sum]);
  const program = b.finish([{ name: "y", value: b.op("add", [b.op("mul", [square, sum]), sum]) }]);
  expect(finishedProducts(program).inside.size).toBe(0);
});

test("nothing is larger than NaN: such a number is left to the instruction", () => {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 1] });
  const sum = b.op("matMul", [x, b.constant(float32([1, 2, 3], [1, 3]))]);
  const program = b.finish([{ name: "y", value: b.op("max", [sum, number(b, Number.NaN)]) }]);
  expect(finishedProducts(program).inside.size).toBe(0);
});
