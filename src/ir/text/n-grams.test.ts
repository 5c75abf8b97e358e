import fc from "fast-check";
import { expect, test } from "vitest";
import { type Counting, GramTable } from "./n-grams.js";

/** By the operator's definition: every n-gram of the pool, every start, every skip. */
function plainCounts(
  row: readonly string[],
  grams: readonly (readonly string[])[],
  weights: readonly number[],
  { least, most, maxSkip, mode }: Counting,
): Float32Array {
  return Float32Array.from(grams, (gram, g) => {
    if (gram.length < least || gram.length > most) return 0;
    let count = 0;
    for (let skip = 0; skip <= (gram.length === 1 ? 0 : maxSkip); skip++) {
      for (let start = 0; start < row.length; start++) {
        if (gram.every((item, k) => row[start + k * (skip + 1)] === item)) count++;
      }
    }
    if (mode === "TF") return count;
    return mode === "IDF" ? (count > 0 ? weights[g]! : 0) : count * weights[g]!;
  });
}

test("counts what the plain definition counts", () => {
  const item = fc.constantFrom("a", "b", "c", "日本");
  const pool = fc.uniqueArray(fc.array(item, { minLength: 1, maxLength: 4 }), {
    selector: (gram) => gram.join("|"),
    maxLength: 12,
  });
  const counting = fc.record({
    least: fc.integer({ min: 1, max: 3 }),
    more: fc.integer({ min: 0, max: 3 }),
    maxSkip: fc.integer({ min: 0, max: 4 }),
    mode: fc.constantFrom("TF", "IDF", "TFIDF"),
  });
  fc.assert(
    fc.property(pool, fc.array(fc.oneof(item, fc.constant("x")), { maxLength: 15 }), counting, (grams, row, given) => {
      const { more, ...rest } = given;
      const how: Counting = { ...rest, most: rest.least + more };
      // Eighths, so that sums of weights are exact.
      const weights = grams.map((_, i) => (i + 1) / 8);
      const columns = grams.map((_, i) => i);
      const got = new Float32Array(grams.length);
      new GramTable(grams, columns, weights, grams.length).count(row, how, got, 0);
      expect(got).toEqual(plainCounts(row, grams, weights, how));
    }),
    { numRuns: 2_000, seed: 3 },
  );
});
