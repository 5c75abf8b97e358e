/** Every primitive, written in plain ONNX and run by onnxruntime, against the reference, on edge values. */

import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { type Case, type Given, primitiveCases } from "../../backends/tfjs/primitive-cases.testing.js";
import { UnsupportedError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { evaluateDims, N } from "../../ir/dims.js";
import type { DType } from "../../ir/dtype.js";
import { allocate } from "../../ir/dtype.js";
import { evaluateInstruction } from "../../ir/evaluate.js";
import type { PrimitiveAttrs, PrimitiveName } from "../../ir/primitive.js";
import { primitives } from "../../ir/primitives.js";
import { float32, numbersOf, setNumber, sizeOf, type Tensor } from "../../ir/tensor.js";
import { emitOnnx, onnxTarget } from "./onnx-emitter.js";

const provenance = { format: "test", producer: "", strategy: "", calypte: "0" };

const build = (given: Given, n: number, dtype: DType): Tensor => {
  const shape = evaluateDims(given.shape, n);
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    if (dtype !== "string")
      setNumber(data as Exclude<typeof data, string[]>, i, given.values[i % given.values.length] ?? 0);
  }
  return { dtype, shape, data } as Tensor;
};

const toOrt = (t: Tensor): OrtTensor => new OrtTensor(t.dtype as "float32", t.data as Float32Array, t.shape);

/**
 * The first difference in words. onnxruntime selects by adding, so -0 may come out as 0; its functions are held to four times what
 * our own kernels owe the reference.
 */
function difference(got: OrtTensor, want: Tensor, op: PrimitiveName): string | undefined {
  if (got.type !== want.dtype) return `dtype ${got.type}, expected ${want.dtype}`;
  if (got.dims.join() !== want.shape.join()) return `shape [${got.dims}], expected [${want.shape}]`;
  const { accuracy } = primitives[op];
  const epsilon = want.dtype === "float64" ? 2 ** -52 : 2 ** -23;
  const b = numbersOf(want.data);
  const a = numbersOf(got.data as Float32Array);
  const largest = Math.max(1, ...Array.from(b, Math.abs).filter(Number.isFinite));
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    if (Object.is(x, y) || x === y) continue;
    const smallest = op === "sin" || op === "cos" ? 4 * epsilon : 2e-38;
    const ulps = accuracy === "exact" ? 0 : "ulps" in accuracy ? 4 * accuracy.ulps : 0;
    const allowed =
      accuracy !== "exact" && "dot" in accuracy
        ? 64 * epsilon * largest
        : Math.max(ulps * epsilon * Math.abs(y), smallest);
    if (!(accuracy !== "exact" && Math.abs(x - y) <= allowed)) return `element ${i} is ${x}, expected ${y}`;
  }
  return undefined;
}

async function check<P extends PrimitiveName>(
  op: P,
  c: Case<P>,
  sizes: readonly number[],
  as: (dtype: Given["dtype"]) => DType,
): Promise<void> {
  const b = createBuilder();
  b.setOrigin("the test");
  // Keeps constants from being folded away, and gives every Program a batch.
  const rows = b.input("rows", { dtype: "float32", shape: [N] });
  const ids = c.args.map((given, k) =>
    given.constant
      ? b.constant(build(given, 1, as(given.dtype)))
      : b.input(`x${k}`, { dtype: as(given.dtype), shape: given.shape }),
  );
  const results =
    op === "constant" ? [b.constant((c.attrs as PrimitiveAttrs["constant"]).tensor)] : b.emit(op, ids, c.attrs);
  const program = b.finish([
    ...results.map((value, k) => ({ name: `y${k}`, value })),
    { name: "rows_out", value: rows },
  ]);
  const bytes = emitOnnx(program, onnxTarget(16), provenance).get("model.onnx") ?? new Uint8Array();
  const session = await InferenceSession.create(bytes, { graphOptimizationLevel: "disabled", logSeverityLevel: 4 });
  for (const n of sizes) {
    const args = c.args.map((given) => build(given, given.constant ? 1 : n, as(given.dtype)));
    const feeds: Record<string, OrtTensor> = { rows: toOrt(float32(new Float32Array(n))) };
    for (const [k, given] of c.args.entries()) if (!given.constant) feeds[`x${k}`] = toOrt(args[k] ?? float32([]));
    const wanted = evaluateInstruction({ op, attrs: c.attrs }, args, n);
    const got = await session.run(feeds);
    for (const [k, want] of wanted.entries()) {
      const given = got[`y${k}`];
      const problem = given === undefined ? "missing" : difference(given, want, op);
      const at = Number(/element (\d+)/.exec(problem ?? "")?.[1] ?? Number.NaN);
      const about = args.map((t) => String(t.data[t.data.length === 1 ? 0 : at])).join(", ");
      expect
        .soft(
          problem === undefined ? "" : `${op} ${JSON.stringify(c.attrs)}, n=${n}, result ${k}: ${problem} (${about})`,
        )
        .toBe("");
    }
  }
  await session.release();
}

/** onnxruntime has no kernel of these for float64. */
const float32Only: ReadonlySet<PrimitiveName> = new Set([
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "probit",
]);

const isInteger = (given: Given | undefined): boolean => given?.dtype === "int32";

describe.each([
  ["float32", (d: Given["dtype"]): DType => d],
  ["float64", (d: Given["dtype"]): DType => (d === "float32" ? "float64" : d)],
] as const)("primitives in plain ONNX, %s", (type, as) => {
  for (const op of Object.keys(primitiveCases) as PrimitiveName[]) {
    const list = primitiveCases[op];
    if (typeof list === "string") continue;
    test(op, async () => {
      for (const c of list as readonly Case<PrimitiveName>[]) {
        const n = c.n ?? 5;
        if (type === "float64" && op === "indexOf" && c.args[0]?.dtype === "float32") continue;
        // onnxruntime 1.30 crashes on TopK of no rows.
        const run = check(op, c, c.notEmpty || op === "topK" ? [n, 1] : [n, 1, 0], as);
        const refused =
          (type === "float64" && float32Only.has(op)) ||
          (op === "pow" && isInteger(c.args[0]) && !(c.args[1]?.constant === true && (c.args[1].values[0] ?? -1) >= 0));
        if (refused) await expect(run).rejects.toThrow(UnsupportedError);
        else await run;
      }
    });
  }
});
