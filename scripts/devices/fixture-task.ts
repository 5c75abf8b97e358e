/** A fixture's rows and answers for scripts/devices/measure.ts. */

import { toleranceFor } from "../../test-models/compare.js";
import { fixtureInputs, loadFixture } from "../../test-models/fixtures.js";
import { pick, representable } from "../../test-models/rows.js";
import { toWire } from "../browser/wire.js";
import type { FixtureTask } from "./measure.js";

/** Rows that the device cannot represent are left out, unless it has float64. */
export function fixtureTask(name: string, float64: boolean, model?: string): FixtureTask {
  const fixture = loadFixture(name);
  return {
    name,
    model: model ?? fixture.model,
    scale: fixture.scale,
    exponential: toleranceFor(fixture, "values", 0).exponential,
    outputs: fixture.outputs,
    sets: fixture.sets.map((set) => {
      const inputs = fixtureInputs(fixture, set);
      const rows = representable(inputs, set.rows, float64);
      const wire = (key: string) => toWire(pick(fixture.answer(key), rows, set.rows));
      return {
        inputs: Object.fromEntries([...inputs].map(([input, t]) => [input, toWire(pick(t, rows, set.rows))])),
        answers: Object.fromEntries(fixture.outputs.map((o) => [o.name, wire(set.file[o.name] ?? "")])),
        ...(set.leaves === undefined ? {} : { leaves: wire(set.leaves) }),
      };
    }),
  };
}
