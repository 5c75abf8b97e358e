/** Fused graphs, saved and run by a process that has TF.js and `calypte/tfjs` and no compiler; what damaged ones end in. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { dozen } from "../test-models/tiers.js";
import { compile } from "./compile.js";
import { convert } from "./convert.js";
import { OptionError } from "./errors.js";
import { load } from "./load.js";
import { save } from "./save.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const runner = join(import.meta.dirname, "emitters/tfjs/run-folder.testing.mjs");
const modelOf = (name: string) => load(join(root, "test-models/onnx", name, "model.onnx"));

/** Numbers of every size, with NaN and infinities among them, the same each time. */
function values(length: number): Float32Array {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 0.5, 1];
  return Float32Array.from({ length }, (_, i) =>
    i % 11 === 0 ? special[(i / 11) % special.length]! : ((i * 2654435761) % 1000) / 10 ** (i % 4),
  );
}

describe.each(["cpu", "wasm"])("fused graphs on %s", (device) => {
  test.each(dozen)(
    "%s",
    async (name) => {
      const model = await modelOf(name);
      const folder = await mkdtemp(join(tmpdir(), "calypte-fused-"));
      try {
        await save(await convert(model, { target: "tfjs", fused: true }), join(folder, "model"));
        const json = await readFile(join(folder, "model/model.json"), "utf8");
        expect(json).toContain('"CalypteForest"');
        const { signature } = JSON.parse(json);
        const inputs = Object.entries<{ tensorShape: { dim: { size: string }[] } }>(signature.inputs);
        const n = 300;
        const feeds = Object.fromEntries(
          inputs.map(([input, { tensorShape }]) => {
            const shape = [n, Number(tensorShape.dim[1]?.size)];
            return [input, { dtype: "float32", shape, data: values(n * (shape[1] ?? 1)) }];
          }),
        );
        const texts = Object.entries(feeds).map(([k, f]) => [k, { ...f, data: Array.from(f.data, String) }]);
        const nodes = Object.values<{ name: string }>(signature.outputs).map((o) => o.name);
        await writeFile(join(folder, "feeds.json"), JSON.stringify({ feeds: Object.fromEntries(texts), nodes }));
        const { stdout } = await run("npx", [
          "tsx",
          "--import",
          join(root, "src/tfjs.ts"),
          runner,
          join(folder, "model"),
          device,
          join(folder, "feeds.json"),
        ]);
        const { executed } = JSON.parse(stdout) as { executed: { data: string[] }[] };
        const scorer = await compile(model, { backend: "wasm" });
        const want = await scorer.run(feeds);
        for (const [i, output] of Object.keys(signature.outputs).entries()) {
          const tensor = want[output];
          if (tensor === undefined || typeof tensor.data[0] === "string") continue;
          const got = executed[i]?.data.map(Number) ?? [];
          expect(got.length).toBe(tensor.data.length);
          const labels = scorer.outputs.find((o) => o.name === output);
          if (labels !== undefined && JSON.stringify(labels).includes('"label"')) continue;
          for (let k = 0; k < got.length; k++) {
            const w = Number(tensor.data[k]);
            if (!(Object.is(got[k], w) || Math.abs(got[k]! - w) <= 1e-5 * Math.max(1, Math.abs(w))))
              expect.soft(got[k], `${output} ${k}`).toBe(w);
          }
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

test("fused is refused where nothing could run it", async () => {
  const model = await modelOf("iris-tree");
  await expect(convert(model, { target: "tfjs", fused: true, device: "webgl" })).rejects.toThrow(OptionError);
  await expect(convert(model, { target: "onnx", fused: true })).rejects.toThrow(OptionError);
});
