/** The one tolerance: |got − want| ≤ rtol · max(|want|, s), NaN equal to NaN, infinities equal to themselves. */

import type { UserTensor } from "../src/data/output.js";
import type { Tensor } from "../src/ir/tensor.js";
import type { Fixture } from "./fixtures.js";

/** rtol by the precision of the sums, and for TF.js, whose sums run in any order in float32. */
export const rtol = { float64: 1e-12, float32: 1e-6, tfjs: 1e-5 } as const;

export interface Tolerance {
  readonly rtol: number;
  /** s: the largest Σ|leaf values reached| or Σ|wᵢxᵢ| of the fixture; 1 for probabilities. */
  readonly scale: number;
  /** The output is exp(score): an error of rtol·(s + |score|) in the score, base score included, is that times |want| in the output. */
  readonly exponential: boolean;
}

export interface Difference {
  /** Elements outside the tolerance. */
  readonly wrong: number;
  /** The largest |got − want| in units of the tolerance; at most 1 where nothing is wrong. */
  readonly worst: number;
  /** One line for a person: the first wrong element. */
  readonly first: string | undefined;
}

/** Compares an answer with its oracle, element by element. Shapes may differ in a trailing axis of 1. */
export function compareNumbers(
  got: Pick<UserTensor, "data" | "shape">,
  want: Tensor,
  tolerance: Tolerance,
): Difference {
  const [a, b] = [got.data, want.data];
  const trim = (shape: readonly number[]) => (shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape);
  if (String(trim(got.shape)) !== String(trim(want.shape))) {
    return {
      wrong: a.length,
      worst: Number.POSITIVE_INFINITY,
      first: `shape [${got.shape}], expected [${want.shape}]`,
    };
  }
  let [wrong, worst] = [0, 0];
  let first: string | undefined;
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    if (Object.is(x, y) || x === y) continue;
    const size = Math.abs(y);
    const unit =
      tolerance.rtol *
      Math.max(size, tolerance.scale, tolerance.exponential ? size * (tolerance.scale + Math.abs(Math.log(size))) : 0);
    const error = Math.abs(x - y) / unit;
    const bad = !(error <= 1);
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    if (!bad) continue;
    wrong++;
    first ??= `element ${i}: got ${x}, expected ${y}`;
  }
  return { wrong, worst, first };
}

/** The tolerance of an output of a fixture. */
export function toleranceFor(fixture: Fixture, role: string, relative: number): Tolerance {
  const probabilities = role === "probabilities" || role === "predictProba";
  return {
    rtol: relative,
    scale: probabilities ? 1 : fixture.scale,
    exponential: /poisson|tweedie|gamma/i.test(`${fixture.name} ${JSON.stringify(fixture.source.params)}`),
  };
}

/**
 * Rows whose labels differ though the two largest `scores` of the row are further apart than the tolerance; `tied` counts
 * those that are not. Without scores every difference counts.
 */
export function compareLabels(
  got: Pick<UserTensor, "data">,
  want: Tensor,
  scores: Tensor | undefined,
  relative: number,
): { readonly wrong: readonly number[]; readonly tied: number } {
  const wrong: number[] = [];
  let tied = 0;
  const columns = scores === undefined || scores.shape.length < 2 ? 1 : scores.shape.at(-1)!;
  for (let i = 0; i < want.data.length; i++) {
    const [x, y] = [got.data[i], want.data[i]];
    if (String(x) === String(y)) continue;
    if (scores !== undefined && columns > 1) {
      const row = Array.from({ length: columns }, (_, k) => Number(scores.data[i * columns + k])).sort((p, q) => q - p);
      if (row[0]! - row[1]! <= relative * Math.max(Math.abs(row[0]!), 1)) {
        tied++;
        continue;
      }
    }
    wrong.push(i);
  }
  return { wrong, tied };
}

/** Trees whose leaves are not named one to one by the other side: leaf ids differ between libraries, the partition of rows may not. */
export function partitionsDiffer(got: Pick<UserTensor, "data" | "shape">, want: Tensor): readonly number[] {
  const trees = want.shape[1]!;
  if (got.shape[1] !== trees) return Array.from({ length: trees }, (_, t) => t);
  const rows = want.shape[0]!;
  const wrong: number[] = [];
  for (let t = 0; t < trees; t++) {
    const [there, back] = [new Map<number, number>(), new Map<number, number>()];
    for (let r = 0; r < rows; r++) {
      const [x, y] = [Number(got.data[r * trees + t]), Number(want.data[r * trees + t])];
      if ((there.get(x) ?? y) !== y || (back.get(y) ?? x) !== x) {
        wrong.push(t);
        break;
      }
      there.set(x, y);
      back.set(y, x);
    }
  }
  return wrong;
}
