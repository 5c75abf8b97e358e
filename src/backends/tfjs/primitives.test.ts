/** Every primitive on TF.js's cpu and wasm backends against the reference, on edge values, in row blocks and alone. */

import { describe, expect, test } from "vitest";
import { deviceOf, tfjsTarget } from "../../emitters/tfjs/target.js";
import { UnsupportedError } from "../../errors.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import { primitives } from "../../ir/primitives.js";
import { numbersOf, type Tensor } from "../../ir/tensor.js";
import { formatType } from "../../ir/types.js";
import { caseRuns, flushing, programOf } from "./case-programs.testing.js";
import { compileGraph } from "./compile-graph.js";
import { type Case, primitiveCases } from "./primitive-cases.testing.js";
import { hasWebgpu } from "./software-gpu.testing.js";
import { hasTfjsNode } from "./tfjs-node.testing.js";
import { difference } from "./within-accuracy.testing.js";

async function check<P extends PrimitiveName>(
  written: string,
  device: "cpu" | "wasm" | "tensorflow" | "webgpu",
  op: P,
  c: Case<P>,
  sizes: readonly number[],
): Promise<void> {
  const program = programOf(op, c, device);
  const executable = await compileGraph(program, tfjsTarget(deviceOf(written), 16), device);
  for await (const { n, args, sizes: scale, results } of caseRuns(executable, op, c, device, sizes)) {
    for (const [k, { want, got: given }] of results.entries()) {
      const options = {
        ...(scale === undefined ? {} : { scale }),
        ...(c.zeros === undefined && device !== "webgpu" ? {} : { zeros: "any" as const }),
        ...(device === "webgpu" && approximate.has(op) ? { absolute: 2 ** -11 } : {}),
        ...(device === "webgpu" ? { factor: 64 } : {}),
      };
      const problem = given === undefined ? "missing" : difference(given, want, primitives[op].accuracy, options);
      const where = `${op} for ${written} on ${device}, ${c.args.map((a) => formatType(a)).join(", ")}, ${JSON.stringify(c.attrs)}, n=${n}, result ${k}`;
      expect
        .soft(problem === undefined ? "" : `${where}: ${problem}, arguments ${describeArgs(args, problem)}`)
        .toBe("");
    }
  }
  executable.dispose();
}

function describeArgs(args: readonly Tensor[], problem: string): string {
  const at = Number(/element (\d+)/.exec(problem)?.[1] ?? Number.NaN);
  return args.map((t) => (Number.isNaN(at) ? `[${t.shape}]` : String(t.data[t.data.length === 1 ? 0 : at]))).join(", ");
}

/**
 * Not compared on WebGPU: functions that shaders compute coarsely, lose NaN, infinities or tiny numbers in, or round the arguments of;
 * integers that go through floats; and what needs a number of rows on the host, which graphs for the device refuse.
 */
const coarseOnGpu: ReadonlySet<PrimitiveName> = new Set([
  "cast",
  "expm1",
  "log1p",
  "sin",
  "cos",
  "tan",
  "sinh",
  "cosh",
  "asinh",
  "atanh",
  "pow",
  "mul",
  "slice",
]);

/** WGSL asks of these an absolute error of 2^-11 at most (Accuracy of Concrete Floating Point Expressions). */
const approximate: ReadonlySet<PrimitiveName> = new Set(["asin", "acos", "atan", "tanh"]);

/** Integers of rank 3 are transposed wrongly on WebGPU, and remainders of floats are on WebGL, so portable graphs refuse both. */
const refusesOnPortable = (op: PrimitiveName, c: Case<PrimitiveName>): boolean =>
  (op === "transpose" && c.args.some((a) => a.dtype === "int32" && a.shape.length > 2)) ||
  (op === "mod" && c.args.some((a) => a.dtype === "float32"));

/** Its result has rows without elements, a shape that WebGPU would have to compute. */
const isEmpty = (op: PrimitiveName, { args, attrs }: Case<PrimitiveName>): boolean =>
  ("k" in attrs && attrs.k === 0) || (op === "concat" && args.every((a) => a.shape.includes(0)));

const hasDenormalKey = ({ attrs }: Case<PrimitiveName>): boolean =>
  "keys" in attrs &&
  attrs.keys.dtype !== "string" &&
  Array.from(numbersOf(attrs.keys.data)).some((v) => v !== 0 && Math.abs(v) < 2 ** -126);

for (const [written, device] of [
  ["cpu", "cpu"],
  ["wasm", "wasm"],
  ["portable", "cpu"],
  ["portable", "wasm"],
  ["tensorflow", "tensorflow"],
  ["portable", "tensorflow"],
  ["webgpu", "webgpu"],
] as const) {
  const absent = (device === "tensorflow" && !hasTfjsNode) || (device === "webgpu" && !hasWebgpu);
  describe.skipIf(absent)(`primitives written for ${written}, on tfjs ${device}`, () => {
    for (const op of Object.keys(primitiveCases) as PrimitiveName[]) {
      const list = primitiveCases[op];
      if (typeof list === "string") continue;
      test(op, async () => {
        for (const c of list as readonly Case<PrimitiveName>[]) {
          if (flushing.has(device) && hasDenormalKey(c)) continue;
          if (device === "webgpu" && (coarseOnGpu.has(op) || (op === "matMul" && c.args[0]?.dtype === "int32")))
            continue;
          const n = c.n ?? 5;
          const run = check(written, device, op, c, c.notEmpty ? [n, 1] : [n, 1, 0]);
          const refused =
            (written === "portable" && refusesOnPortable(op, c)) || (device === "webgpu" && isEmpty(op, c));
          if (refused) await expect(run).rejects.toThrow(UnsupportedError);
          else await run;
        }
      });
    }
  });
}
