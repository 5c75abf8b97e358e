/** Lowerings of matMul (kernels/machine/mat-mul.ts) and indexOf (gather.ts). */

import { type Dim, evaluateDim, mulDims, productOf } from "../../../ir/dims.js";
import { bytesPerElement, isFloat } from "../../../ir/dtype.js";
import { isBigIntData, isStringData, numbersOf, type Tensor } from "../../../ir/tensor.js";
import type { TensorType } from "../../../ir/types.js";
import { Family, Op } from "../codes.js";
import {
  at,
  broadcastView,
  constantBuffer,
  elements,
  type Finish,
  type Lowering,
  only,
  type Site,
  type Types,
  typeCode,
  type View,
} from "./lowering.js";

/** Bytes from one product's operand to the next, for products in one row of a batch; undefined where no single number says it. */
function batchStep(operand: TensorType, batch: readonly Dim[]): Dim | undefined {
  const own = operand.shape.slice(0, -2);
  if (own.every((d) => d === 1)) return 0;
  const skip = batch.length - own.length;
  if (!batch.every((d, i) => d === 1 || (i >= skip && own[i - skip] === d))) return undefined;
  return mulDims(productOf(operand.shape.slice(-2)), bytesPerElement[operand.dtype]);
}

const refuseTypes = only("float32", "float64", "int32", "int64");

function refuseBatch({ args, results }: Types<"matMul">): string | undefined {
  const batch = results[0]!.shape.slice(0, -2);
  const known = args.every((a) => batchStep(a, batch) !== undefined);
  return known ? undefined : "a batch of matrices that repeats along one axis and not along another";
}

/** Weights [k, n] as float64, lines padded to an even number of columns unless there is only one. */
function padWeights(weights: Tensor): Float64Array {
  const data = numbersOf(weights.data);
  const [k, n] = [weights.shape[0]!, weights.shape[1]!];
  const width = n === 1 ? 1 : n + (n % 2);
  const padded = new Float64Array(k * width);
  for (let i = 0; i < k; i++) for (let j = 0; j < n; j++) padded[i * width + j] = data[i * n + j]!;
  return padded;
}

/** Column j of weights [k, n] in steps of four; from 4 elements on, zeros stand before those of the last step. */
function lineOf(weights: Tensor, j: number, k: number, n: number): Float32Array {
  const data = numbersOf(weights.data);
  const line = new Float32Array(Math.ceil(k / 4) * 4);
  const whole = k < 4 ? k : line.length - 4;
  for (let i = 0; i < k; i++) line[i < whole ? i : i + line.length - k] = data[i * n + j]!;
  return line;
}

/**
 * Weights [k, n] as LINEAR takes them: of columns that are the same, or each other's negatives (what the two classes of a logistic
 * regression are), only one; and how each column of the result is made of them.
 */
function distinctColumns(weights: Tensor, finish: Finish | undefined) {
  const [k, n] = [weights.shape[0]!, weights.shape[1]!];
  const added = finish?.added === undefined ? [] : numbersOf(finish.added.data);
  const scale = finish?.factor ?? 1;
  const known = new Map<string, { readonly line: Float32Array; readonly uses: { column: number; factor: number }[] }>();
  for (let column = 0; column < n; column++) {
    const line = lineOf(weights, column, k, n);
    const same = known.get(line.join());
    const negative = same === undefined ? known.get(line.map((w) => -w).join()) : undefined;
    const use = { column, factor: negative === undefined ? 1 : -1 };
    const shared = same ?? negative;
    if (shared === undefined) known.set(line.join(), { line, uses: [use] });
    else shared.uses.push(use);
  }
  const lines = new Float32Array(known.size * Math.ceil(k / 4) * 4);
  const entries = new DataView(new ArrayBuffer(16 * n));
  let [at, entry] = [0, 0];
  for (const { line, uses } of known.values()) {
    lines.set(line, at);
    at += line.length;
    for (const [i, { column, factor }] of uses.entries()) {
      entries.setUint32(entry, column, true);
      entries.setFloat32(entry + 4, factor * scale, true);
      entries.setFloat32(entry + 8, added.length === 0 ? 0 : added[column % added.length]!, true);
      entries.setUint32(entry + 12, i + 1 < uses.length ? 1 : 0, true);
      entry += 16;
    }
  }
  return { lines, entries: new Uint8Array(entries.buffer), count: known.size };
}

