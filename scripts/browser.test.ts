/**
 * The built library in a real browser, under the policies that pages have: with 'wasm-unsafe-eval', with and without
 * SharedArrayBuffer, and without it, where `auto` must fall back and say so. The fixtures' answers are the judge. Needs dist/
 * (`npm run test:browser` builds it) and a Chromium (scripts/browser/setup.sh).
 */

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../src/load.js";
import { compareLabels, compareNumbers, rtol, toleranceFor } from "../test-models/compare.js";
import { fixtureInputs, loadFixture } from "../test-models/fixtures.js";
import { findChromium } from "./browser/find-chromium.js";
import type { Report, Task } from "./browser/page.js";
import { type Site, serve } from "./browser/serve.js";
import { type Browser, startChromium } from "./browser/visit.js";
import { fromWire, type OnWire, toWire } from "./browser/wire.js";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

/** Of every family: forests of each trainer, missing values, float64, text and several inputs, multi-output, linear, networks. */
const fixtures = [
  "cancer-forest",
  "columns-logistic",
  "deep-classifier",
  "diabetes-boosting",
  "digits-forest",
  "double-logistic",
  "double-tree-classifier",
  "iris-adaboost",
  "isolation-forest",
  "lightgbm-missing",
  "lightgbm-multiclass",
  "missing-hist-classifier",
  "mixed-modes-regressor",
  "mlp-classifier",
  "onehot-int-logistic",
  "ordinal-tree",
  "scaler-logistic",
  "string-label-forest",
  "three-output-forest",
  "xgboost-missing",
  "xgboost-softprob",
];

/**
 * What a page may load, compressed, to predict with the typical models below. What comes only with a model that needs it does not
 * count: the compilers of rare operators (`onDemand`), passes for patterns that few models have, dense strategies, the readers of
 * other formats, functions and external data of ONNX, writing models out.
 */
const mostBytes = 150 * 1024;

/** Of each format: tree ensembles of each kind and, in ONNX, a scaler with a linear model. Files below test-models/. */
const typical: Readonly<Record<string, readonly string[]>> = {
  onnx: [
    "onnx/cancer-forest/model.onnx",
    "onnx/diabetes-boosting/model.onnx",
    "onnx/double-logistic/model.onnx",
    "onnx/lightgbm-multiclass/model.onnx",
    "onnx/missing-hist-classifier/model.onnx",
    "onnx/scaler-logistic/model.onnx",
    "onnx/xgboost-softprob/model.onnx",
  ],
  lightgbm: ["lightgbm/binary/model.txt", "lightgbm/multiclass/model.txt"],
  xgboost: ["xgboost/binary-1.6/model.json", "xgboost/binary-2.1/model.ubj"],
  catboost: ["catboost/binary-cbm/model.cbm", "catboost/multiclass-json/model.json"],
};

const compiling = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const isolating = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const policies = {
  plain: { "content-security-policy": compiling },
  isolated: { "content-security-policy": compiling, ...isolating },
  "no wasm": { "content-security-policy": "default-src 'self'; script-src 'self'" },
} as const;

const executable = findChromium();
const required = process.env["CALYPTE_REQUIRE_BROWSER"] === "1";
if (executable === undefined) {
  console.log(
    "no Chromium on PATH or at CALYPTE_CHROMIUM: browser tests are skipped; scripts/browser/setup.sh installs one",
  );
}

beforeAll(() => {
  if (!existsSync(join(dist, "index.js"))) throw new Error("dist/ is missing; run npm run build first");
});

test.runIf(required)("there is a Chromium, since CALYPTE_REQUIRE_BROWSER asks for one", () => {
  expect(executable, "run scripts/browser/setup.sh, or set CALYPTE_CHROMIUM").toBeDefined();
});

