/** The float64 form of a file's graph. */

import { expect, test } from "vitest";
import { compile } from "../src/compile.js";
import { numbersOf } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import { fixtureInputs, loadFixture } from "../test-models/fixtures.js";
import { answersInDoubles } from "./in-doubles.js";

test("gives what float32 gives, with more digits", async () => {
  const fixture = loadFixture("gaussian-bayes");
  const inputs = fixtureInputs(fixture, fixture.sets[0]!);
  const exact = (await answersInDoubles(fixture.model, inputs)).get("probabilities") ?? expect.fail("no probabilities");
  expect(exact.dtype).toBe("float64");
  const scorer = await compile(await load(fixture.model), { backend: "reference" });
  const { probabilities } = await scorer.run(Object.fromEntries(inputs));
  const [wide, narrow] = [numbersOf(exact.data), probabilities?.data ?? []];
  expect(narrow).toHaveLength(wide.length);
  for (let row = 0; row < wide.length; row += 3) {
    expect(Math.abs(wide[row]! + wide[row + 1]! + wide[row + 2]! - 1)).toBeLessThan(1e-12);
    for (let k = row; k < row + 3; k++) expect(Math.abs(Number(narrow[k]) - wide[k]!)).toBeLessThan(1e-5);
  }
});
