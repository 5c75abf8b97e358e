/** Threads of the wasm backend: what runs where, many calls at once, workers that fail, memory that comes back. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DataError, OptionError } from "../../../errors.js";
import { createBuilder } from "../../../ir/builder.js";
import { N } from "../../../ir/dims.js";
import type { Program } from "../../../ir/program.js";
import { float32, int32, type Tensor } from "../../../ir/tensor.js";
import { grownForest, randomNumbers } from "../forests/forests.testing.js";
import { wasmTarget } from "../target.js";
import { wasmBackend } from "../wasm-backend.js";
import { sharedMemory } from "./shared-memory.js";

const compile = (program: Program, threads: number) => wasmBackend.compile(program, wasmTarget(1000, threads));

/** A clock by which every block is slow, so that others are called whenever there are rows for them. */
beforeEach(() => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now++);
});
afterEach(() => vi.restoreAllMocks());

function forestProgram(seed: number, leaves = 20): Program {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 6] });
  const raw = b.op("forest", [x], { forest: grownForest({ trees: 12, features: 6, leaves, outputs: 2, seed }) });
  return b.finish([{ name: "y", value: b.op("softmax", [raw], { axis: 1 }) }]);
}

function rowsOf(n: number, seed = 1): ReadonlyMap<string, Tensor> {
  const random = randomNumbers(seed);
  return new Map([["x", float32(Float32Array.from({ length: 6 * n }, random), [n, 6])]]);
}

/** How many jobs were given to workers since the last call. */
function countJobs(): () => number {
  const added = vi.spyOn(Atomics, "add");
  return () => {
    const jobs = added.mock.calls.length;
    added.mockClear();
    return jobs;
  };
}

describe("calls", () => {
  test.each([0, 1, 2, 127, 128, 255, 256, 257, 384, 385, 1000, 4097, 30_011])(
    "of %d rows answer as one thread does",
    async (n) => {
      const [one, four] = [await compile(forestProgram(3), 1), await compile(forestProgram(3), 4)];
      const jobs = countJobs();
      const got = await four.run(rowsOf(n), n, ["y"]);
      expect(jobs()).toBe(n > 256 ? 1 : 0);
      expect(got).toEqual(one.runSync(rowsOf(n), n, ["y"]));
      // At once means on this thread.
      expect(four.runSync(rowsOf(n), n, ["y"])).toEqual(got);
      expect(jobs()).toBe(0);
      four.dispose();
    },
  );

  test("that the clock says are quick stay on this thread", async () => {
    vi.restoreAllMocks();
    vi.spyOn(performance, "now").mockReturnValue(5);
    const jobs = countJobs();
    const two = await compile(forestProgram(3), 2);
    const got = await two.run(rowsOf(5000), 5000, ["y"]);
    expect(jobs()).toBe(0);
    expect(got).toEqual((await compile(forestProgram(3), 1)).runSync(rowsOf(5000), 5000, ["y"]));
    two.dispose();
  });

  test("of many scorers with as many threads each, at the same time and nested, share the workers", async () => {
    const programs = [forestProgram(1), forestProgram(2, 60), forestProgram(3, 5)];
    const executables = await Promise.all(programs.map((p, i) => compile(p, i + 2)));
    const want = await Promise.all(programs.map((p) => compile(p, 1)));
    const calls = Array.from({ length: 30 }, async (_, i) => {
      const [k, n] = [i % 3, 300 + 177 * i];
      const got = await executables[k]!.run(rowsOf(n, i), n, ["y"]);
      expect(got).toEqual(want[k]!.runSync(rowsOf(n, i), n, ["y"]));
      // From within the end of a call.
      const other = (k + 1) % 3;
      expect(executables[other]!.runSync(rowsOf(50, i), 50, ["y"])).toEqual(
        want[other]!.runSync(rowsOf(50, i), 50, ["y"]),
      );
      const again = await executables[k]!.run(rowsOf(700, i), 700, ["y"]);
      expect(again).toEqual(want[k]!.runSync(rowsOf(700, i), 700, ["y"]));
    });
    await Promise.all(calls);
    for (const executable of executables) executable.dispose();
  });

  test("with an index out of range get the reference's error, whoever met it", async () => {
    const b = createBuilder();
    const k = b.input("k", { dtype: "int32", shape: [N] });
    const table = b.constant(float32([1, 2]));
    const three = await compile(b.finish([{ name: "y", value: b.op("gather", [table, k], { axis: 0 }) }]), 3);
    for (const at of [5, 700, 2999]) {
      const indices = new Int32Array(3000);
      indices[at] = 2;
      await expect(three.run(new Map([["k", int32(indices)]]), 3000, ["y"])).rejects.toThrow(
        "gather: index 2 is not in [0, 2)",
      );
    }
    const right = await three.run(new Map([["k", int32(new Int32Array(3000).fill(1))]]), 3000, ["y"]);
    expect(right.get("y")?.data).toEqual(new Float32Array(3000).fill(2));
    await expect(three.run(new Map(), 3000, ["y"])).rejects.toThrow(DataError);
    three.dispose();
  });

  test("that are under way when the scorer is disposed are answered; later ones throw", async () => {
    const shared = await sharedMemory();
    const want = (await compile(forestProgram(3), 1)).runSync(rowsOf(9000), 9000, ["y"]);
    // The workers' control block is taken once.
    const warm = await compile(forestProgram(3), 2);
    await warm.run(rowsOf(1000), 1000, ["y"]);
    warm.dispose();
    const before = shared.taken();
    const two = await compile(forestProgram(3), 2);
    const calls = [1, 2, 3].map(() => two.run(rowsOf(9000), 9000, ["y"]));
    two.dispose();
    two.dispose();
    expect(shared.taken()).toBeGreaterThan(before);
    await expect(two.run(rowsOf(9000), 9000, ["y"])).rejects.toThrow(OptionError);
    for (const call of calls) expect(await call).toEqual(want);
    expect(shared.taken()).toBe(before);
  });
});

