/**
 * Numbers from start, by delta, before limit. Semantics: ai.onnx Range (11, 27): max(⌈(limit - start) / delta⌉, 0) numbers, each
 * delta more than the one before. The bounds must be known; with a delta of 1 they may depend on the batch size.
 */

import { DataDependentError, LimitError, ShapeError, UnsupportedError } from "../src/errors.js";
import { addDims, affine, type Dim, formatDim } from "../src/ir/dims.js";
import { type DType, isBigInt } from "../src/ir/dtype.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { isBigIntData, isStringData, setNumber, type Tensor, zeros } from "../src/ir/tensor.js";
import { knownDims } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarOf } from "./shared/values.js";

export type RangeAttrs = Readonly<Record<never, never>>;

/** Three scalars of one numeric type → a vector of that type. */
export const range: OperatorCompiler<RangeAttrs> = {
  op: "Range",
  onDemand: true,
  summary: "numbers from start to limit",
  sources: {
    "ai.onnx": {
      Range: [
        {
          since: 11,
          read(node) {
            checkOperands(node, [3, 3]);
            // Matters to float16 and bfloat16 only, which are refused below where they would need it.
            node.attrs.ignore("stash_type");
            return {};
          },
        },
      ],
    },
  },
  compile(ctx, _attrs, inputs) {
    const { build, where } = ctx;
    const bounds = [operand(ctx, inputs, 0), operand(ctx, inputs, 1), operand(ctx, inputs, 2)];
    const dtypes = bounds.map((v) => build.type(v).dtype);
    const [dtype = "float32"] = dtypes;
    if (dtypes.some((d) => d !== dtype)) throw new ShapeError(`bounds of different types: ${dtypes.join(", ")}`);
    if (dtype === "float16" || dtype === "bfloat16" || dtype === "string" || dtype === "bool") {
      throw new UnsupportedError(where, `Range of ${dtype} is not supported`, "compute it in float32");
    }
    const known = bounds.map((v) => build.constantOf(v));
    const [start, limit, delta] = known;
    if (start !== undefined && limit !== undefined && delta !== undefined) {
      return [
        build.constant(rangeOf(dtype, scalarOfTensor(start), scalarOfTensor(limit), scalarOfTensor(delta), where)),
      ];
    }
    return [batchRange(ctx, dtype, bounds)];
  },
};

function scalarOfTensor(t: Tensor): number | bigint {
  const [value] = isStringData(t.data) ? [] : t.data;
  if (value === undefined || t.data.length !== 1)
    throw new ShapeError(`a bound of Range has ${t.data.length} elements`);
  return value;
}

function rangeOf(
  dtype: Exclude<DType, "string">,
  start: number | bigint,
  limit: number | bigint,
  delta: number | bigint,
  where: string,
): Tensor {
  if (Number(delta) === 0) throw new ShapeError("the delta of Range is 0");
  const span =
    typeof start === "bigint" && typeof limit === "bigint" ? Number(limit - start) : Number(limit) - Number(start);
  const count = Math.max(0, Math.ceil(span / Number(delta)));
  if (!Number.isSafeInteger(count) || count > 2 ** 27)
    throw new LimitError(`${where}: Range has ${count} elements, over the limit of 2^27`);
  const result = zeros(dtype, [count]);
  // Floats are added up one by one, each sum rounded to the type, as the operator's function body and onnxruntime do.
  let value = start;
  for (let i = 0; i < count; i++) {
    setNumber(result.data, i, value);
    value = isBigIntData(result.data) ? BigInt(value) + BigInt(delta) : Number(result.data[i]) + Number(delta);
  }
  return result;
}

/** start, start + 1, … before a limit in terms of N. */
function batchRange(ctx: CompileContext, dtype: DType, bounds: readonly ValueId[]): ValueId {
  const { build, where } = ctx;
  const [from, to, by] = bounds.map((v): Dim => {
    const [d = "?"] = knownDims(ctx, v, "the bounds of Range");
    return d;
  });
  if (from === undefined || to === undefined || by !== 1 || from === "?" || (dtype !== "int32" && !isBigInt(dtype))) {
    throw new DataDependentError(
      where,
      "Range over the batch takes integers and a delta of 1",
      "make its bounds constants",
    );
  }
  const count = addDims(to, typeof from === "number" ? -from : affine(-from.N, -from.plus));
  const [a, b] = typeof count === "object" ? [count.N, count.plus] : [0, count === "?" ? -1 : count];
  if (a < 0 || b < 0)
    throw new DataDependentError(where, `Range of ${formatDim(count)} numbers may be empty for small batches`);
  const [start] = bounds;
  const iota = build.op("iota", [], { axis: 0, shape: [count], dtype: "int64" });
  const typed = dtype === "int64" ? iota : build.op("cast", [iota], { to: dtype });
  if (from === 0 || start === undefined) return typed;
  const offset = typeof from === "number" ? scalarOf(build, dtype, from) : build.op("reshape", [start], { shape: [] });
  return build.op("add", [typed, offset]);
}