/** Weights [k, n] as LINEAR_COLUMNS takes them: panels of eight columns, the last one of four where that is enough. */
function panelsOf(weights: Tensor): Float32Array {
  const data = numbersOf(weights.data);
  const [k, n] = [weights.shape[0]!, weights.shape[1]!];
  const panels = new Float32Array(k * Math.ceil(n / 4) * 4);
  for (let first = 0; first < n; first += 8) {
    const width = n - first > 4 ? 8 : 4;
    for (let i = 0; i < k; i++) {
      for (let j = first; j < Math.min(first + 8, n); j++) panels[first * k + i * width + j - first] = data[i * n + j]!;
    }
  }
  return panels;
}

/**
 * The factor, the least number, then what is added to each column of the panels. Nothing is -0, which leaves every number as it is; but
 * where the least number is 0, it is 0: then no sum is -0, and the kernel need not tell the two zeros apart.
 */
function finishOf(finish: Finish | undefined, n: number): Float32Array {
  const added = finish?.added === undefined ? [-0] : numbersOf(finish.added.data);
  const values = new Float32Array(8 + Math.ceil(n / 4) * 4).fill(finish?.factor ?? 1, 0, 4);
  const least = finish?.last !== undefined && "atLeast" in finish.last ? finish.last.atLeast : -0;
  values.fill(least, 4, 8);
  const zero = least === 0 ? least : -0;
  for (let j = 0; j < n; j++) values[8 + j] = added[j % added.length]! + zero;
  return values;
}

/** As LINEAR_COLUMNS takes it. */
function lastCode(last: Finish["last"]): number {
  if (last === undefined) return 0;
  return "power" in last ? last.power : 1;
}

/** What LINEAR leaves to be done with each number. */
function finishInPlace(site: Site<"matMul">): void {
  const last = site.finish?.last;
  if (last === undefined) return;
  const type = site.results[0]!;
  const result = broadcastView(site.result(0), type, type.shape);
  const operation = (op: number, x: View, y: View, to: View): void =>
    elements(site, op, typeCode(type.dtype), type.shape, [x, y], to);
  if ("atLeast" in last) {
    const least = constantBuffer(Float32Array.of(last.atLeast));
    operation(Op.MAX, result, broadcastView(least, { dtype: type.dtype, shape: [] }, type.shape), result);
  } else if (last.power === 2) operation(Op.MUL, result, result, result);
  else {
    const bytes = mulDims(productOf(type.shape), bytesPerElement[type.dtype]);
    const square = broadcastView(
      site.scratch((rows) => evaluateDim(bytes, rows)),
      type,
      type.shape,
    );
    operation(Op.MUL, result, result, square);
    operation(Op.MUL, square, result, result);
  }
}

/** Fewer columns go through LINEAR. */
const leastColumns = 3;

export const matMul: Lowering<"matMul"> = {
  refuse: (types) => refuseTypes(types) ?? (types.args[1]!.shape.length === 2 ? undefined : refuseBatch(types)),
  lower(site) {
    const [x, y] = [site.args[0]!, site.args[1]!];
    const [k, n] = [x.shape.at(-1)!, y.shape.at(-1)!];
    const weights = site.constantOf(1);
    const [left, right, result] = [at(site.arg(0)), at(site.arg(1)), at(site.result(0))];
    // One matrix on the right serves all rows of the batch at once.
    if (y.shape.length === 2) {
      const rows = productOf(x.shape.slice(0, -1));
      if (weights !== undefined && x.dtype === "float32") {
        const { lines, entries, count } = distinctColumns(weights, site.finish);
        if (count === n && count >= leastColumns) {
          const [w, finish] = [at(constantBuffer(panelsOf(weights))), at(constantBuffer(finishOf(site.finish, n)))];
          const last = lastCode(site.finish?.last);
          site.call(Family.LINEAR_COLUMNS, [left, mulDims(k, 4), w, finish, result, rows, k, n, last]);
        } else {
          const [w, columns] = [at(constantBuffer(lines)), at(constantBuffer(entries))];
          site.call(Family.LINEAR, [left, mulDims(k, 4), w, columns, result, rows, k, n, count]);
          finishInPlace(site);
        }
      } else if (weights !== undefined && x.dtype === "float64") {
        site.call(Family.MAT_MUL_DOUBLES, [left, at(constantBuffer(padWeights(weights))), result, rows, k, n]);
      } else site.call(Family.MAT_MUL, [typeCode(x.dtype), left, right, result, rows, k, n, 1, 0, 0]);
      return;
    }
    const batch = site.results[0]!.shape.slice(0, -2);
    const [xStep, yStep] = [batchStep(x, batch) ?? 0, batchStep(y, batch) ?? 0];
    const rows = x.shape.at(-2)!;
    site.call(Family.MAT_MUL, [typeCode(x.dtype), left, right, result, rows, k, n, productOf(batch), xStep, yStep]);
  },
};

