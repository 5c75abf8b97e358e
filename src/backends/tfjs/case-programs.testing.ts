/** For tests and scripts/devices.ts: the cases of primitives as Programs with their arguments, for a device. Uses nothing of Node. */

import { createBuilder } from "../../ir/builder.js";
import { evaluateDims, N } from "../../ir/dims.js";
import type { DataOf } from "../../ir/dtype.js";
import { evaluateInstruction } from "../../ir/evaluate.js";
import type { PrimitiveAttrs, PrimitiveName } from "../../ir/primitive.js";
import type { Instruction, Program } from "../../ir/program.js";
import type { Executable } from "../../ir/target.js";
import { float32, numbersOf, sizeOf, type Tensor, tensor } from "../../ir/tensor.js";
import type { Case, DeviceDType, Given } from "./primitive-cases.testing.js";

/** Devices that read denormals as zero are tried on numbers that stay clear of them. */
export const flushing: ReadonlySet<string> = new Set(["tensorflow", "webgl", "webgpu"]);
/** Their integers are exact to 2^24 only, and their functions for arguments of usual size. */
const shaders: ReadonlySet<string> = new Set(["webgl", "webgpu"]);
const clear = (v: number): number => (v !== 0 && Math.abs(v) < 2 ** -100 ? Math.sign(v) * 2 ** -100 : v);

/** The tensor of an argument at `n` rows, of numbers that the device can take. */
export const argumentOf = (given: Given, n: number, device: string): Tensor => {
  const shape = evaluateDims(given.shape, n);
  const keep =
    given.dtype === "float32" && flushing.has(device)
      ? shaders.has(device)
        ? (v: number) => clear(Math.abs(v) > 1e9 && Number.isFinite(v) ? Math.sign(v) * 80 : v)
        : clear
      : given.dtype === "int32" && shaders.has(device)
        ? (v: number) => (Math.abs(v) > 2 ** 10 ? v % 2 ** 10 : v)
        : (v: number) => v;
  const values = Array.from({ length: sizeOf(shape) }, (_, k) => keep(given.values[k % given.values.length] ?? 0));
  const data: DataOf[DeviceDType] =
    given.dtype === "float32"
      ? Float32Array.from(values)
      : given.dtype === "int32"
        ? Int32Array.from(values)
        : Uint8Array.from(values);
  return { dtype: given.dtype, shape, data };
};

/** Sum of the magnitudes of the terms, for primitives whose accuracy is "dot". */
export function termSizes<P extends PrimitiveName>(
  op: P,
  attrs: PrimitiveAttrs[P],
  args: readonly Tensor[],
  n: number,
): number[] | undefined {
  if (op === "softmax") return Array.from(numbersOf(args[0]?.data ?? []), () => 1);
  if (op === "logSoftmax") {
    const largest = Math.max(
      1,
      ...Array.from(numbersOf(args[0]?.data ?? []))
        .filter((v) => Number.isFinite(v))
        .map(Math.abs),
    );
    return Array.from(numbersOf(args[0]?.data ?? []), () => largest);
  }
  if (op !== "matMul" && op !== "reduceSum" && op !== "cumSum") return undefined;
  const sizes = args.map((t) => tensor("float64", t.shape, Float64Array.from(numbersOf(t.data), Math.abs)));
  return Array.from(numbersOf(evaluateInstruction({ op, attrs }, sizes, n)[0]?.data ?? []));
}

/** A Program of the one primitive: results y0, y1, …; arguments x0, x1, … and `rows`, float32 [N], which gives it a batch. */
export function programOf<P extends PrimitiveName>(op: P, c: Case<P>, device: string): Program {
  const build = createBuilder();
  build.setOrigin("the test");
  // Keeps constants from being folded away, too.
  const rows = build.input("rows", { dtype: "float32", shape: [N] });
  const ids = c.args.map((given, k) =>
    given.constant
      ? build.constant(argumentOf(given, 1, device))
      : build.input(`x${k}`, { dtype: given.dtype, shape: given.shape }),
  );
  const results =
    op === "constant" ? [build.constant((c.attrs as PrimitiveAttrs["constant"]).tensor)] : build.emit(op, ids, c.attrs);
  return build.finish([...results.map((value, k) => ({ name: `y${k}`, value })), { name: "rows_out", value: rows }]);
}

/** A case at some number of rows: its arguments, and each result beside what the reference makes of them (undefined: missing). */
export interface CaseRun {
  readonly n: number;
  readonly args: readonly Tensor[];
  readonly sizes: readonly number[] | undefined;
  readonly results: readonly { readonly want: Tensor; readonly got: Tensor | undefined }[];
}

/** Runs the Program of a case (`programOf`) with each number of rows, one after the other. */
export async function* caseRuns<P extends PrimitiveName>(
  executable: Executable,
  op: P,
  c: Case<P>,
  device: string,
  rows: readonly number[],
): AsyncGenerator<CaseRun> {
  for (const n of rows) {
    const args = c.args.map((given) => argumentOf(given, given.constant ? 1 : n, device));
    const inputs = new Map<string, Tensor>([["rows", float32(new Float32Array(n))]]);
    for (const [k, given] of c.args.entries()) if (!given.constant) inputs.set(`x${k}`, args[k] ?? float32([]));
    const wanted = evaluateInstruction({ op, attrs: c.attrs } as Pick<Instruction, "op" | "attrs">, args, n);
    const names = wanted.map((_, k) => `y${k}`);
    const got = await executable.run(inputs, n, names);
    const results = wanted.map((want, k) => ({ want, got: got.get(`y${k}`) }));
    yield { n, args, sizes: termSizes(op, c.attrs, args, n), results };
  }
}
