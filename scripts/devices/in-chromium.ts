/** Measures a TF.js device in headless Chromium: bundles the page with TF.js, serves it with the fixtures, brings its report back. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { serve } from "../browser/serve.js";
import { fixtureTask } from "./fixture-task.js";
import type { PageReport, PageTask } from "./page.js";

const root = join(import.meta.dirname, "../..");

/** The page's report, and the browser's version. Throws where the page failed or does not answer within `seconds`. */
export async function measureInChromium(
  executablePath: string,
  task: PageTask,
  seconds: number,
): Promise<{ readonly report: PageReport; readonly version: string }> {
  const bundle = await build({
    entryPoints: [join(root, "scripts/devices/page.ts")],
    bundle: true,
    splitting: true,
    outdir: "/",
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"],
    logLevel: "error",
  });
  const scripts = new Map(bundle.outputFiles.map((file) => [file.path, file.text]));
  const site = await serve({}, (path) => {
    if (path === "/") return '<!doctype html><script type="module" src="/page.js"></script>';
    if (path === "/favicon.ico") return "";
    if (path === "/task.json") return JSON.stringify(task);
    const named = /^\/(fixtures|models)\/([a-z0-9-]+)(\.json|\.onnx)$/.exec(path);
    const name = [...task.fixtures, task.large].find((fixture) => fixture === named?.[2]);
    if (name === undefined) return scripts.get(path);
    if (named?.[1] === "models") return readFileSync(join(root, "test-models/onnx", name, "model.onnx"));
    return JSON.stringify(fixtureTask(name, false, `/models/${name}.onnx`));
  });
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: ["--no-sandbox", "--enable-unsafe-webgpu", "--disable-background-networking"],
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    const reported = site.nextReport();
    await page.goto(site.origin);
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no report of ${task.device}: ${errors.join("; ")}`)), 1000 * seconds);
    });
    const report = (await Promise.race([reported, late])) as PageReport;
    if (report.failure !== undefined) throw new Error(report.failure);
    return { report, version: browser.version() };
  } finally {
    clearTimeout(timer);
    await browser.close();
    await site.close();
  }
}
