/**
 * The notebook of examples/notebooks: its data are the fixture's, its outputs are there, and, where examples/notebooks/setup.sh has
 * brought Jupyter and tslab (CALYPTE_REQUIRE_NOTEBOOK=1 asks for it), it runs against the packed package. Needs dist/.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { notebookData } from "../examples/notebooks/data.js";

const folder = join(import.meta.dirname, "../examples/notebooks");

interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly outputs?: readonly { readonly output_type: string; readonly data?: Readonly<Record<string, unknown>> }[];
  }[];
}

test("its data are the fixture's", () => {
  for (const [name, content] of notebookData()) {
    const there = readFileSync(join(folder, "cancer", name));
    expect(there.equals(Buffer.from(content)), `cancer/${name}; run npx tsx examples/notebooks/data.ts`).toBe(true);
  }
});

test("it is kept with its outputs, the chart among them, and no error", () => {
  const { cells } = JSON.parse(readFileSync(join(folder, "compile-and-compare.ipynb"), "utf8")) as Notebook;
  const outputs = cells.flatMap((cell) => cell.outputs ?? []);
  expect(outputs.filter((o) => o.output_type === "error")).toEqual([]);
  expect(outputs.filter((o) => o.data?.["image/svg+xml"] !== undefined)).toHaveLength(1);
});

const ready =
  existsSync(join(folder, ".venv/bin/jupyter-nbconvert")) && existsSync(join(folder, ".venv/node/node_modules/tslab"));

if (ready || process.env["CALYPTE_REQUIRE_NOTEBOOK"] === "1") {
  test("it runs", { timeout: 600_000 }, () => {
    const { status, stdout, stderr } = spawnSync("bash", [join(folder, "run.sh")], { encoding: "utf8" });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
} else test.skip("the notebook's tools are not here; examples/notebooks/setup.sh brings them", () => {});