describe.skipIf(executable === undefined)("in Chromium", () => {
  const bundles = mkdtempSync(join(tmpdir(), "calypte-bundle-"));
  let browser: Browser;
  let script = "";
  const sites: Site[] = [];

  beforeAll(async () => {
    browser = await startChromium(executable ?? "");
    const built = await build({
      entryPoints: [join(root, "scripts/browser/page.ts")],
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
    });
    script = built.outputFiles[0]?.text ?? "";
    await bundleForBrowsers(bundles);
  });

  afterAll(async () => {
    await Promise.all(sites.map((site) => site.close()));
    await browser?.close();
    rmSync(bundles, { recursive: true, force: true });
  });

  /** A site with the library at /dist/ or, bundled, at /bundle/. */
  async function open(headers: Readonly<Record<string, string>>, entry: string, given = taskOf(entry)): Promise<Site> {
    const task = JSON.stringify(given);
    const folders: Readonly<Record<string, string>> = {
      "/dist/": dist,
      "/bundle/": bundles,
      "/models/": join(root, "test-models"),
    };
    const site = await serve(headers, (path) => {
      if (path === "/" || path === "/control") return '<!doctype html><script type="module" src="/page.js"></script>';
      if (path === "/page.js") return script;
      if (path === "/favicon.ico") return "";
      if (path === "/task.json") return task;
      const folder = Object.keys(folders).find((prefix) => path.startsWith(prefix));
      if (folder === undefined || normalize(path) !== path) return undefined;
      const file = join(folders[folder] ?? "", path.slice(folder.length));
      return existsSync(file) ? readFileSync(file) : undefined;
    });
    sites.push(site);
    return site;
  }

  /** Visits the page that scores; what holds under every policy is checked here. */
  async function scorePage(headers: Readonly<Record<string, string>>, entry = "/dist/index.js") {
    const site = await open(headers, entry);
    const visited = await browser.visit(site, "/");
    expect(visited.report.failure).toBeUndefined();
    expect(visited.report.scored?.map((s) => s.name)).toEqual(fixtures);
    expectRightAnswers(visited.report);
    // Only the page's own files, each of which is there.
    expect(visited.requests.filter((url) => !url.startsWith(`${site.origin}/`))).toEqual([]);
    const folder = entry.slice(0, entry.lastIndexOf("/") + 1);
    const own = [
      "/",
      "/page.js",
      "/task.json",
      "/report",
      ...fixtures.map((name) => `/models/onnx/${name}/model.onnx`),
    ];
    const others = visited.requests
      .map((url) => new URL(url).pathname)
      .filter((path) => !own.includes(path) && !(path.startsWith(folder) && path.endsWith(".js")));
    expect(others).toEqual([]);
    expect(visited.requests.filter((url) => /tfjs|csv|emitter/.test(url))).toEqual([]);
    return visited;
  }

  test("auto is wasm where the policy allows it, without shared memory, and nothing is refused", async () => {
    const { report, errors } = await scorePage(policies.plain);
    expect(report).toMatchObject({ isolated: false, sharedMemory: false, violations: [], wasmByName: "wasm" });
    expect(report.threads).toMatchObject({
      count: 1,
      same: true,
      note: expect.stringMatching(/^one thread: there is no shared memory/),
    });
    expect(errors).toEqual([]);
    expect(backendsOf(report)).toEqual(["wasm"]);
  });

  test("auto is wasm in a page of its own process, with shared memory, and nothing is refused", async () => {
    const { report, errors, requests } = await scorePage(policies.isolated);
    expect(report.threads).toMatchObject({ count: 2, same: true });
    expect(requests.filter((url) => url.endsWith("/worker.js"))).toHaveLength(1);
    expect(report).toMatchObject({ isolated: true, sharedMemory: true, violations: [], wasmByName: "wasm" });
    expect(errors).toEqual([]);
    expect(backendsOf(report)).toEqual(["wasm"]);
  });

  test("auto is reference where the policy forbids WebAssembly, and the plan says so; wasm by name is an error", async () => {
    const { report, errors } = await scorePage(policies["no wasm"]);
    expect(backendsOf(report)).toEqual(["reference"]);
    for (const { name, notes } of report.scored ?? []) {
      expect(notes[0], name).toMatch(
        /^runs on reference: WebAssembly may not be compiled here \(.*Content Security Policy/,
      );
      expect(notes[0], name).toContain("allow it with 'wasm-unsafe-eval' in the page's Content-Security-Policy");
    }
    expect(report.wasmByName).toMatch(
      /^BackendUnavailableError BACKEND_UNAVAILABLE: WebAssembly may not be compiled here/,
    );
    // What was refused is the attempt to compile the kernels, and nothing else.
    expect(new Set(report.violations)).toEqual(new Set(["script-src wasm-eval"]));
    expect(errors.filter((text) => !text.includes("WebAssembly"))).toEqual([]);
  });

  test("bundled and minified for browsers, it is the same", async () => {
    const { report, errors } = await scorePage(policies.plain, "/bundle/index.js");
    expect(report).toMatchObject({ violations: [], wasmByName: "wasm" });
    expect(errors).toEqual([]);
    expect(backendsOf(report)).toEqual(["wasm"]);
  });

  test.each(Object.entries(typical))("a page is light with typical models of %s", async (format, files) => {
    const entry = "/bundle/index.js";
    const task = { entry, models: await Promise.all(files.map(rowOfZeros)) };
    const { report, requests } = await browser.visit(await open(policies.plain, entry, task), "/");
    expect(report.failure).toBeUndefined();
    expect(report.scored?.map((s) => s.name)).toEqual(files);
    expect(backendsOf(report)).toEqual(["wasm"]);
    const loaded = new Set(requests.map((url) => new URL(url).pathname).filter((path) => path.startsWith("/bundle/")));
    const sizes = [...loaded].map((path) => gzipSync(readFileSync(join(bundles, path.slice(8))), { level: 9 }).length);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`for ${format} a page loads ${loaded.size} scripts, ${(bytes / 1024).toFixed(1)} KB compressed`);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(mostBytes);
  });

  test.each(Object.entries(policies))("the rig sees what the policy forbids: %s", async (name, headers) => {
    const { report, errors } = await browser.visit(await open(headers, ""), "/control");
    const wasm = name !== "no wasm";
    expect(report.control).toEqual({ text: false, wasm, elsewhere: false });
    const refused = ["script-src eval", ...(wasm ? [] : ["script-src wasm-eval"]), "connect-src http://127.0.0.1:9/"];
    expect(report.violations).toEqual(refused);
    expect(errors.length).toBeGreaterThan(0);
  });
});

