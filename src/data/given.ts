/**
 * Recognises the forms in which a user may hand over data: typed arrays (of any realm), calypte's own `{ data, shape, dtype? }`,
 * TF.js tensors (by their shape, TF.js is never imported), records. Nothing here converts or checks values.
 */

import { DataError } from "../errors.js";
import { type DType, dtypes } from "../ir/dtype.js";

/** Any indexable sequence of cells: a plain array, or a typed array. */
export type Cells = ArrayLike<unknown>;

/** A tensor as the user wrote it; unchecked but for being an object with these keys. */
export interface GivenTensor {
  readonly data: unknown;
  readonly shape: unknown;
  readonly dtype?: unknown;
}

/** What a TF.js tensor shows: see `Tensor` in @tensorflow/tfjs-core 4.22. */
interface TfjsTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<unknown>;
  dataSync(): unknown;
}

/** The class name of a typed array ("Float32Array", …), undefined for all else. Holds for arrays of other realms too. */
export function typedArrayName(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return undefined;
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return name === "DataView" ? undefined : name;
}

/** The element type that a typed array's class stands for, where ONNX has it. */
export const dtypeOfTypedArray: ReadonlyMap<string, DType> = new Map<string, DType>([
  ["Float16Array", "float16"],
  ["Float32Array", "float32"],
  ["Float64Array", "float64"],
  ["Int8Array", "int8"],
  ["Int16Array", "int16"],
  ["Int32Array", "int32"],
  ["BigInt64Array", "int64"],
  ["Uint8Array", "uint8"],
  ["Uint8ClampedArray", "uint8"],
  ["Uint16Array", "uint16"],
  ["Uint32Array", "uint32"],
  ["BigUint64Array", "uint64"],
]);

/** A plain or typed array. */
export function isCells(value: unknown): value is Cells {
  // Of the views only DataView has no length; cheaper than asking for the class, and this runs for every row.
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function isTfjsTensor(value: unknown): value is TfjsTensor {
  return (
    isObject(value) &&
    "dataSync" in value &&
    typeof value.dataSync === "function" &&
    "data" in value &&
    typeof value.data === "function" &&
    "shape" in value &&
    "dtype" in value
  );
}

/** `{ data, shape }` with a sequence as data. */
export function isGivenTensor(value: unknown): value is GivenTensor {
  return isObject(value) && !isCells(value) && "data" in value && "shape" in value && isCells(value.data);
}

/** An object with named values: a row, or a table of columns. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    isObject(value) && !isCells(value) && !(value instanceof Date) && !isTfjsTensor(value) && !isGivenTensor(value)
  );
}

export function isDType(value: unknown): value is DType {
  return typeof value === "string" && (dtypes as readonly string[]).includes(value);
}

/** The record's own value under `key`; nothing is ever read from a prototype, so columns may be called `constructor`. */
export function ownValue(record: object, key: string): { readonly value: unknown } | undefined {
  return Object.hasOwn(record, key) ? { value: (record as Readonly<Record<string, unknown>>)[key] } : undefined;
}

/** Reads a TF.js tensor back at once. Throws DataError where it is disposed, or its device only answers asynchronously. */
export function readTfjsTensor(tensor: TfjsTensor, where: () => string): GivenTensor {
  try {
    return { data: tensor.dataSync(), shape: [...tensor.shape], dtype: tensor.dtype };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      `${where()}: the TF.js tensor could not be read (${reason}); pass await tensor.data() with its shape`,
    );
  }
}

/**
 * The given value with every TF.js tensor in it (itself, or a value of a record) read back by `data()`, which works on all TF.js
 * devices; other values stay as they are. To be awaited before `toTensors` in asynchronous verbs.
 */
export async function settleTfjsTensors(given: unknown): Promise<unknown> {
  if (isTfjsTensor(given)) {
    try {
      return { data: await given.data(), shape: [...given.shape], dtype: given.dtype };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DataError(`the TF.js tensor could not be read (${reason})`);
    }
  }
  if (!isRecord(given) || !Object.values(given).some(isTfjsTensor)) return given;
  const entries = Object.entries(given).map(async ([name, value]) => [name, await settleTfjsTensors(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