describe("memory", () => {
  test("comes back when scorers are disposed, and is used again", async () => {
    const shared = await sharedMemory();
    const rounds = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const executable = await compile(forestProgram(3, 20 + (i % 40)), 2);
        await executable.run(rowsOf(i % 10 === 0 ? 600 : 3), i % 10 === 0 ? 600 : 3, ["y"]);
        executable.dispose();
      }
    };
    await rounds(50);
    const [taken, size] = [shared.taken(), shared.memory.buffer.byteLength];
    await rounds(1000);
    expect(shared.taken()).toBe(taken);
    // Gaps may be cut differently in between, but nothing piles up.
    expect(shared.memory.buffer.byteLength - size).toBeLessThan(2 ** 22);
  });
});

/** A Worker class that keeps the workers it started. */
function countedWorkers() {
  const started: Worker[] = [];
  class Counted extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      started.push(this);
    }
  }
  return { Counted, started };
}

/** What `new Worker` makes while `body` runs. */
async function withWorkers(make: typeof Worker, body: () => Promise<void>): Promise<void> {
  const builtin = process.getBuiltinModule;
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
    name === "node:worker_threads"
      ? { ...builtin("node:worker_threads"), Worker: make }
      : builtin(name)) as typeof builtin);
  await body();
}

describe("workers", () => {
  /** Modules of their own, so that there is a pool without workers. */
  const fresh = async () => {
    vi.resetModules();
    const { wasmBackend: backend } = await import("../wasm-backend.js");
    const { BackendUnavailableError: Unavailable } = await import("../../../errors.js");
    return { compile: (p: Program, threads: number) => backend.compile(p, wasmTarget(1000, threads)), Unavailable };
  };
  const want = async () => (await compile(forestProgram(3), 1)).runSync(rowsOf(3000), 3000, ["y"]);

  test("are not started before they are needed", async () => {
    const { Counted, started } = countedWorkers();
    await withWorkers(Counted, async () => {
      const { compile: compileFresh } = await fresh();
      const three = await compileFresh(forestProgram(3), 3);
      await three.run(rowsOf(256), 256, ["y"]);
      three.runSync(rowsOf(5000), 5000, ["y"]);
      expect(started).toHaveLength(0);
      await three.run(rowsOf(3000), 3000, ["y"]);
      await three.run(rowsOf(3000), 3000, ["y"]);
      expect(started).toHaveLength(2);
      // Fewer threads need no more workers, more do.
      await (await compileFresh(forestProgram(3), 2)).run(rowsOf(3000), 3000, ["y"]);
      expect(started).toHaveLength(2);
      const five = await compileFresh(forestProgram(3), 5);
      expect(await five.run(rowsOf(3000), 3000, ["y"])).toEqual(await want());
      expect(started).toHaveLength(4);
      await Promise.all(started.map((w) => w.terminate()));
    });
  });

  test("that end are an error, and the next call has others", async () => {
    const { Counted, started } = countedWorkers();
    await withWorkers(Counted, async () => {
      const { compile: compileFresh, Unavailable } = await fresh();
      const three = await compileFresh(forestProgram(3), 3);
      await three.run(rowsOf(3000), 3000, ["y"]);
      await started[1]!.terminate();
      const error = await three.run(rowsOf(3000), 3000, ["y"]).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Unavailable);
      expect(error).toMatchObject({ message: "a worker thread failed: it ended with code 1; compile with threads: 1" });
      for (let i = 0; i < 3; i++) expect(await three.run(rowsOf(3000), 3000, ["y"])).toEqual(await want());
      expect(started).toHaveLength(4);
      await Promise.all(started.map((w) => w.terminate()));
    });
  });

  test("that end in the middle of a call are an error, not a hang", async () => {
    const { Counted, started } = countedWorkers();
    await withWorkers(Counted, async () => {
      const { compile: compileFresh, Unavailable } = await fresh();
      const two = await compileFresh(forestProgram(3, 3000), 2);
      const n = 400_000;
      const x = new Map([["x", float32(new Float32Array(6 * n).fill(0.3), [n, 6])]]);
      await two.run(rowsOf(1000), 1000, ["y"]);
      const small = rowsOf(1000);
      const notify = Atomics.notify;
      let failed = 0;
      for (const moment of [2, 3, 5, 10, 50, 200]) {
        const worker = started.at(-1)!;
        let offers = 0;
        // Ended while it computes, or just after.
        const spy = vi.spyOn(Atomics, "notify").mockImplementation((...args) => {
          if (++offers === moment) void worker.terminate();
          return notify(...args);
        });
        const told = (e: unknown) => {
          expect(e).toBeInstanceOf(Unavailable);
          return undefined;
        };
        if ((await two.run(x, n, ["y"]).catch(told)) === undefined) failed++;
        else await two.run(small, 1000, ["y"]).catch(told);
        spy.mockRestore();
        expect(await two.run(small, 1000, ["y"])).toEqual(two.runSync(small, 1000, ["y"]));
      }
      console.log(`${failed} of 6 calls failed`);
      await Promise.all(started.map((w) => w.terminate()));
    });
  });

  test("that end inside a job are an error of that call", async () => {
    class Ending extends Worker {
      constructor(_: unknown, options: ConstructorParameters<typeof Worker>[1]) {
        super(new URL("./ending-worker.testing.js", import.meta.url), options);
      }
    }
    await withWorkers(Ending as unknown as typeof Worker, async () => {
      const { compile: compileFresh, Unavailable } = await fresh();
      const two = await compileFresh(forestProgram(3, 3000), 2);
      const n = 400_000;
      const x = new Map([["x", float32(new Float32Array(6 * n).fill(0.3), [n, 6])]]);
      const error = await two.run(x, n, ["y"]).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Unavailable);
      expect(error).toMatchObject({ message: "a worker thread failed: it ended with code 3; compile with threads: 1" });
    });
  });

  test("that cannot be started are an error", async () => {
    class Forbidden extends Worker {
      constructor() {
        throw new Error("Access to this API has been restricted");
        // biome-ignore lint/correctness/noUnreachable: TypeScript asks for it.
        super("");
      }
    }
    await withWorkers(Forbidden as unknown as typeof Worker, async () => {
      const { compile: compileFresh, Unavailable } = await fresh();
      const two = await compileFresh(forestProgram(3), 2);
      for (let i = 0; i < 2; i++) {
        const error = await two.run(rowsOf(3000), 3000, ["y"]).catch((e: unknown) => e);
        expect(error).toBeInstanceOf(Unavailable);
        expect(error).toMatchObject({
          message: "a worker thread failed: Access to this API has been restricted; compile with threads: 1",
        });
      }
      expect(two.runSync(rowsOf(3000), 3000, ["y"])).toEqual(await want());
    });
  });

  test("whose file is missing are an error", async () => {
    class Elsewhere extends Worker {
      constructor(_: unknown, options: ConstructorParameters<typeof Worker>[1]) {
        super(new URL("./no-such-worker.js", import.meta.url), options);
      }
    }
    await withWorkers(Elsewhere as unknown as typeof Worker, async () => {
      const { compile: compileFresh, Unavailable } = await fresh();
      const two = await compileFresh(forestProgram(3), 2);
      const error = await two.run(rowsOf(3000), 3000, ["y"]).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Unavailable);
      expect(String(error)).toContain("no-such-worker.js");
    });
  });

  test("do not keep a process that has its answer, and keep one that waits for it", () => {
    const script = `
      const { compile, load } = await import(${JSON.stringify(new URL("../../../index.ts", import.meta.url).href)});
      const model = await load(${JSON.stringify(fileURLToPath(new URL("../../../../test-models/onnx/digits-forest/model.onnx", import.meta.url)))});
      const scorer = await compile(model, { threads: 3 });
      const rows = 60000;
      const X = { data: Float32Array.from({ length: 64 * rows }, (_, i) => i % 17), shape: [rows, 64] };
      const { name } = scorer.inputs[0];
      for (let i = 0; i < 3; i++) await scorer.run({ [name]: X });
      process.on("exit", (code) => console.log("ended with", code));
      const last = await scorer.run({ [name]: X });
      console.log(Object.values(last)[0].data.length);`;
    const root = fileURLToPath(new URL("../../../../", import.meta.url));
    const args = ["--disallow-code-generation-from-strings", "--import", "tsx", "--input-type=module", "-e", script];
    const printed = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", timeout: 60_000 });
    expect(printed.trim().split("\n")).toEqual(["60000", "ended with 0"]);
  });
});

