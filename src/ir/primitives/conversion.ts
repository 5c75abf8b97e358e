/**
 * Primitives that change the element type: cast (ONNX Cast-13 and later) and indexOf (the lookup of ONNX-ML LabelEncoder,
 * OneHotEncoder and CategoryMapper).
 *
 * What ONNX leaves undefined in Cast is fixed here as WebAssembly and WGSL have it: a float outside the range of the
 * integer type becomes the nearest end of the range, NaN becomes 0. Integers wrap.
 */

import { DataError } from "../../errors.js";
import { allocate, type BigIntDType, type DType, isBigInt, isFloat, isInteger, type SmallIntDType } from "../dtype.js";
import type { Primitive } from "../primitive.js";
import { isBigIntData, isStringData, sizeOf, type Tensor } from "../tensor.js";
import { typeOf } from "../types.js";
import { checkPlain, one, refuse } from "./checks.js";
import { toBfloat16, toFloat16 } from "./rounding.js";

const ranges: { readonly [D in SmallIntDType]: readonly [number, number] } = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
};
const bigRanges: { readonly [D in BigIntDType]: readonly [bigint, bigint] } = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** A double as a 64-bit integer: truncated, saturated, NaN as 0. */
function toBigInt(value: number, dtype: BigIntDType): bigint {
  if (Number.isNaN(value)) return 0n;
  const [low, high] = bigRanges[dtype];
  if (value >= Number(high)) return high;
  return value <= Number(low) ? low : BigInt(Math.trunc(value));
}

/** Digits that onnxruntime writes of a float of any type. */
const digits = 8;

