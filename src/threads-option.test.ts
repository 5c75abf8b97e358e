/** The option `threads` of compile. */

import { afterEach, expect, test, vi } from "vitest";
import { loadFixture } from "../test-models/fixtures.js";
import { type CompileOptions, compile } from "./compile.js";
import { OptionError } from "./errors.js";
import { load } from "./load.js";

const model = await load(loadFixture("iris-tree").model);
afterEach(() => vi.restoreAllMocks());

test.each([0, -1, 1.5, 257, Number.NaN, Number.POSITIVE_INFINITY, "4", "all", null, [2], true])(
  "%j is refused",
  async (threads) => {
    const error = await compile(model, { threads } as CompileOptions).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ option: "threads", message: expect.stringContaining("from 1 to 256, got ") });
  },
);

test("the plan says how many there are", async () => {
  const one = await compile(model);
  expect(one.plan.threads).toBe(1);
  expect(one.plan.toString()).not.toContain("threads");
  const four = await compile(model, { threads: 4 });
  expect(four.plan.threads).toBe(4);
  expect(four.plan.notes).toEqual([]);
  expect(four.plan.toString()).toContain("batch hint 1000, 4 threads, ");
  four.dispose();
});

test("auto is what the machine runs at once, 16 at most", async () => {
  const builtin = process.getBuiltinModule;
  for (const [atOnce, threads] of [
    [1, 1],
    [3, 3],
    [64, 16],
  ]) {
    vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
      name === "node:os" ? { availableParallelism: () => atOnce } : builtin(name)) as typeof builtin);
    const scorer = await compile(model, { threads: "auto" });
    expect(scorer.plan.threads).toBe(threads);
    scorer.dispose();
    vi.restoreAllMocks();
  }
});

test("other backends have one thread: more by number are an error, auto is not", async () => {
  const error = await compile(model, { backend: "reference", threads: 2 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(OptionError);
  expect(error).toMatchObject({
    option: "threads",
    message: "threads are for the wasm backend, not reference; leave them out",
  });
  expect((await compile(model, { backend: "reference", threads: 1 })).plan.threads).toBe(1);
  expect((await compile(model, { backend: "reference", threads: "auto" })).plan.threads).toBe(1);
});
