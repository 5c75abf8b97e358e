/** SavedModels of real models: loaded and run by tfjs-node where it is installed, and complete in every attribute. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareNumbers, rtol, toleranceFor } from "../../../test-models/compare.js";
import { fixtureInputs, loadFixture } from "../../../test-models/fixtures.js";
import { dozen } from "../../../test-models/tiers.js";
import { hasTfjsNode } from "../../backends/tfjs/tfjs-node.testing.js";
import { convert } from "../../convert.js";
import { OptionError, UnsupportedError } from "../../errors.js";
import type { Tensor } from "../../ir/tensor.js";
import { load } from "../../load.js";
import { save } from "../../save.js";
import { withTypes } from "./node-attributes.js";

interface TfTensor {
  readonly shape: number[];
  dataSync(): Float32Array;
}

/** What this test needs of tfjs-node, which is no dependency and so has no types here. */
interface TfjsNode {
  tensor(data: unknown, shape: readonly number[], dtype: string): TfTensor;
  readonly node: {
    loadSavedModel(path: string): Promise<{
      predict(inputs: Readonly<Record<string, TfTensor>>): Readonly<Record<string, TfTensor>>;
      dispose(): void;
    }>;
  };
}

describe.skipIf(!hasTfjsNode)("SavedModels in tfjs-node", () => {
  test.each(dozen)("%s", async (name) => {
    const packageName = "@tensorflow/tfjs-node";
    const tf = (await import(packageName)) as TfjsNode;
    const fixture = loadFixture(name);
    const folder = mkdtempSync(join(tmpdir(), "calypte-savedmodel-"));
    try {
      await save(await convert(await load(fixture.model), { target: "savedmodel" }), join(folder, "model"));
      const model = await tf.node.loadSavedModel(join(folder, "model"));
      for (const set of fixture.sets) {
        const feeds = [...fixtureInputs(fixture, set)].map(([key, t]) => [key, tf.tensor(t.data, t.shape, t.dtype)]);
        const got = model.predict(Object.fromEntries(feeds));
        for (const output of fixture.outputs) {
          const found = got[output.name];
          // Labels are indices there; calypte.json has what they stand for. Denormals count as zero in libtensorflow.
          if (output.role === "label" || set.name === "edges") continue;
          const want = fixture.answer(set.file[output.name] ?? "");
          if (found === undefined) throw new Error(`${name}: no output ${output.name}`);
          const answer = { data: found.dataSync(), shape: found.shape } as Pick<Tensor, "data" | "shape">;
          const difference = compareNumbers(answer as never, want, toleranceFor(fixture, output.role, rtol.tfjs));
          expect.soft(difference.first, `${name}/${set.name} ${output.name}`).toBeUndefined();
        }
      }
      model.dispose();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("says what the outputs mean beside the graph", async () => {
  const files = await convert(await load(loadFixture("iris-tree").model), { target: "savedmodel" });
  expect([...files.keys()]).toEqual(["saved_model.pb", "calypte.json"]);
  const described = JSON.parse(new TextDecoder().decode(files.get("calypte.json"))) as {
    outputs: { name: string; labels?: { values: unknown[] } }[];
  };
  expect(described.outputs.find((o) => o.labels !== undefined)?.labels?.values).toEqual(["0", "1", "2"]);
});

// XLA evaluates running sums of ones while it compiles, for minutes where the batch has 10,000 rows.
test("numbers rows by Range, not by running sums", async () => {
  const model = await load(loadFixture("cancer-forest").model);
  const files = await convert(model, { target: "savedmodel", strategy: "tree-traversal" });
  const graph = new TextDecoder("latin1").decode(files.get("saved_model.pb"));
  expect(graph).toContain("Range");
  expect(graph).not.toContain("Cumsum");
});

test("refuses text by the name of its input", async () => {
  const model = await load(loadFixture("columns-logistic").model);
  const converted = async () => convert(model, { target: "savedmodel" });
  await expect(converted).rejects.toThrow(UnsupportedError);
  await expect(converted).rejects.toThrow(/input "city": a SavedModel of calypte takes numbers, not text/);
});

test("refuses a device", async () => {
  const model = await load(loadFixture("iris-tree").model);
  await expect(convert(model, { target: "savedmodel", device: "webgpu" })).rejects.toThrow(OptionError);
});

test("gives nodes the element types of their arguments", () => {
  const shape = { dim: [] };
  const nodes = withTypes([
    { name: "x", op: "Placeholder", attr: { dtype: { type: "DT_FLOAT" }, shape: { shape } } },
    { name: "less", op: "Less", input: ["x", "x"], attr: {} },
    { name: "number", op: "Cast", input: ["less"], attr: { DstT: { type: "DT_INT32" } } },
    { name: "picked", op: "SelectV2", input: ["less", "number", "number"], attr: {} },
    { name: "sum", op: "AddV2", input: ["picked", "number"], attr: {} },
  ]);
  expect(nodes.map((n) => n.attr["T"] ?? n.attr["SrcT"])).toEqual([
    undefined,
    { type: "DT_FLOAT" },
    { type: "DT_BOOL" },
    { type: "DT_INT32" },
    { type: "DT_INT32" },
  ]);
});