/** C's %.8g, which is how onnxruntime writes floats as text. */
function formatG(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "INF" : "-INF";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  const strip = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < digits) return strip(value.toFixed(Math.max(0, digits - 1 - power)));
  return `${strip(mantissa ?? "")}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Decimal or scientific notation, NaN, INF, +INF, -INF in any case; DataError otherwise. */
function parseFloatText(text: string): number {
  const trimmed = text.trim();
  const word = trimmed.toLowerCase();
  if (word === "nan") return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/.exec(word);
  if (infinite !== null) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) {
    throw new DataError(`cast: expected the text of a number, got ${JSON.stringify(text)}`);
  }
  return Number(trimmed);
}

function parseIntegerText(text: string, [low, high]: readonly [bigint, bigint]): bigint {
  const match = /^\s*([+-]?)(\d{1,40})\s*$/.exec(text);
  const value = match === null ? undefined : match[1] === "-" ? -BigInt(match[2] ?? "") : BigInt(match[2] ?? "");
  if (value === undefined || value < low || value > high) {
    throw new DataError(`cast: expected the text of an integer in [${low}, ${high}], got ${JSON.stringify(text)}`);
  }
  return value;
}

function fromStrings(values: readonly string[], to: DType): Tensor["data"] {
  if (to === "int64" || to === "uint64") {
    const result = allocate(to, values.length);
    for (const [i, text] of values.entries()) result[i] = parseIntegerText(text, bigRanges[to]);
    return result;
  }
  if (isFloat(to)) {
    const round = to === "float16" ? toFloat16 : to === "bfloat16" ? toBfloat16 : (v: number) => v;
    const result = allocate(to, values.length);
    for (const [i, text] of values.entries()) result[i] = round(parseFloatText(text));
    return result;
  }
  if (!isInteger(to) || isBigInt(to)) return refuse("cast", `has no rule for string to ${to}`);
  const [low, high] = ranges[to];
  const result = allocate(to, values.length);
  for (const [i, text] of values.entries()) result[i] = Number(parseIntegerText(text, [BigInt(low), BigInt(high)]));
  return result;
}

function convert(x: Tensor, to: DType): Tensor["data"] {
  const { data } = x;
  if (isStringData(data)) return to === "string" ? [...data] : fromStrings(data, to);
  const count = data.length;
  if (to === "string") {
    const result = allocate("string", count);
    for (let i = 0; i < count; i++) result[i] = isFloat(x.dtype) ? formatG(Number(data[i])) : String(data[i]);
    return result;
  }
  if (to === "bool") {
    const result = new Uint8Array(count);
    // `!=` 0 is true for NaN.
    for (let i = 0; i < count; i++) result[i] = Number(data[i] !== 0 && data[i] !== 0n);
    return result;
  }
  if (to === "int64" || to === "uint64") {
    const result = allocate(to, count);
    if (isBigIntData(data)) for (let i = 0; i < count; i++) result[i] = data[i]!;
    else if (isFloat(x.dtype)) for (let i = 0; i < count; i++) result[i] = toBigInt(data[i]!, to);
    else for (let i = 0; i < count; i++) result[i] = BigInt(data[i]!);
    return result;
  }
  const result = allocate(to, count);
  if (isBigIntData(data)) {
    // A 64-bit integer is rounded once to the float type, and wraps in a smaller integer type.
    if (to === "float32") for (let i = 0; i < count; i++) result[i] = bigToFloat32(data[i]!);
    else if (to === "float16") for (let i = 0; i < count; i++) result[i] = toFloat16(bigToSticky(data[i]!));
    else if (to === "bfloat16") for (let i = 0; i < count; i++) result[i] = toBfloat16(bigToSticky(data[i]!));
    else if (to === "float64") for (let i = 0; i < count; i++) result[i] = Number(data[i]!);
    else for (let i = 0; i < count; i++) result[i] = Number(BigInt.asIntN(32, data[i]!));
  } else if (to === "float16") for (let i = 0; i < count; i++) result[i] = toFloat16(data[i]!);
  else if (to === "bfloat16") for (let i = 0; i < count; i++) result[i] = toBfloat16(data[i]!);
  else if (isFloat(to) || !isFloat(x.dtype)) for (let i = 0; i < count; i++) result[i] = data[i]!;
  else {
    const [low, high] = ranges[to];
    // Typed arrays truncate toward zero and store NaN as 0.
    for (let i = 0; i < count; i++) result[i] = Math.min(high, Math.max(low, data[i]!));
  }
  return result;
}

/** A double within half a unit of the integer that rounds to narrower floats as the integer itself does (round to odd). */
function bigToSticky(value: bigint): number {
  const near = Number(value);
  if (BigInt(near) === value) return near;
  const magnitude = value < 0n ? -value : value;
  const shift = BigInt(magnitude.toString(2).length - 53);
  const kept = Number(((magnitude >> shift) | 1n) << shift);
  return value < 0n ? -kept : kept;
}

const bigToFloat32 = (value: bigint): number => Math.fround(bigToSticky(value));

export const cast: Primitive<"cast"> = {
  infer(args, { to }) {
    const x = one("cast", args);
    const text = x.dtype === "string" || to === "string";
    if (text && (x.dtype === "bool" || to === "bool")) refuse("cast", `has no rule for ${x.dtype} to ${to}`);
    // The dictionary is left behind: a cast of encoded labels gives their codes.
    return [typeOf(to, x.shape)];
  },
  evaluate(args, { to }) {
    const x = one("cast", args);
    return [{ dtype: to, shape: x.shape, data: x.dtype === to ? x.data : convert(x, to) }];
  },
  accuracy: "exact",
};

export const indexOf: Primitive<"indexOf"> = {
  infer(args, { keys, dictionary }) {
    const x = one("indexOf", args);
    checkPlain("indexOf", x);
    if (keys.shape.length !== 1) refuse("indexOf", `keys are a vector, got shape [${keys.shape}]`);
    if (x.dtype !== keys.dtype) refuse("indexOf", `looks up ${x.dtype} among ${keys.dtype} keys; cast first`);
    if (dictionary !== undefined && dictionary.values.length < keys.data.length) {
      refuse("indexOf", `${keys.data.length} keys, but a dictionary of ${dictionary.values.length}`);
    }
    return [typeOf("int32", x.shape, dictionary)];
  },
  evaluate(args, { keys }) {
    const x = one("indexOf", args);
    // A Map compares as needed: NaN equals NaN, -0 equals 0. The first of equal keys wins.
    const places = new Map<number | bigint | string, number>();
    for (const [i, key] of keys.data.entries()) if (!places.has(key)) places.set(key, i);
    const data = new Int32Array(sizeOf(x.shape));
    for (let i = 0; i < data.length; i++) data[i] = places.get(x.data[i]!) ?? -1;
    return [{ dtype: "int32", shape: x.shape, data }];
  },
  accuracy: "exact",
};
