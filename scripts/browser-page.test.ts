/**
 * The page of examples/browser, built from the packed package and clicked through in Chromium under the policy that pages have:
 * models dropped, a row typed, and the answers those of compile() in Node. Needs dist/ (`npm run build`).
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, load } from "../src/index.js";
import { findChromium } from "./browser/find-chromium.js";
import { type Site, serve } from "./browser/serve.js";

const root = join(import.meta.dirname, "..");
const model = (path: string) => join(root, "test-models", path);
const executablePath = findChromium();
if (executablePath === undefined) {
  console.log(
    "no Chromium on PATH or at CALYPTE_CHROMIUM: the page is not clicked through; scripts/browser/setup.sh installs one",
  );
}
/** A folder to leave pictures of the page in, for people. */
const pictures = process.env["CALYPTE_PICTURES"];

describe.skipIf(executablePath === undefined)("the page", () => {
  const folder = mkdtempSync(join(tmpdir(), "calypte-page-test-"));
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    execFileSync("node", [join(root, "examples/browser/build.mjs"), "--outdir", folder], { cwd: root });
    const headers = {
      "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:",
    };
    site = await serve(headers, (path) => {
      if (normalize(path) !== path) return undefined;
      const file = join(folder, path === "/" ? "index.html" : path);
      if (!existsSync(file)) return undefined;
      return path === "/" ? readFileSync(file, "utf8") : readFileSync(file);
    });
    // WebGPU on the processor: SwiftShader comes with Chromium.
    const software = ["--enable-unsafe-webgpu"];
    browser = await chromium.launch({
      executablePath: executablePath ?? "",
      headless: true,
      args: ["--no-sandbox", ...software],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function visit(
    width: number,
    height: number,
  ): Promise<{ readonly page: Page; readonly errors: string[]; readonly foreign: string[] }> {
    const page = await browser.newPage({ viewport: { width, height } });
    const errors: string[] = [];
    const foreign: string[] = [];
    page.on("console", (m) => {
      if (m.type() === "error") errors.push(m.text());
    });
    page.on("pageerror", (e) => errors.push(String(e)));
    page.on("request", (r) => {
      if (!r.url().startsWith(site.origin) && !r.url().startsWith("data:")) foreign.push(r.url());
    });
    await page.goto(`${site.origin}/`);
    return { page, errors, foreign };
  }

  async function drop(page: Page, path: string): Promise<void> {
    await page.setInputFiles("#file", path);
    await page.getByText(/^Ready in/).waitFor();
  }

  async function typeRow(page: Page, row: readonly number[]): Promise<readonly string[]> {
    const fields = await page.locator(".fields input").all();
    expect(fields).toHaveLength(row.length);
    for (const [i, value] of row.entries()) await fields[i]!.fill(String(value));
    await page.click("#predict");
    await page.locator("#answers td").first().waitFor();
    return page.locator("#answers td").allTextContents();
  }

  const numbers = (data: ArrayLike<unknown>): readonly number[] => Array.from(data, Number);

  /** As the page writes numbers. */
  const shown = (value: number): string => String(Number(value.toPrecision(6)));

  test("an ONNX forest: a tree, a typed row, every backend timed, nothing refused by the policy", async () => {
    const { page, errors, foreign } = await visit(1100, 900);
    await drop(page, model("onnx/cancer-forest/model.onnx"));
    expect(await page.locator("svg.tree .split").count()).toBeGreaterThan(2);
    const row = Array.from({ length: 30 }, (_, i) => i + 0.5);
    const scorer = await compile(await load(model("onnx/cancer-forest/model.onnx")));
    const [label, probabilities] = [await scorer.predict([row]), await scorer.predictProba([row])];
    expect(await typeRow(page, row)).toEqual(["1", String(label.data[0]), ...numbers(probabilities.data).map(shown)]);
    await page.click("#time");
    await page.locator("[data-done=true]").waitFor({ timeout: 100_000 });
    const lines = await page.locator("#timings tbody tr").all();
    const cells = await Promise.all(lines.map((line) => line.locator("td").allTextContents()));
    console.log(cells.map((c) => c.join(" | ")).join("\n"));
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, "desktop.png"), fullPage: true });
    const same = cells.filter((c) => c[3] === "the same").map((c) => c[0]);
    expect(same).toEqual(expect.arrayContaining(["wasm", "reference"]));
    for (const device of ["cpu", "wasm", "webgl", "webgpu"]) {
      expect(cells.find((c) => c[0] === `TF.js ${device}`)?.[3], device).toMatch(/^the same$|^differs by \S+e-\d+$/);
    }
    expect(foreign).toEqual([]);
    expect(errors.filter((e) => /Content Security Policy/i.test(e))).toEqual([]);
    await page.close();
  });

  test("on a phone, a LightGBM file: no sideways scrolling, a typed row, pasted rows, a broken cell", async () => {
    const { page, errors } = await visit(375, 700);
    await drop(page, model("lightgbm/binary/model.txt"));
    const scorer = await compile(await load(model("lightgbm/binary/model.txt")));
    const width = Number(scorer.inputs[0]?.shape[1]);
    const row = Array.from({ length: width }, (_, i) => i / 4 - 1);
    const answers = await scorer.run({ [scorer.inputs[0]?.name ?? ""]: [row] });
    const want = scorer.outputs.flatMap(({ name }) => numbers(answers[name]?.data ?? []).map(shown));
    expect(await typeRow(page, row)).toEqual(["1", ...want]);
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, "phone.png"), fullPage: true });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(375);
    await page.locator("#rows summary").click();
    await page.fill("textarea", `${row.join(",")}\n${row.join(",")}\n`);
    await page.getByText("Predict these rows").click();
    await page.getByText(/^Predicted 2 rows/).waitFor();
    expect(await page.locator("#answers td").allTextContents()).toEqual(["1", ...want, "2", ...want]);
    await page.fill("textarea", `${row.join(",")}\n${row.slice(1).join(",")}\n`);
    await page.getByText("Predict these rows").click();
    await page.getByText(`expect ${width}, got ${width - 1} on line 2`).waitFor();
    await page.locator(".fields input").first().fill("much");
    await page.click("#predict");
    await page.getByText(/expected a number, got "much"/).waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });

  test("a file that is no model is an error that says so, and a large model is ready soon", async () => {
    const { page } = await visit(800, 800);
    await page.setInputFiles("#file", model("data/breast-cancer.csv"));
    await page.locator("#status.bad").waitFor();
    await drop(page, model("onnx/digits-forest/model.onnx"));
    console.log(`1.7 MB: ${await page.locator("#status").textContent()}`);
    await page.close();
  });
});
