/** Models that look strings up, as graphs that TF.js runs alone: its hash tables find the categories. */

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareNumbers, rtol, toleranceFor } from "../../../test-models/compare.js";
import { type FixtureSet, fixtureInputs, fixtureNames, loadFixture } from "../../../test-models/fixtures.js";
import { convert } from "../../convert.js";
import { UnsupportedError } from "../../errors.js";
import type { Tensor } from "../../ir/tensor.js";
import { load } from "../../load.js";
import type { OutputMetadata } from "./signature.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "calypte-tfjs-text-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Printed {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly string[];
}

const script = fileURLToPath(new URL("./run-folder.testing.mjs", import.meta.url));

async function runAlone(device: string, feeds: ReadonlyMap<string, Tensor>, nodes: readonly string[]) {
  const written = [...feeds].map(([name, t]) => {
    const data = Array.from(t.data as ArrayLike<unknown>, (v) => (Object.is(v, -0) ? "-0" : String(v)));
    return [name, { dtype: t.dtype, shape: t.shape, data }];
  });
  await writeFile(join(folder, "feeds.json"), JSON.stringify({ feeds: Object.fromEntries(written), nodes }));
  const { stdout } = await promisify(execFile)("node", [script, folder, device, join(folder, "feeds.json")], {
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout) as { readonly executed: readonly Printed[] };
}

/** Fixtures whose texts are looked up and no more. */
const lookedUp = [
  "columns-logistic",
  "ordinal-tree",
  "label-encoder",
  "table-bins-forest",
  "table-target-boosting",
  "table-pca-logistic",
] as const;

describe.each(lookedUp)("%s", (name) => {
  test.each(["cpu", "wasm"])("on %s", async (device) => {
    const fixture = loadFixture(name);
    const files = await convert(await load(fixture.model), { target: "tfjs" });
    for (const [path, bytes] of files) await writeFile(join(folder, path), bytes);
    const { userDefinedMetadata } = JSON.parse(new TextDecoder().decode(files.get("model.json")));
    expect(userDefinedMetadata.calypte.asynchronous).toBe(true);
    const outputs: readonly OutputMetadata[] = userDefinedMetadata.calypte.outputs;
    const check = async (set: FixtureSet): Promise<void> => {
      const nodes = fixture.outputs.map((o) => outputs.find((m) => m.name === o.name)?.node ?? "");
      const { executed } = await runAlone(device, fixtureInputs(fixture, set), nodes);
      for (const [i, output] of fixture.outputs.entries()) {
        const got = executed[i];
        const want = fixture.answer(set.file[output.name] ?? "");
        if (got === undefined) throw new Error(`no ${output.name}`);
        const labels = outputs.find((m) => m.name === output.name)?.labels;
        if (labels !== undefined) {
          expect(got.data.map((v) => labels.values[Number(v)])).toEqual(Array.from(want.data as string[]));
          continue;
        }
        const values = { shape: got.shape, data: Float32Array.from(got.data, Number) };
        expect(compareNumbers(values, want, toleranceFor(fixture, output.role, rtol.tfjs)).first).toBeUndefined();
      }
    };
    for (const set of fixture.sets) await check(set);
  });
});

test("each fixture that takes text is converted, or refused with what to cut off", async () => {
  const taken: string[] = [];
  const outcomes = await Promise.all(
    fixtureNames()
      .filter((name) => loadFixture(name).inputs.some(({ dtype }) => dtype === "string"))
      .map(async (name) => {
        taken.push(name);
        try {
          await convert(await load(loadFixture(name).model), { target: "tfjs" });
          return "converted";
        } catch (error) {
          if (!(error instanceof UnsupportedError)) throw error;
          expect(error.message, name).toMatch(
            /TF\.js has no operator for \w+: .*; cut node .* off the model, and convert the rest with their results as inputs$/,
          );
          return "refused";
        }
      }),
  );
  expect(taken.filter((_, i) => outcomes[i] === "converted")).toEqual([...lookedUp].sort());
  expect(outcomes.filter((outcome) => outcome === "refused").length).toBe(12);
});

test("a model that looks into texts is refused, naming what to cut off", async () => {
  const converted = async () => convert(await load(loadFixture("table-text-logistic").model), { target: "tfjs" });
  await expect(converted).rejects.toThrow(UnsupportedError);
  await expect(converted).rejects.toThrow(
    'node "StringNormalizer" (ai.onnx:StringNormalizer): TF.js has no operator for changeCase: its graphs look texts up, and do no more with them; ' +
      'cut node "StringNormalizer" (ai.onnx:StringNormalizer), node "TfIdfVectorizer" (ai.onnx:TfIdfVectorizer) off the model',
  );
});
