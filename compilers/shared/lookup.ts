/**
 * Tables from keys to values, as ai.onnx.ml LabelEncoder and CategoryMapper use them: an element becomes the value of its key, or a
 * default. Strings leave as int32 ids with their dictionary; an input that has a dictionary is looked up when the model is compiled.
 */

import { ShapeError } from "../../src/errors.js";
import type { DType } from "../../src/ir/dtype.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { int32, isStringData, setNumber, type Tensor, zeros } from "../../src/ir/tensor.js";
import { logicalDType } from "../../src/ir/types.js";
import { encodeStrings } from "./labels.js";

export type Element = string | bigint | number;

/** Elements of one type. */
export interface Column {
  readonly dtype: DType;
  readonly elements: readonly Element[];
}

export interface Table {
  /** Of equal keys the first counts. NaN is a key like others, -0 equals 0. */
  readonly keys: Column;
  /** The value of each key. */
  readonly values: Column;
  /** The value of everything else. */
  readonly otherwise: Element;
}

/** The elements of a tensor, in row-major order. */
export function columnOf(t: Tensor): Column {
  return { dtype: t.dtype, elements: Array.from<Element>(t.data as ArrayLike<Element>) };
}

/**
 * x of any shape, in the element type of the keys → the same shape, in the element type of the values. Throws ShapeError for
 * another element type.
 */
export function lookUp(ctx: CompileContext, x: ValueId, table: Table): ValueId {
  const { build, where } = ctx;
  const type = build.type(x);
  const { keys, values, otherwise } = table;
  if (logicalDType(type) !== keys.dtype) {
    throw new ShapeError(
      `${where}: its keys are of type ${keys.dtype}, but its input is of type ${logicalDType(type)}`,
    );
  }
  const byKey = new Map<Element | boolean, Element>();
  for (const [i, key] of keys.elements.entries()) {
    if (!byKey.has(key)) byKey.set(key, values.elements[i] ?? otherwise);
  }
  const tableOf = (list: readonly Element[]) => constantOf(ctx, vector(values.dtype, list));
  // Index -1 is what is not among the keys, or not in the dictionary and so no key either: the default stands first.
  const next = (index: ValueId) => build.op("add", [index, build.constant(int32([1], []))]);
  if (type.dictionary !== undefined) {
    const chosen = type.dictionary.values.map((entry) => byKey.get(entry) ?? otherwise);
    const codes = build.op("cast", [x], { to: "int32" });
    return build.op("gather", [tableOf([otherwise, ...chosen]), next(codes)], { axis: 0 });
  }
  const unique = [...byKey.keys()].filter((key) => typeof key !== "boolean");
  const index = build.op("indexOf", [x], { keys: vector(keys.dtype, unique) });
  return build.op("gather", [tableOf([otherwise, ...byKey.values()]), next(index)], { axis: 0 });
}

function vector(dtype: DType, elements: readonly Element[]): Tensor {
  const result: Tensor = zeros(dtype, [elements.length]);
  for (const [i, element] of elements.entries()) {
    if (isStringData(result.data)) result.data[i] = String(element);
    else if (typeof element !== "string") setNumber(result.data, i, element);
  }
  return result;
}

function constantOf(ctx: CompileContext, t: Tensor): ValueId {
  if (isStringData(t.data)) return encodeStrings(ctx, { dtype: "string", shape: t.shape, data: t.data });
  return ctx.build.constant(t);
}
