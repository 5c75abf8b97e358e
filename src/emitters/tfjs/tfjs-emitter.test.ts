import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { perfectTreeTraversal } from "../../../strategies/perfect-tree-traversal.js";
import { InternalError, OptionError, UnsupportedError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import { buildForest } from "../../ir/forest-builder.js";
import type { Program } from "../../ir/program.js";
import { bool, float32, int32, scalar } from "../../ir/tensor.js";
import { lowerForests } from "../../passes/lower-forests.js";
import { emitGraph } from "./emit.js";
import { devices } from "./formulation.js";
import { emitTfjs, tfjsEmitter } from "./tfjs-emitter.js";

const provenance = { format: "onnx", producer: "skl2onnx 1.20", strategy: "perfect-tree-traversal", calypte: "0.1.0" };

/** Two stumps on x0 <= 0.5 and x1 < -1 with NaN to the right, two outputs. */
const stumps = buildForest(
  {
    nFeatures: 2,
    nOutputs: 2,
    compare: "float32",
    sum: "float32",
    aggregate: "sum",
    tree: [0, 0, 0, 1, 1, 1],
    id: [0, 1, 2, 0, 1, 2],
    mode: [1, 0, 0, 1, 0, 0],
    feature: [0, 0, 0, 1, 0, 0],
    threshold: [0.5, 0, 0, -1, 0, 0],
    trueId: [1, 0, 0, 1, 0, 0],
    falseId: [2, 0, 0, 2, 0, 0],
    missingTrue: [0, 0, 0, 0, 0, 0],
    voteTree: [0, 0, 1, 1],
    voteId: [1, 2, 1, 2],
    voteTarget: [0, 1, 1, 0],
    voteValue: [1, 2, 4, 8],
  },
  "onnx",
  "test",
);

/** Scores, and the label that the larger one names. */
function classifier(device: string): Program {
  const target = tfjsEmitter.target({ device, batchHint: 100 });
  const b = createBuilder();
  const x = b.input("X", { dtype: "float32", shape: [N, 2] });
  b.setOrigin('node "forest"');
  const scores = b.op("forest", [x], { forest: stumps });
  const labels = b.constant(int32([0, 1]), { dtype: "string", values: ["no", "yes"] });
  const label = b.op("gather", [labels, b.op("argMax", [scores], { axis: 1, last: false })], { axis: 0 });
  const program = b.finish([
    { name: "label", value: label, role: "label" },
    { name: "scores", value: scores, role: "probabilities" },
    { name: "raw", value: scores, role: "rawScore", extra: true },
  ]);
  return lowerForests(program, target, [perfectTreeTraversal], "perfect-tree-traversal").program;
}

const emitted = (program: Program, device: string): ReadonlyMap<string, Uint8Array> =>
  emitTfjs(program, tfjsEmitter.target({ device, batchHint: 100 }), provenance);

interface ModelJson {
  readonly format: string;
  readonly generatedBy: string;
  readonly modelTopology: { readonly node: readonly { name: string; op: string; input?: string[] }[] };
  readonly signature: { readonly inputs: object; readonly outputs: object };
  readonly weightsManifest: unknown;
  readonly userDefinedMetadata: unknown;
}

const modelJson = (files: ReadonlyMap<string, Uint8Array>): ModelJson =>
  JSON.parse(new TextDecoder().decode(files.get("model.json")));

describe("model.json", () => {
  test("the topology of a small forest", () => {
    const { modelTopology } = modelJson(emitted(classifier("wasm"), "wasm"));
    const lines = modelTopology.node.map((n) =>
      n.op === "Const" ? `${n.name}` : `${n.name}: ${n.op}(${(n.input ?? []).join(", ")})`,
    );
    expect(lines).toMatchSnapshot();
  });

  test("signature, labels, roles and provenance", () => {
    const json = modelJson(emitted(classifier("portable"), "portable"));
    expect(json.format).toBe("graph-model");
    expect(json.generatedBy).toBe("calypte 0.1.0");
    expect(json.signature).toEqual({
      inputs: { X: { name: "X:0", dtype: "DT_FLOAT", tensorShape: { dim: [{ size: "-1" }, { size: "2" }] } } },
      outputs: {
        label: { name: "label:0", dtype: "DT_INT32", tensorShape: { dim: [{ size: "-1" }] } },
        scores: { name: "scores:0", dtype: "DT_FLOAT", tensorShape: { dim: [{ size: "-1" }, { size: "2" }] } },
      },
    });
    expect(json.userDefinedMetadata).toEqual({
      calypte: {
        version: "0.1.0",
        format: "onnx",
        producer: "skl2onnx 1.20",
        strategy: "perfect-tree-traversal",
        device: "portable",
        outputs: [
          { name: "label", node: "label", role: "label", labels: { dtype: "string", values: ["no", "yes"] } },
          { name: "scores", node: "scores", role: "probabilities" },
          { name: "raw", node: "raw", role: "rawScore", extra: true },
        ],
      },
      structuredOutputKeys: ["label", "scores"],
    });
  });

  test("equal constants are stored once, and shards are cut at 4 MB", () => {
    const b = createBuilder();
    const x = b.input("x", { dtype: "float32", shape: [N, 1] });
    const big = Float32Array.from({ length: 1_300_000 }, (_, i) => i);
    const sum = b.op("add", [b.op("add", [x, b.constant(float32(big))]), b.constant(float32(big))]);
    const files = emitted(b.finish([{ name: "y", value: sum }]), "cpu");
    expect([...files].map(([name, bytes]) => [name, bytes.length]).slice(1)).toEqual([
      ["group1-shard1of2.bin", 4 * 1024 * 1024],
      ["group1-shard2of2.bin", 1_300_000 * 4 - 4 * 1024 * 1024],
    ]);
    const { weightsManifest } = modelJson(files);
    expect(weightsManifest).toEqual([
      {
        paths: ["group1-shard1of2.bin", "group1-shard2of2.bin"],
        weights: [{ name: "Const_0", shape: [1_300_000], dtype: "float32" }],
      },
    ]);
  });

  test("bool weights take a byte, and numbers are little endian", () => {
    const b = createBuilder();
    const x = b.input("x", { dtype: "bool", shape: [N, 3] });
    const y = b.input("k", { dtype: "int32", shape: [N, 1] });
    const program = b.finish([
      { name: "a", value: b.op("and", [x, b.constant(bool([1, 0, 1]))]) },
      { name: "b", value: b.op("add", [y, b.constant(int32([258]))]) },
    ]);
    const files = emitted(program, "cpu");
    expect([...(files.get("group1-shard1of1.bin") ?? [])]).toEqual([1, 0, 1, 2, 1, 0, 0]);
  });

  test("names that TensorFlow has no word for get nodes of other names", () => {
    const b = createBuilder();
    const inputs = ["__proto__", "a b", "input_0", "ok", "ok:0"].map((name) =>
      b.input(name, { dtype: "float32", shape: [N] }),
    );
    const outputs = inputs.map((value, i) => ({ name: ["ok", "constructor", "0", "é", "y"][i] ?? "", value }));
    const { inputs: ins, outputs: outs } = emitGraph(b.finish(outputs), "cpu");
    const names = [...ins, ...outs].map((r) => r.name);
    expect(names).toEqual([
      "input_0_1",
      "input_1",
      "input_0",
      "ok",
      "input_4",
      "output_0",
      "output_1",
      "output_2",
      "output_3",
      "y",
    ]);
    const json = modelJson(emitted(b.finish(outputs), "cpu"));
    expect(Object.keys(json.signature.inputs).sort()).toEqual(["__proto__", "a b", "input_0", "ok", "ok:0"]);
  });
});

describe("refusals", () => {
  test("an unlowered forest, text, an unnarrowed type, a rank of 7, and rows that nothing counts", () => {
    const b = createBuilder();
    b.setOrigin('node "trees"');
    const x = b.input("x", { dtype: "float32", shape: [N, 2] });
    const forest = b.finish([{ name: "y", value: b.op("forest", [x], { forest: stumps }) }]);
    expect(() => emitGraph(forest, "cpu")).toThrow(UnsupportedError);
    expect(() => emitGraph(forest, "cpu")).toThrow(/node "trees": TF.js cannot run forest: .* strategy/);

    const c = createBuilder();
    const text = c.input("city", { dtype: "string", shape: [N] });
    const read = c.finish([{ name: "y", value: c.op("changeCase", [text], { to: "lower" }) }]);
    expect(() => emitGraph(read, "cpu")).toThrow(/TF.js has no operator for changeCase.*cut changeCase off the model/);

    const d = createBuilder();
    const wide = d.finish([{ name: "y", value: d.input("x", { dtype: "float64", shape: [N] }) }]);
    expect(() => emitGraph(wide, "cpu")).toThrow(InternalError);

    const e = createBuilder();
    const deep = e.op("reshape", [e.input("x", { dtype: "float32", shape: [N] })], { shape: [N, 1, 1, 1, 1, 1, 1] });
    expect(() => emitGraph(e.finish([{ name: "y", value: deep }]), "cpu")).toThrow(/rank 6 at most/);

    const f = createBuilder();
    const rows = f.finish([{ name: "y", value: f.op("iota", [], { axis: 0, shape: [N], dtype: "int32" }) }]);
    expect(() => emitGraph(rows, "cpu")).toThrow(/no input has rows/);
  });

  test("more than 2^24 elements that no block of rows can cut, on webgl only", () => {
    const b = createBuilder();
    const x = b.input("x", { dtype: "float32", shape: [N, 1] });
    const wide = (size: number) =>
      b.finish([
        { name: "y", value: b.op("reduceSum", [b.op("broadcastTo", [x], { shape: [N, size] })], { axes: [1] }) },
      ]);
    emitGraph(wide(2 ** 24), "webgl");
    expect(() => emitGraph(wide(2 ** 24 + 1), "webgl")).toThrow(/WebGL finds elements exactly only up to 2\^24/);
    emitGraph(wide(2 ** 24 + 1), "cpu");
  });
  test("integers beyond 2^24 on webgl only", () => {
    const b = createBuilder();
    b.setOrigin('node "hash"');
    const x = b.input("x", { dtype: "int32", shape: [N] });
    const program = b.finish([{ name: "y", value: b.op("add", [x, b.constant(scalar("int32", 2 ** 24 + 1))]) }]);
    expect(() => emitGraph(program, "webgl")).toThrow(/WebGL holds integers exactly only up to 2\^24/);
    for (const device of devices) if (device !== "webgl") emitGraph(program, device);
  });

  test("remainders of floats where WebGL may run them; of integers nowhere", () => {
    const remainder = (dtype: "float32" | "int32", fmod: boolean) => {
      const b = createBuilder();
      b.setOrigin('node "wrap"');
      const x = b.input("x", { dtype, shape: [N] });
      return b.finish([{ name: "y", value: b.op("mod", [x, b.constant(scalar(dtype, 3))], { fmod }) }]);
    };
    for (const fmod of [false, true]) {
      for (const device of devices) {
        emitGraph(remainder("int32", fmod), device);
        const floats = () => emitGraph(remainder("float32", fmod), device);
        if (device === "webgl" || device === "portable") {
          expect(floats).toThrow(UnsupportedError);
          expect(floats).toThrow(
            /node "wrap": TF.js cannot run mod of floats exactly on .*WebGL.*; use the device wasm/,
          );
        } else floats();
      }
    }
  });

  test("an unknown device", () => {
    expect(() => tfjsEmitter.target({ device: "tpu", batchHint: 1 })).toThrow(OptionError);
  });
});

test("a process with TF.js and without calypte loads the folder and gives the same numbers", async () => {
  const folder = await mkdtemp(join(tmpdir(), "calypte-tfjs-"));
  try {
    const rows = [0.5, -1, 0.50000006, -1.0000001, Number.NaN, Number.NaN, -Infinity, Infinity, -0, 0];
    const want = {
      label: { dtype: "int32", shape: [5], data: ["1", "1", "0", "0", "0"] },
      scores: { dtype: "float32", shape: [5, 2], data: ["1", "4", "0", "6", "8", "2", "9", "0", "9", "0"] },
    };
    for (const device of ["cpu", "wasm"]) {
      for (const written of [device, "portable"]) {
        for (const [name, bytes] of emitted(classifier(written), written)) await writeFile(join(folder, name), bytes);
        const feeds = { X: { dtype: "float32", shape: [5, 2], data: rows.map(String) } };
        await writeFile(join(folder, "feeds.json"), JSON.stringify({ feeds, nodes: ["raw"] }));
        const script = fileURLToPath(new URL("./run-folder.testing.mjs", import.meta.url));
        const { stdout } = await promisify(execFile)("node", [script, folder, device, join(folder, "feeds.json")]);
        const { predicted, executed, metadata } = JSON.parse(stdout);
        expect(predicted).toEqual(want);
        expect(executed).toEqual([want.scores]);
        expect(metadata.calypte.outputs[0].labels.values).toEqual(["no", "yes"]);
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an empty tensor is emitted without a kernel", () => {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 2] });
  const none = b.op("slice", [x], { axis: 1, start: 1, end: 1, step: 1 });
  const joined = b.op("concat", [none, x], { axis: 1 });
  const { graph } = emitGraph(b.finish([{ name: "y", value: joined }]), "cpu");
  expect(graph.nodes.map((n) => n.op)).not.toContain("ConcatV2");
});
