/** The wasm backend as compile() uses it: what runs where, what is asked for, errors, memory, and its absence. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { BackendUnavailableError, DataError, OptionError, ShapeError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import type { Program } from "../../ir/program.js";
import { float32, int32, scalar, strings, type Tensor } from "../../ir/tensor.js";
import { referenceBackend, referenceTarget } from "../reference/reference-backend.js";
import { grownForest } from "./forests/forests.testing.js";
import { partition } from "./partition.js";
import { wasmTarget } from "./target.js";
import { wasmBackend } from "./wasm-backend.js";

const compile = (program: Program) => wasmBackend.compile(program, wasmTarget(100));

/** Text is looked up before the module, a sum made there, and a mean over the batch taken from it after. */
function mixed(): Program {
  const b = createBuilder();
  const city = b.input("city", { dtype: "string", shape: [N, 1] });
  const x = b.input("x", { dtype: "float32", shape: [N, 1] });
  b.setOrigin('node "encode"');
  const code = b.op("indexOf", [city], { keys: strings(["a", "b"]) });
  b.setOrigin('node "trees"');
  const both = b.op("concat", [b.op("cast", [code], { to: "float32" }), x], { axis: 1 });
  const raw = b.op("forest", [both], { forest: grownForest({ trees: 2, features: 2, leaves: 4 }) });
  b.setOrigin('node "largest"');
  const most = b.op("reduceMax", [raw], { axes: [0] });
  return b.finish([
    { name: "raw", value: raw },
    { name: "share", value: b.op("sub", [raw, most]) },
    { name: "city", value: city },
  ]);
}

/** The numbers of an output. */
function numbersIn(answers: ReadonlyMap<string, Tensor>, name: string): number[] {
  const found = answers.get(name);
  if (!(found?.data instanceof Float32Array)) throw new Error(`${name} is not float32`);
  return [...found.data];
}

describe("parts", () => {
  test("what has no kernel runs before or after, and is named", () => {
    const parts = partition(mixed());
    expect(parts.before?.instructions.map((i) => i.op)).toEqual(["indexOf"]);
    expect(parts.module?.instructions.map((i) => i.op)).toEqual(["cast", "concat", "forest"]);
    expect(parts.after?.instructions.map((i) => i.op)).toEqual(["reduceMax", "sub"]);
    expect(parts.notes).toEqual([
      'indexOf of node "encode" runs on the host: string does not run in WebAssembly',
      'reduceMax of node "largest" runs on the host: it mixes rows',
    ]);
  });

  test("answer together", async () => {
    const executable = await compile(mixed());
    expect(executable.notes).toHaveLength(2);
    const inputs = new Map<string, Tensor>([
      ["city", strings(["a", "b", "c"], [3, 1])],
      ["x", float32([0.1, 0.5, 0.9], [3, 1])],
    ]);
    const got = executable.runSync(inputs, 3, ["share", "city", "raw"]);
    expect([...got.keys()]).toEqual(["share", "city", "raw"]);
    expect(got.get("city")?.data).toEqual(["a", "b", "c"]);
    const raw = numbersIn(got, "raw");
    expect(numbersIn(got, "share")).toEqual(raw.map((v) => Math.fround(v - Math.max(...raw))));
  });

  test("a Program without work for the module runs on the host whole", async () => {
    const b = createBuilder();
    const executable = await compile(b.finish([{ name: "y", value: b.input("x", { dtype: "string", shape: [N] }) }]));
    expect(executable.notes).toEqual(["the whole model runs on the host"]);
    expect(executable.runSync(new Map([["x", strings(["a"])]]), 1, ["y"]).get("y")?.data).toEqual(["a"]);
  });
});

/** y = 2x, and the extra output x². */
function doubling(): Program {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 2] });
  return b.finish([
    { name: "y", value: b.op("mul", [x, b.constant(scalar("float32", 2))]) },
    { name: "@rawScore", value: b.op("mul", [x, x]), extra: true },
  ]);
}
const rows = (n: number): ReadonlyMap<string, Tensor> =>
  new Map([
    [
      "x",
      float32(
        Float32Array.from({ length: 2 * n }, (_, i) => i),
        [n, 2],
      ),
    ],
  ]);

test("an open width is whatever comes, each in an image of its own", async () => {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, "?"] });
  const raw = b.op("forest", [x], { forest: grownForest({ trees: 3, features: 2, leaves: 5 }) });
  const program = b.finish([
    { name: "y", value: b.op("add", [raw, b.op("reduceSum", [b.op("mul", [x, x])], { axes: [] })]) },
  ]);
  const executable = await compile(program);
  expect(executable.notes).toEqual([
    "the file leaves the width of x open: the module is prepared for each width that comes",
  ]);
  const reference = await referenceBackend.compile(program, referenceTarget(100));
  for (const width of [2, 3, 7, 2, 4, 5, 6, 3]) {
    for (const n of [3, 0, 5]) {
      const inputs = new Map([
        [
          "x",
          float32(
            Float32Array.from({ length: n * width }, (_, i) => (i % 9) / 9),
            [n, width],
          ),
        ],
      ]);
      expect(executable.runSync(inputs, n, ["y"])).toEqual(reference.runSync(inputs, n, ["y"]));
    }
  }
  expect(() => executable.runSync(new Map([["x", float32([1], [1, 1])]]), 1, ["y"])).toThrow(ShapeError);
  executable.dispose();
  expect(() => executable.runSync(new Map(), 0, ["y"])).toThrow(OptionError);
});