describe("where there can be none", () => {
  test("without shared memory there is one thread, and it is said why", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    try {
      const two = await compile(forestProgram(3), 2);
      expect(two.threads).toBe(1);
      expect(two.notes).toEqual([
        "one thread: there is no shared memory here; a page must be cross-origin isolated (Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp)",
      ]);
      const got = await two.run(rowsOf(3000), 3000, ["y"]);
      expect(got).toEqual((await compile(forestProgram(3), 1)).runSync(rowsOf(3000), 3000, ["y"]));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("where the whole batch is mixed on the host, or rows stand apart, there is one thread", async () => {
    const b = createBuilder();
    const x = b.input("x", { dtype: "float32", shape: [N, 6] });
    const mean = await compile(b.finish([{ name: "y", value: b.op("reduceMax", [x], { axes: [0] }) }]), 2);
    expect([mean.threads, mean.notes?.at(-1)]).toEqual([1, "one thread: the whole model runs on the host"]);
    const c = createBuilder();
    const z = c.input("x", { dtype: "float32", shape: [N, 6] });
    const turned = c.op("transpose", [c.op("neg", [z], {})], { perm: [1, 0] });
    const apart = await compile(c.finish([{ name: "y", value: turned }]), 2);
    expect([apart.threads, apart.notes?.at(-1)]).toEqual([
      1,
      "one thread: the rows of an input or output do not stand one after another",
    ]);
    const y = (await apart.run(rowsOf(6000), 6000, ["y"])).get("y");
    expect(y).toEqual(apart.runSync(rowsOf(6000), 6000, ["y"]).get("y"));
  });
});
