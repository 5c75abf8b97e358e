/** Whether two engines answer alike: probabilities near each other, labels equal wherever the probabilities decide them. */

import type { CallAnswers } from "./contenders.js";

/** Most that probabilities of float32 sums in another order differ by. */
const mostApart = 1e-5;

export interface Disagreement {
  readonly rows: number;
  /** Rows in which a probability is further off. */
  readonly wrong: number;
  readonly largest: number;
}

/** Compares probabilities [N, K], or [N] of the second of two classes. */
export function compareProbabilities(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  rows: number,
  allowed = mostApart,
): Disagreement {
  if (got.length !== want.length) throw new Error(`${got.length} probabilities, expected ${want.length}`);
  const columns = got.length / rows;
  let [wrong, largest] = [0, 0];
  for (let r = 0; r < rows; r++) {
    let worst = 0;
    for (let k = 0; k < columns; k++) {
      const apart = Math.abs(got[r * columns + k]! - want[r * columns + k]!);
      worst = Math.max(worst, Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart);
    }
    if (!(worst <= allowed)) wrong++;
    largest = Math.max(largest, worst);
  }
  return { rows, wrong, largest };
}

/** The probabilities among the outputs of a classifier: the float ones. */
export function probabilitiesOf(answers: CallAnswers): Float32Array | Float64Array {
  for (const { data } of Object.values(answers)) {
    if (data instanceof Float32Array || data instanceof Float64Array) return data;
  }
  throw new Error(`no probabilities among ${Object.keys(answers).join(", ")}`);
}

/** Throws where two engines' answers for the same rows differ. */
export function mustAgree(place: string, got: CallAnswers, want: CallAnswers, rows: number): void {
  const scores = probabilitiesOf(want);
  const { wrong, largest } = compareProbabilities(probabilitiesOf(got), scores, rows);
  if (wrong > 0) throw new Error(`${place}: probabilities differ in ${wrong} of ${rows} rows, by ${largest} at most`);
  const columns = scores.length / rows;
  for (const [name, { data }] of Object.entries(want)) {
    const mine = got[name]?.data;
    if (data === scores || data instanceof Float32Array || data instanceof Float64Array) continue;
    if (mine === undefined) throw new Error(`${place}: output ${name} is missing`);
    for (let r = 0; r < rows; r++) {
      if (String(mine[r]) === String(data[r])) continue;
      const sorted = Array.from(scores.subarray(r * columns, (r + 1) * columns)).sort((a, b) => b - a);
      const decided = columns < 2 || sorted[0]! - sorted[1]! > mostApart;
      if (decided) throw new Error(`${place}: row ${r} is labelled ${String(mine[r])}, expected ${String(data[r])}`);
    }
  }
}
