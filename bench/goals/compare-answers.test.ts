import { expect, test } from "vitest";
import { compareProbabilities, mustAgree } from "./compare-answers.js";

test("a row is wrong where any of its probabilities is, NaN included", () => {
  const want = Float32Array.of(0.25, 0.75, 0.5, 0.5, 1, 0);
  expect(compareProbabilities(Float32Array.of(0.25, 0.75, 0.5, 0.5, 1, 0), want, 3)).toEqual({
    rows: 3,
    wrong: 0,
    largest: 0,
  });
  const off = compareProbabilities(Float32Array.of(0.25, 0.75, 0.5, 0.625, Number.NaN, 0), want, 3);
  expect(off).toEqual({ rows: 3, wrong: 2, largest: Number.POSITIVE_INFINITY });
  expect(() => compareProbabilities([1], want, 3)).toThrow("1 probabilities, expected 6");
});

const answers = (labels: readonly number[], probabilities: readonly number[]) => ({
  label: { data: Int32Array.from(labels), shape: [labels.length] },
  probabilities: { data: Float32Array.from(probabilities), shape: [labels.length, 2] },
});

test("labels may differ only where the probabilities do not decide them", () => {
  const want = answers([1, 0], [0.25, 0.75, 0.5, 0.5]);
  expect(() => mustAgree("m", answers([1, 1], [0.25, 0.75, 0.5, 0.5]), want, 2)).not.toThrow();
  expect(() => mustAgree("m", answers([0, 0], [0.25, 0.75, 0.5, 0.5]), want, 2)).toThrow(
    "m: row 0 is labelled 0, expected 1",
  );
  expect(() => mustAgree("m", answers([1, 0], [0.25, 0.75, 0.25, 0.75]), want, 2)).toThrow(
    "m: probabilities differ in 1 of 2 rows, by 0.25 at most",
  );
});
