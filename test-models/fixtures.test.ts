import { describe, expect, it } from "vitest";
import { fixtureInputs, fixtureNames, loadFixture } from "./fixtures.js";

describe("the fixtures", () => {
  it("are at least 30", () => {
    expect(fixtureNames().length).toBeGreaterThanOrEqual(30);
  });

  it.each(fixtureNames())(
    "%s: every array that fixture.json names is there, of the row count and dtype it says",
    (name) => {
      const fixture = loadFixture(name);
      expect(fixture.name).toBe(name);
      expect(fixture.model.length).toBeGreaterThan(50);
      for (const set of fixture.sets) {
        const inputs = fixtureInputs(fixture, set);
        for (const input of fixture.inputs) {
          const tensor = inputs.get(input.name);
          expect(tensor?.dtype).toBe(input.dtype);
          expect(tensor?.shape).toEqual([set.rows, ...input.shape.slice(1)]);
        }
        for (const output of fixture.outputs) {
          const tensor = fixture.answer(set.file[output.name] ?? "");
          expect(tensor.dtype).toBe(output.dtype);
          expect(tensor.shape).toContain(set.rows);
        }
        for (const key of Object.values(set.trainer ?? {})) expect(fixture.answer(key).shape).toContain(set.rows);
        if (set.leaves !== undefined) {
          const leaves = fixture.answer(set.leaves);
          expect([leaves.dtype, leaves.shape]).toEqual(["int32", [set.rows, fixture.stats.trees]]);
        }
      }
    },
  );
});
