import { expect, test } from "vitest";
import { type Entrant, withoutSlow } from "./bench-entrants.js";
import { fitting } from "./bench-rows.js";

const input = (width: number | "?") => ({ name: "X", dtype: "float32" as const, shape: [{ N: 1, plus: 0 }, width] });

test("batches of wide rows are left out where nobody asked for them", () => {
  expect(fitting([input(28)], [1, 1000, 100_000])).toEqual([1, 1000, 100_000]);
  expect(fitting([input(2000)], [1, 10_000, 100_000])).toEqual([1, 10_000]);
  expect(fitting([input(1000), input(1000)], [1, 100_000])).toEqual([1]);
  expect(fitting([input(1 << 27)], [1, 10])).toEqual([1]);
});

test("what would take seconds a call is a cell without a time, and let go of", async () => {
  const gone: string[] = [];
  const entrant = (place: string, strategy: string): Entrant => ({
    name: `${place} ${strategy}`,
    place,
    strategy,
    auto: strategy === "walk",
    run: async () => {},
    answers: async () => new Map(),
    dispose: async () => void gone.push(place),
  });
  const [fast, slow, unknown] = [entrant("wasm", "walk"), entrant("reference", "walk"), entrant("onnxruntime-web", "")];
  const perRow = new Map([
    ["wasm walk", 1e-7],
    ["reference walk", 3e-5],
  ]);
  const found = await withoutSlow([fast!, slow!, unknown!], 100_000, perRow);
  expect(found.quick).toEqual([fast, unknown]);
  const skipped = "a call would take about 3.00 s, by smaller batches";
  expect(found.slow).toEqual([{ place: "reference", strategy: "walk", batch: 100_000, auto: true, skipped }]);
  expect(gone).toEqual(["reference"]);
});