/** Whether the kernels of products by these constant weights can finish a sum before they store it. */
export const takesFinish = (weights: Tensor): boolean => weights.dtype === "float32" && weights.shape.length === 2;

/** Whether such kernels can add `added`. */
export function takesIntercepts(weights: Tensor, added: Tensor): boolean {
  const last = added.shape.at(-1) ?? 1;
  const line = added.shape.slice(0, -1).every((d) => d === 1) && (last === 1 || last === weights.shape[1]);
  return takesFinish(weights) && added.shape.length <= 2 && line;
}

/** The keys in ascending order, each with the place of its first occurrence, and the place of NaN. */
function sortedKeys(keys: Tensor): {
  keys: Float64Array | BigInt64Array | BigUint64Array;
  places: Int32Array;
  nan: number;
} {
  const places = new Map<number | bigint, number>();
  const { data, dtype } = keys;
  const wide = isStringData(data)
    ? []
    : isFloat(dtype)
      ? [...numbersOf(data)]
      : isBigIntData(data)
        ? [...data]
        : Array.from(data, BigInt);
  // A Map takes -0 for 0 and NaN for NaN, as the primitive does.
  for (const [i, key] of wide.entries()) if (!places.has(key)) places.set(key, i);
  const nan = places.get(Number.NaN) ?? -1;
  const sorted = [...places].filter(([key]) => !Number.isNaN(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  const values = sorted.map(([key]) => key);
  const array = isFloat(dtype)
    ? Float64Array.from(values, Number)
    : dtype === "uint64"
      ? BigUint64Array.from(values, BigInt)
      : BigInt64Array.from(values, BigInt);
  return { keys: array, places: Int32Array.from(sorted, ([, place]) => place), nan };
}

/** More unused places than this, and as many again as there are keys, are not kept for a quicker search. */
const mostGaps = 256;

/** The least key and the places of all integers from it to the largest one; undefined where keys are not close together. */
function denseKeys(
  keys: Float64Array | BigInt64Array | BigUint64Array,
  places: Int32Array,
): { readonly low: number; readonly table: Int32Array } | undefined {
  const numbers = Array.from<number | bigint, number>(keys, Number);
  const [low, high] = [numbers[0] ?? 0, numbers.at(-1) ?? 0];
  const length = high - low + 1;
  const inside = low >= -(2 ** 31) && high < 2 ** 31 && length <= 2 * numbers.length + mostGaps;
  if (numbers.length === 0 || !inside || !numbers.every(Number.isInteger)) return undefined;
  const table = new Int32Array(length).fill(-1);
  for (const [i, key] of numbers.entries()) table[key - low] = places[i]!;
  return { low, table };
}

export const indexOf: Lowering<"indexOf"> = {
  lower(site) {
    const x = site.args[0]!;
    const { keys, places, nan } = sortedKeys(site.attrs.keys);
    const dense = denseKeys(keys, places);
    const [from, to, count] = [at(site.arg(0)), at(site.result(0)), productOf(x.shape)];
    if (dense !== undefined) {
      const { low, table } = dense;
      const search = [low, at(constantBuffer(table)), table.length, nan];
      site.call(Family.INDEX_OF_RANGE, [typeCode(x.dtype), from, to, count, ...search]);
      return;
    }
    const search = [at(constantBuffer(keys)), at(constantBuffer(places)), places.length, nan];
    site.call(Family.INDEX_OF, [typeCode(x.dtype), from, to, count, ...search]);
  },
};
