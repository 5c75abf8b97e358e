/** The memory that each family of calls reads and writes, from its params: what check-image.ts holds against the image's size. */

import { Family, Op, Type } from "./codes.js";

/** `bytes` bytes from `address` on. Negative where the params make no sense. */
export interface Extent {
  readonly address: number;
  readonly bytes: number;
  readonly write: boolean;
}

const sizes: { readonly [type: number]: number } = {
  [Type.F32]: 4,
  [Type.F64]: 8,
  [Type.I8]: 1,
  [Type.I16]: 2,
  [Type.I32]: 4,
  [Type.I64]: 8,
  [Type.U8]: 1,
  [Type.U16]: 2,
  [Type.U32]: 4,
  [Type.U64]: 8,
  [Type.BOOL]: 1,
};

const read = (address: number, bytes: number): Extent => ({ address, bytes, write: false });
const write = (address: number, bytes: number): Extent => ({ address, bytes, write: true });

/** Numbers of params; ELEMENTS has five more for each axis. */
const paramCounts: { readonly [F in Family]: number } = {
  [Family.ELEMENTS]: 6,
  [Family.GATHER]: 8,
  [Family.GATHER_BY_ROW]: 7,
  [Family.GATHER_BY_COLUMN]: 7,
  [Family.REDUCE]: 6,
  [Family.ARG]: 8,
  [Family.CUM_SUM]: 8,
  [Family.TOP_K]: 9,
  [Family.SOFTMAX]: 8,
  [Family.MAT_MUL]: 10,
  [Family.MAT_MUL_DOUBLES]: 6,
  [Family.INDEX_OF]: 8,
  [Family.FOREST_WALK_NARROW]: 6,
  [Family.FOREST_WALK_WIDE]: 6,
  [Family.FOREST_BIT_SLICED]: 6,
  [Family.SQUARED_DISTANCES]: 7,
  [Family.PAIRWISE_COUPLING]: 5,
  [Family.LINEAR]: 9,
  [Family.LINEAR_COLUMNS]: 9,
  [Family.SCATTER_BY_ROW]: 8,
  [Family.INDEX_OF_RANGE]: 8,
};

const threeAfterOne = [1, 2, 3];
const ofForests = [0, 1, 3, 5];

/** The params that are addresses; all others are numbers, whose meaning does not depend on where the image stands. */
export const addressParams: { readonly [F in Family]: readonly number[] } = {
  [Family.ELEMENTS]: [2, 3, 4, 5],
  [Family.GATHER]: threeAfterOne,
  [Family.GATHER_BY_ROW]: threeAfterOne,
  [Family.GATHER_BY_COLUMN]: threeAfterOne,
  [Family.REDUCE]: [1, 2],
  [Family.ARG]: [3, 4],
  [Family.CUM_SUM]: [3, 4],
  [Family.TOP_K]: [2, 3, 4],
  [Family.SOFTMAX]: [2, 3, 7],
  [Family.MAT_MUL]: threeAfterOne,
  [Family.MAT_MUL_DOUBLES]: [0, 1, 2],
  [Family.INDEX_OF]: [1, 2, 4, 5],
  [Family.FOREST_WALK_NARROW]: ofForests,
  [Family.FOREST_WALK_WIDE]: ofForests,
  [Family.FOREST_BIT_SLICED]: ofForests,
  [Family.SQUARED_DISTANCES]: threeAfterOne,
  [Family.PAIRWISE_COUPLING]: [0, 1, 4],
  [Family.LINEAR]: [0, 2, 3, 4],
  [Family.LINEAR_COLUMNS]: [0, 2, 3, 4],
  [Family.SCATTER_BY_ROW]: [1, 2, 3, 4],
  [Family.INDEX_OF_RANGE]: [1, 2, 5],
};

export const isFamily = (code: number): code is Family => Object.hasOwn(paramCounts, code);

const isTest = (op: number): boolean =>
  (op >= Op.LESS && op <= Op.NOT) || (op >= Op.IS_NAN && op <= Op.IS_INFINITE) || op === Op.CAST + Type.BOOL;

/** Bytes of the elements of x, y, z and the result; undefined for an operation that is none. */
function elementBytes(operation: number): readonly number[] | undefined {
  const [op, type] = [operation >>> 4, operation & 15];
  const size = sizes[type];
  if (size === undefined || op > Op.CAST + Type.BOOL || (op > Op.PROBIT && op < Op.CAST)) return undefined;
  if (op === Op.SELECT) return [1, size, size, size];
  const to = isTest(op) ? 1 : op >= Op.CAST ? (sizes[op - Op.CAST] ?? 0) : size;
  return [size, op < Op.NOT ? size : 0, 0, to];
}

function elementExtents(p: readonly number[]): readonly Extent[] | undefined {
  const [operation = 0, rank = 0] = p;
  const bytes = elementBytes(operation);
  if (bytes === undefined || rank < 1 || p.length !== paramCounts[Family.ELEMENTS] + 5 * rank) return undefined;
  const axes = Array.from({ length: rank }, (_, i) => p.slice(6 + 5 * i, 11 + 5 * i));
  if (axes.some(([length = -1]) => length < 0)) return undefined;
  if (axes.some(([length]) => length === 0)) return [];
  return bytes.flatMap((size, k) => {
    if (size === 0) return [];
    let [low, high] = [0, size];
    for (const axis of axes) {
      const reach = (axis[0]! - 1) * axis[1 + k]!;
      if (reach < 0) low += reach;
      else high += reach;
    }
    return [{ address: p[2 + k]! + low, bytes: high - low, write: k === 3 }];
  });
}

