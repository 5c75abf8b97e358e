/**
 * Values with a dictionary (class labels, categories) inside operators that keep them: decoding the numeric ones, and
 * bringing several values to one dictionary before they meet in a Concat, Where or Equal.
 */

import { ShapeError, UnsupportedError } from "../../src/errors.js";
import { dictionaryTensor } from "../../src/ir/dictionary-tensor.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { int32, isStringData, strings, type Tensor } from "../../src/ir/tensor.js";
import { type Dictionary, logicalDType, sameDictionary } from "../../src/ir/types.js";

/** The numbers that a value with a numeric dictionary stands for; other values as they are. Strings: UnsupportedError. */
export function decodeNumbers(ctx: CompileContext, value: ValueId): ValueId {
  const { dictionary } = ctx.build.type(value);
  if (dictionary === undefined) return value;
  if (dictionary.dtype === "string") {
    throw new UnsupportedError(
      ctx.where,
      "expected numbers, got string labels",
      "encode them with a LabelEncoder first",
    );
  }
  return ctx.build.op("gather", [ctx.build.constant(dictionaryTensor(dictionary)), value], { axis: 0 });
}

/** A constant string tensor as int32 indices into the dictionary of its distinct strings. */
export function encodeStrings(ctx: CompileContext, constant: Tensor<"string">): ValueId {
  const index = new Map<string, number>();
  const ids = constant.data.map((text) => {
    const known = index.get(text) ?? index.size;
    index.set(text, known);
    return known;
  });
  return ctx.build.constant(int32(ids, constant.shape), { dtype: "string", values: [...index.keys()] });
}

/** Constant strings picked by computed indices are class names or categories: ids with a dictionary from here on. */
export function asLabels(ctx: CompileContext, data: ValueId, indices: ValueId): ValueId {
  const constant = ctx.build.constantOf(data);
  if (constant === undefined || !isStringData(constant.data) || ctx.build.constantOf(indices) !== undefined)
    return data;
  return encodeStrings(ctx, { dtype: "string", shape: constant.shape, data: constant.data });
}

/** The texts that string labels stand for; other values as they are. */
export function decodeStrings(ctx: CompileContext, value: ValueId): ValueId {
  const { dictionary } = ctx.build.type(value);
  if (dictionary?.dtype !== "string") return value;
  return ctx.build.op("gather", [ctx.build.constant(strings(dictionary.values)), value], { axis: 0 });
}

/**
 * The same values over one common dictionary, or all without one. Values are decoded where one of them is not encoded, a column of
 * numbers or texts; constant strings are encoded. Throws ShapeError for different element types.
 */
export function unifyLabels(ctx: CompileContext, values: readonly ValueId[]): readonly ValueId[] {
  const { build } = ctx;
  const types = values.map(build.type);
  const encoded = types.flatMap((t) => (t.dictionary === undefined ? [] : [t.dictionary]));
  const [first] = encoded;
  if (first === undefined) return values;
  for (const type of types) {
    if (logicalDType(type) !== first.dtype) {
      throw new ShapeError(`a ${logicalDType(type)} tensor meets labels of type ${first.dtype}`);
    }
  }
  if (encoded.length < values.length && first.dtype !== "string") return values.map((v) => decodeNumbers(ctx, v));
  if (values.some((v, i) => types[i]?.dictionary === undefined && build.constantOf(v) === undefined)) {
    return values.map((v) => decodeStrings(ctx, v));
  }
  const all = values.map((value) => encodeOperand(ctx, value));
  if (all.every((v) => sameDictionary(build.type(v).dictionary, first))) return all;

  const index = new Map<string | bigint | number | boolean, number>();
  const tables = all.map((v) => (build.type(v).dictionary?.values ?? []).map((entry) => indexIn(index, entry)));
  const merged = {
    dtype: first.dtype,
    values: [...index.keys()].map((k) => (k === negativeZero ? -0 : k)),
  } as Dictionary;
  return all.map((value, i) => remapLabels(ctx, value, tables[i] ?? [], merged));
}

/** Index k becomes table[k] of `dictionary`; -1, "not in the dictionary", stays. */
export function remapLabels(
  ctx: CompileContext,
  value: ValueId,
  table: readonly number[],
  dictionary: Dictionary,
): ValueId {
  const { build } = ctx;
  // A cast leaves the old dictionary behind; codes alone can be computed with.
  const codes = build.op("cast", [value], { to: "int32" });
  const shifted = build.op("add", [codes, build.constant(int32([1], []))]);
  return build.op("gather", [build.constant(int32([-1, ...table]), dictionary), shifted], { axis: 0 });
}

// Map takes -0 and 0 for one key; as labels they are two.
const negativeZero = "\u0000-0";

function indexIn(
  index: Map<string | bigint | number | boolean, number>,
  entry: string | bigint | number | boolean,
): number {
  const key = Object.is(entry, -0) ? negativeZero : entry;
  const known = index.get(key) ?? index.size;
  index.set(key, known);
  return known;
}

function encodeOperand(ctx: CompileContext, value: ValueId): ValueId {
  const constant = ctx.build.constantOf(value);
  if (ctx.build.type(value).dictionary !== undefined || constant === undefined || !isStringData(constant.data))
    return value;
  return encodeStrings(ctx, { dtype: "string", shape: constant.shape, data: constant.data });
}
