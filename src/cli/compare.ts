/**
 * Answers against expected ones, by the one tolerance: |got − want| ≤ rtol · max(|want|, s), NaN equal to NaN, labels equal unless the
 * two best scores are nearer to each other than the tolerance.
 */

import type { UserTensor } from "../data/output.js";
import { sizeOf } from "../ir/tensor.js";

export type Values = Pick<UserTensor, "data" | "shape">;

export interface Tolerance {
  readonly rtol: number;
  /** s: how large the numbers are that the answer was summed from. */
  readonly scale: number;
  /** The answer is the exponential of a score: an error of rtol · (s + |score|) there is that, times |want|, here. */
  readonly exponential: boolean;
}

export interface Difference {
  readonly rows: number;
  readonly wrongRows: number;
  /** Label rows that differ where the best two scores are as good as equal; not among the wrong ones. */
  readonly tied: number;
  /** Largest |got − want|, and in units of the tolerance; 0 for labels. */
  readonly absolute: number;
  readonly relative: number;
  /** The element that is furthest off, or the first wrong label; undefined where all are equal. */
  readonly worst:
    | { readonly row: number; readonly column: number; readonly got: unknown; readonly want: unknown }
    | undefined;
}

/** [N, 1] and [N] are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const trim = (shape: readonly number[]) => (shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape);
  return String(trim(a)) === String(trim(b));
}

/** Numbers of one shape; rows are along the first axis. */
export function compareNumbers(got: Values, want: Values, tolerance: Tolerance): Difference {
  const rows = want.shape[0] ?? 1;
  const width = Math.max(1, sizeOf(want.shape.slice(1)));
  const wrong = new Set<number>();
  let [absolute, relative] = [0, 0];
  let worst: Difference["worst"];
  for (let i = 0; i < want.data.length; i++) {
    const [x, y] = [Number(got.data[i]), Number(want.data[i])];
    if (Object.is(x, y) || x === y) continue;
    const size = Math.abs(y);
    const exponent = tolerance.exponential ? size * (tolerance.scale + Math.abs(Math.log(size))) : tolerance.scale;
    const error = Math.abs(x - y) / (tolerance.rtol * Math.max(size, exponent));
    const units = Number.isNaN(error) ? Infinity : error;
    const row = Math.floor(i / width);
    if (!(units <= 1)) wrong.add(row);
    if (worst === undefined || units > relative) {
      worst = { row, column: i % width, got: x, want: y };
      relative = Math.max(relative, units);
    }
    const difference = Math.abs(x - y);
    absolute = Math.max(absolute, Number.isNaN(difference) ? Infinity : difference);
  }
  return { rows, wrongRows: wrong.size, tied: 0, absolute, relative, worst };
}

/** Labels, or leaves, as text; `scores` [N, K] tell ties of a classifier. */
export function compareLabels(got: Values, want: Values, scores: Values | undefined, rtol: number): Difference {
  const rows = want.shape[0] ?? 1;
  const width = Math.max(1, sizeOf(want.shape.slice(1)));
  const wrong = new Set<number>();
  let tied = 0;
  let worst: Difference["worst"];
  for (let i = 0; i < want.data.length; i++) {
    const [x, y] = [got.data[i], want.data[i]];
    if (labelText(x) === labelText(y)) continue;
    const row = Math.floor(i / width);
    if (width === 1 && scores !== undefined && isTie(scores, row, rtol)) {
      tied++;
      continue;
    }
    wrong.add(row);
    worst ??= { row, column: i % width, got: x, want: y };
  }
  return { rows, wrongRows: wrong.size, tied, absolute: 0, relative: 0, worst };
}

/** 1, 1.0, 1n and "1" are one label: files of expected answers rarely keep the type. */
function labelText(value: unknown): string {
  const text = String(value);
  return text === "" || Number.isNaN(Number(text)) ? text : String(Number(text));
}

function isTie({ data, shape }: Values, row: number, rtol: number): boolean {
  const columns = shape.length < 2 ? 1 : (shape.at(-1) ?? 1);
  if (columns < 2) return false;
  const scores = Array.from({ length: columns }, (_, k) => Number(data[row * columns + k])).sort((p, q) => q - p);
  return scores[0]! - scores[1]! <= rtol * Math.max(Math.abs(scores[0]!), 1);
}