test("it bundles for browsers without a warning", async () => {
  const folder = mkdtempSync(join(tmpdir(), "calypte-bundle-"));
  try {
    await bundleForBrowsers(folder);
    expect(existsSync(join(folder, "index.js"))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("nothing of Node is imported before it is asked for", async () => {
  const { metafile } = await build({
    entryPoints: [join(dist, "index.js")],
    bundle: true,
    write: false,
    splitting: true,
    outdir: "unused",
    format: "esm",
    platform: "neutral",
    external: ["node:*", "@tensorflow/*"],
    metafile: true,
    logLevel: "silent",
  });
  const entry = Object.values(metafile.outputs).find((output) => output.entryPoint?.endsWith("dist/index.js"));
  const statics = (entry?.imports ?? []).filter((i) => i.kind === "import-statement" && i.external === true);
  expect(entry).toBeDefined();
  expect(statics).toEqual([]);
});

const backendsOf = (report: Report): string[] => [...new Set((report.scored ?? []).map((s) => s.backend))];

/**
 * Bundles the package as an application for browsers that has no TF.js would, without a setting of its own.
 */
async function bundleForBrowsers(outdir: string): Promise<void> {
  const app = join(outdir, "app");
  const installed = join(app, "node_modules/calypte");
  cpSync(dist, join(installed, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  writeFileSync(join(app, "index.js"), 'export * from "calypte";');
  const { warnings } = await build({
    entryPoints: [join(app, "index.js")],
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  const unexpected = warnings.filter((w) => w.id !== "ignored-bare-import" && !w.text.includes('"@tensorflow/'));
  expect(unexpected).toEqual([]);
}

/** A model below test-models/ with one row to score. */
async function rowOfZeros(file: string): Promise<Task["models"][number]> {
  const { inputs } = await load(join(root, "test-models", file));
  const rows = inputs.map(({ name, dtype, shape }) => {
    const width = Number(shape[1]);
    const data = dtype === "float64" ? new Float64Array(width) : new Float32Array(width);
    return [name, toWire({ dtype, shape: [1, width], data })];
  });
  return {
    name: file,
    path: `/models/${file}`,
    sets: [{ name: "zeros", inputs: Object.fromEntries(rows), leaves: false }],
  };
}

function taskOf(entry: string): Task {
  return {
    entry,
    models: fixtures.map((name) => {
      const fixture = loadFixture(name);
      return {
        name,
        path: `/models/onnx/${name}/model.onnx`,
        sets: fixture.sets.map((set) => ({
          name: set.name,
          inputs: Object.fromEntries([...fixtureInputs(fixture, set)].map(([input, t]) => [input, toWire(t)])),
          leaves: set.leaves !== undefined,
        })),
      };
    }),
  };
}

/** Answers off the wire, as the comparison takes them. */
type Answer = Parameters<typeof compareNumbers>[0];
const answerOf = (wire: OnWire): Answer => fromWire(wire) as Answer;

/** Every output of every set against the file's answers; leaves equal. */
function expectRightAnswers(report: Report): void {
  for (const scored of report.scored ?? []) {
    const fixture = loadFixture(scored.name);
    for (const [i, set] of fixture.sets.entries()) {
      const place = `${fixture.name}/${set.name}`;
      const got = scored.sets[i];
      const scores = fixture.outputs.find((o) => o.role !== "label" && o.role !== "values");
      const fileScores = scores === undefined ? undefined : fixture.answer(set.file[scores.name] ?? "");
      for (const { name, role } of fixture.outputs) {
        const wire = got?.outputs[name];
        if (wire === undefined) throw new Error(`${place}: the page gave no ${name}`);
        const want = fixture.answer(set.file[name] ?? "");
        if (role === "label") {
          expect(compareLabels(answerOf(wire), want, fileScores, rtol[fixture.sums]).wrong, `${place} labels`).toEqual(
            [],
          );
        } else {
          const tolerance = toleranceFor(fixture, role, rtol[fixture.sums]);
          expect(compareNumbers(answerOf(wire), want, tolerance).first, `${place} ${name}`).toBeUndefined();
        }
      }
      if (set.leaves === undefined) continue;
      const leaves = Array.from(fixture.answer(set.leaves).data, Number);
      expect(Array.from(got?.leaves === undefined ? [] : answerOf(got.leaves).data, Number), `${place} leaves`).toEqual(
        leaves,
      );
    }
  }
}