describe("executables", () => {
  test("compute what is asked for, and extra outputs when asked", async () => {
    const executable = await compile(doubling());
    expect(
      [...executable.runSync(rows(2), 2, ["y"])].map(([name, t]) => [name, [...(t.data as Float32Array)]]),
    ).toEqual([["y", [0, 2, 4, 6]]]);
    const both = await executable.run(rows(2), 2, ["@rawScore", "y"]);
    expect([...both.keys()]).toEqual(["@rawScore", "y"]);
    expect(numbersIn(both, "@rawScore")).toEqual([0, 1, 4, 9]);
  });

  test("answers own their memory", async () => {
    const executable = await compile(doubling());
    const first = executable.runSync(rows(1), 1, ["y"]);
    executable.runSync(new Map([["x", float32([7, 7], [1, 2])]]), 1, ["y"]);
    expect(numbersIn(first, "y")).toEqual([0, 2]);
  });

  test("take 100,000 rows in blocks", async () => {
    const y = numbersIn((await compile(doubling())).runSync(rows(100_000), 100_000, ["y"]), "y");
    expect(y.every((v, i) => v === Math.fround(2 * Math.fround(i)))).toBe(true);
  });

  test("refuse inputs that do not fit", async () => {
    const executable = await compile(doubling());
    expect(() => executable.runSync(new Map(), 1, ["y"])).toThrow(DataError);
    expect(() => executable.runSync(rows(3), 2, ["y"])).toThrow(
      new ShapeError("input x: expected float32[N, 2] with N = 2, got float32[3, 2]"),
    );
    expect(() => executable.runSync(rows(1), -1, ["y"])).toThrow(DataError);
  });

  test("an index out of range is the reference's error", async () => {
    const b = createBuilder();
    const k = b.input("k", { dtype: "int32", shape: [N] });
    const program = b.finish([{ name: "y", value: b.op("gather", [b.constant(float32([1, 2])), k], { axis: 0 }) }]);
    const executable = await compile(program);
    expect(numbersIn(executable.runSync(new Map([["k", int32([1, 0])]]), 2, ["y"]), "y")).toEqual([2, 1]);
    expect(() => executable.runSync(new Map([["k", int32([1, 2])]]), 2, ["y"])).toThrow(
      "gather: index 2 is not in [0, 2)",
    );
    expect(() => executable.runSync(new Map([["k", int32([-1])]]), 1, ["y"])).toThrow(
      "gather: index -1 is not in [0, 2)",
    );
  });

  test("throw after dispose", async () => {
    const executable = await compile(doubling());
    executable.dispose();
    expect(() => executable.runSync(rows(1), 1, ["y"])).toThrow(OptionError);
    await expect(executable.run(rows(1), 1, ["y"])).rejects.toThrow(OptionError);
  });

  test("thousands of them, made, run and disposed, leave no memory behind", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const rounds = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i++) {
        const executable = await compile(doubling());
        executable.runSync(rows(1), 1, ["y"]);
        executable.dispose();
      }
      collect();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return process.memoryUsage().rss;
    };
    const before = await rounds(200);
    // Each has at least 128 KB of memory of its own: 2,000 that stayed would be 256 MB.
    expect((await rounds(2000)) - before).toBeLessThan(128 * 2 ** 20);
  });
});

describe("where it cannot run", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test("another device is refused", async () => {
    await expect(wasmBackend.probe({ device: "webgl", batchHint: 1 })).rejects.toThrow(OptionError);
  });

  test("engines without WebAssembly or its vectors are told apart", async () => {
    const { wasmBackend: fresh } = await import("./wasm-backend.js");
    vi.stubGlobal("WebAssembly", undefined);
    await expect(fresh.probe({ batchHint: 1 })).rejects.toThrow("this engine has no WebAssembly");
    vi.stubGlobal("WebAssembly", { validate: () => false });
    await expect(fresh.probe({ batchHint: 1 })).rejects.toThrow("no 128-bit vectors");
    vi.resetModules();
    const { kernelModule } = await import("./kernel-module.js");
    // Node compiles by the constructor.
    class Module {
      constructor() {
        throw new Error("blocked by CSP");
      }
    }
    vi.stubGlobal("WebAssembly", { validate: () => true, Module });
    await expect(kernelModule()).rejects.toThrow("'wasm-unsafe-eval'");
    await expect(kernelModule()).rejects.toThrow(/blocked by CSP/);
    expect(BackendUnavailableError.name).toBe("BackendUnavailableError");
  });

  test("node --disallow-code-generation-from-strings does not mind", () => {
    const script = `
      const { wasmBackend } = await import(${JSON.stringify(new URL("wasm-backend.ts", import.meta.url).href)});
      const target = await wasmBackend.probe({ batchHint: 1 });
      console.log(target.backend);`;
    const root = fileURLToPath(new URL("../../../", import.meta.url));
    const args = ["--disallow-code-generation-from-strings", "--import", "tsx", "--input-type=module", "-e", script];
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }).trim()).toBe("wasm");
  });
});
