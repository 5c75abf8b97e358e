/**
 * Several threads answer as one does, to the bit: every fixture under each strategy that keeps its forests whole, its rows repeated
 * until there is work for all threads. The clock is one that makes every block seem slow, so that others are always called.
 */

import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { compile } from "../src/compile.js";
import { OptionError, UnsupportedError } from "../src/errors.js";
import { evaluateInstruction } from "../src/ir/evaluate.js";
import { int32, type Tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import type { Scorer } from "../src/scorer.js";
import { fixtureInputs, fixtureNames, loadFixture } from "./fixtures.js";

const [rows, threads] = [1_500, 3];
/** Fixtures with at least this many must have shared their rows. */
let shared = 0;

beforeEach(() => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now++);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() =>
  console.log(`${shared} combinations of fixture and strategy shared their rows among ${threads} threads`),
);

/** `rows` rows: those of `t` over and over. */
function repeated(t: Tensor, of: number): Tensor {
  const indices = int32(Array.from({ length: rows }, (_, i) => i % of));
  const [result] = evaluateInstruction({ op: "gather", attrs: { axis: 0 } }, [t, indices], rows);
  if (result === undefined) throw new Error("nothing was gathered");
  return result;
}

/** Every output and, where the model has them, leaves and raw scores. */
async function answers(scorer: Scorer, inputs: Readonly<Record<string, Tensor>>) {
  const own = await scorer.run(inputs);
  const found = new Map(Object.entries(own).map(([name, { data }]) => [name, data]));
  const names = Object.keys(inputs);
  const only = names.length === 1 ? inputs[names[0]!] : inputs;
  for (const verb of ["rawScore", "leafIndices"] as const) {
    const answer = await scorer[verb](only).catch((error: unknown) => {
      expect(error).toBeInstanceOf(UnsupportedError);
      return undefined;
    });
    if (answer !== undefined) found.set(`@${verb}`, answer.data);
  }
  return found;
}

test.each(fixtureNames())("%s", async (name) => {
  const fixture = loadFixture(name);
  const [set] = fixture.sets;
  if (set === undefined) throw new Error("the fixture has no rows");
  const given = fixtureInputs(fixture, set);
  const [first] = given.values();
  const of = first?.shape[0] ?? 0;
  const inputs = Object.fromEntries([...given].map(([input, t]) => [input, repeated(t, of)]));
  const model = await load(fixture.model);
  for (const strategy of ["auto", "walk", "bit-sliced", "oblivious"]) {
    const one = await compile(model, { strategy }).catch((error: unknown) => error);
    // Not every strategy can lower every forest.
    if (!("run" in (one as object))) {
      expect(one).toBeInstanceOf(OptionError);
      continue;
    }
    const several = await compile(model, { strategy, threads });
    const want = await answers(one as Scorer, inputs);
    const woken = vi.spyOn(Atomics, "notify");
    const got = await answers(several, inputs);
    if (several.plan.threads === 1) expect(several.plan.notes.at(-1)).toMatch(/^one thread: /);
    else if (woken.mock.calls.length > 0) shared++;
    expect([...got.keys()]).toEqual([...want.keys()]);
    for (const [output, data] of want) {
      // As bytes where they are numbers: NaN and the sign of zero too.
      const [a, b] = [got.get(output), data];
      if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
        const bytes = (v: ArrayBufferView) => Buffer.from(v.buffer, v.byteOffset, v.byteLength);
        expect(Buffer.compare(bytes(a), bytes(b)), `${strategy} ${output}`).toBe(0);
      } else expect(a, `${strategy} ${output}`).toEqual(b);
    }
    several.dispose();
    (one as Scorer).dispose();
    woken.mockRestore();
  }
});

test("nearly all of them shared their rows", () => {
  expect(shared).toBeGreaterThan(fixtureNames().length);
});