/** A dtype of the line kernels, its size; undefined for the others. */
const lineSize = (type: number): number | undefined =>
  type === Type.F32 || type === Type.F64 || type === Type.I32 || type === Type.I64 ? sizes[type] : undefined;

/** What the call touches; undefined where its params make no sense. */
export function callExtents(family: Family, p: readonly number[]): readonly Extent[] | undefined {
  if (family === Family.ELEMENTS) return elementExtents(p);
  if (p.length !== paramCounts[family]) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0] = p;
  switch (family) {
    case Family.GATHER:
      if (a < 0 || Math.min(e, f, g) < 0) return undefined;
      return [read(b, e * f * a), read(c, g * (h !== 0 ? 8 : 4)), write(d, e * g * a)];
    case Family.GATHER_BY_ROW:
      if (Math.min(a, e, f, g) < 0) return undefined;
      return [read(b, e * f * a), read(c, e * g * 4), write(d, e * g * a)];
    case Family.GATHER_BY_COLUMN:
      if (Math.min(a, e, f, g) < 0) return undefined;
      return [read(b, e * f * a), read(c, f * g * 4), write(d, f * g * a)];
    case Family.SCATTER_BY_ROW: {
      const size = a >>> 4 === Op.COPY ? sizes[a & 15] : a >>> 4 === Op.ADD ? lineSize(a & 15) : undefined;
      if (size === undefined || Math.min(f, g, h) < 0) return undefined;
      return [read(b, f * g * size), read(c, f * h * 4), read(d, f * h * size), write(e, f * g * size)];
    }
    case Family.REDUCE: {
      const size = sizes[a & 15];
      if (size === undefined || ![Op.ADD, Op.MUL, Op.MAX, Op.MIN].some((op) => op === a >>> 4)) return undefined;
      if (Math.min(d, e, f) < 0) return undefined;
      return [read(b, d * e * f * size), write(c, d * f * size)];
    }
    case Family.ARG:
    case Family.CUM_SUM: {
      const size = lineSize(a);
      if (size === undefined || Math.min(f, g, h) < 0) return undefined;
      return [read(d, f * g * h * size), write(e, f * h * (family === Family.ARG ? 4 : g * size))];
    }
    case Family.TOP_K: {
      const size = lineSize(a);
      if (size === undefined || Math.min(f, g, h) < 0 || i < 1 || i > g) return undefined;
      return [read(c, f * g * h * size), write(d, f * h * i * size), write(e, f * h * i * 4)];
    }
    case Family.SOFTMAX: {
      const size = sizes[a];
      if ((a !== Type.F32 && a !== Type.F64) || size === undefined || Math.min(e, f, g) < 0) return undefined;
      return [read(c, e * f * g * size), write(d, e * f * g * size), write(h, f * 16)];
    }
    case Family.MAT_MUL: {
      const size = lineSize(a);
      if (size === undefined || Math.min(e, f, g, h, i, j) < 0) return undefined;
      const more = Math.max(h - 1, 0);
      return [read(b, e * f * size + more * i), read(c, f * g * size + more * j), write(d, h * e * g * size)];
    }
    case Family.MAT_MUL_DOUBLES:
      if (Math.min(d, e, f) < 0) return undefined;
      return [read(a, d * e * 8), read(b, e * (f === 1 ? 1 : f + (f % 2)) * 8), write(c, d * f * 8)];
    case Family.LINEAR: {
      const [rows, k, n, distinct] = [f, g, h, i];
      if (Math.min(b, rows, k, distinct) < 0 || n < distinct) return undefined;
      return [
        read(a, rows === 0 ? 0 : (rows - 1) * b + k * 4),
        read(c, distinct * Math.ceil(k / 4) * 16),
        read(d, n * 16),
        write(e, rows * n * 4),
      ];
    }
    case Family.LINEAR_COLUMNS: {
      const [rows, k, n] = [f, g, h];
      // What is written beyond a row must fit the next one.
      if (Math.min(b, rows, k) < 0 || n < 2) return undefined;
      const padded = Math.ceil(n / 4) * 4;
      return [
        read(a, rows === 0 ? 0 : (rows - 1) * b + k * 4),
        read(c, padded * k * 4),
        read(d, 32 + padded * 4),
        write(e, rows * n * 4),
      ];
    }
    case Family.INDEX_OF_RANGE: {
      const size = sizes[a];
      if (size === undefined || Math.min(d, g) < 0) return undefined;
      return [read(b, d * size), write(c, d * 4), read(f, g * 4)];
    }
    case Family.INDEX_OF: {
      const size = sizes[a];
      if (size === undefined || Math.min(d, g) < 0) return undefined;
      return [read(b, d * size), write(c, d * 4), read(e, g * 8), read(f, g * 4)];
    }
    case Family.SQUARED_DISTANCES: {
      const size = sizes[a];
      if ((a !== Type.F32 && a !== Type.F64) || size === undefined || Math.min(e, f, g) < 0) return undefined;
      return [read(b, e * f * size), read(c, f * (g + (g % 2)) * 8), write(d, e * g * size)];
    }
    case Family.PAIRWISE_COUPLING: {
      if (c < 0 || d < 2) return undefined;
      return [read(a, (c * d * (d - 1) * 4) / 2), write(b, c * d * 4), write(e, (2 * d * d + d) * 4)];
    }
    default:
      // The forest's params say themselves how much they and the scratch memory take; the checksum answers for them.
      if (Math.min(c, e) < 0) return undefined;
      return [read(a, 64), read(b, c * e), write(d, 0), write(f, 0)];
  }
}
