import { describe, expect, it } from "vitest";
import { answersOf, modelsOf, mutantFormats, mutantOf, readMutant, seeded } from "./mutants.js";

/** What scripts/mutants.ts reads 100,000 of. */
const mutants = 2_000;
const largestModel = 24_000;
const compared = 200;

describe.each(mutantFormats)("%s models, damaged at random", (format) => {
  it(`are read or refused with a typed error: ${mutants} of them`, { timeout: 600_000 }, async () => {
    const models = modelsOf(format, largestModel);
    for (const model of models) expect(readMutant(format, model)).toBeTypeOf("object");
    const [random, ofRows] = [seeded(20_261_124), seeded(1)];
    let [accepted, same] = [0, 0];
    const codes = new Set<string>();
    for (let i = 0; i < mutants; i++) {
      const result = readMutant(format, mutantOf(format, models, random));
      if (typeof result === "string") {
        codes.add(result);
        continue;
      }
      accepted++;
      if (same >= compared) continue;
      const answers = await answersOf(result, ofRows);
      if (answers === undefined) continue;
      expect(answers[1], `mutant ${i} on wasm`).toEqual(answers[0]);
      same++;
    }
    for (const code of codes) expect(["MODEL_PARSE", "UNSUPPORTED", "LIMIT"]).toContain(code);
    // Neither all nor nothing is refused, and what is not is compared.
    expect(accepted).toBeGreaterThan(mutants / 50);
    expect(accepted).toBeLessThan(mutants / 2);
    expect(same).toBeGreaterThan(Math.min(compared, accepted) / 2);
    expect(codes).toContain("MODEL_PARSE");
  });
});
