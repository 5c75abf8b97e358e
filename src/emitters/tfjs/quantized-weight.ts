/**
 * A weight of a TF.js graph → the same weight in the smallest of the forms that TF.js reads, where that gives back the same bits: index
 * tables, class numbers, paths of trees, thresholds of small integers. What needs all its bits stays as it is, since a rounded
 * threshold sends rows to other leaves.
 *
 * Source: decodeWeight in @tensorflow/tfjs-core 4.22, src/io/io_utils.ts.
 */

import { float16FromBits, float16ToBits } from "../../ir/half.js";
import type { Quantization, Weight } from "./graph-def.js";

type Values = Float32Array | Int32Array;

/** The smallest form that is exact; the weight itself where there is none, or where it takes no more than a number. */
export function quantizedWeight(weight: Weight): Weight {
  const values = valuesOf(weight);
  if (values === undefined || values.length < 2) return weight;
  for (const bits of [8, 16] as const) {
    const whole = asIntegers(values, bits, weight.dtype);
    if (whole !== undefined) return { ...weight, ...whole };
  }
  return values instanceof Float32Array ? { ...weight, ...asFloat16(values) } : weight;
}

function valuesOf({ dtype, data }: Weight): Values | undefined {
  if (dtype !== "float32" && dtype !== "int32") return undefined;
  const { buffer } = data.slice();
  return dtype === "float32" ? new Float32Array(buffer) : new Int32Array(buffer);
}

interface Form {
  readonly data: Uint8Array;
  readonly quantization: Quantization;
}

function asIntegers(values: Values, bits: 8 | 16, original_dtype: string): Form | undefined {
  let min = Infinity;
  for (const value of values) if (value < min) min = value;
  if (!Number.isInteger(min)) return undefined;
  const numbers = bits === 8 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    numbers[i] = value - min;
    // As TF.js decodes it: a fraction, NaN or -0 is not what comes back.
    const decoded = numbers[i]! + min;
    if (!Object.is(values instanceof Float32Array ? Math.fround(decoded) : decoded, value)) return undefined;
  }
  return {
    data: new Uint8Array(numbers.buffer),
    quantization: { dtype: `uint${bits}`, min, scale: 1, original_dtype },
  };
}

function asFloat16(values: Float32Array): Form | undefined {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    halves[i] = float16ToBits(value);
    if (Number.isNaN(value) || !Object.is(float16FromBits(halves[i]!), value)) return undefined;
  }
  return { data: new Uint8Array(halves.buffer), quantization: { dtype: "float16", original_dtype: "float32" } };
}
