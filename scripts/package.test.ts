/**
 * The package as users get it: packed, installed into an empty folder without scripts, imported, required, run. Needs dist/, which
 * `npm test` builds first.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "calypte-package-"));
let tarball = "";

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  if (!existsSync(join(root, "dist/index.js"))) throw new Error("dist/ is missing; run npm run build first");
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  tarball = join(folder, filename);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", tarball);
  copyFileSync(join(root, "test-models/onnx/iris-tree/model.onnx"), join(folder, "model.onnx"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball is small, has no install script, and few dependencies", () => {
  expect(statSync(tarball).size).toBeLessThan(2 ** 20);
  const manifest = JSON.parse(readFileSync(join(folder, "node_modules/calypte/package.json"), "utf8")) as {
    scripts?: Record<string, string>;
    dependencies?: Record<string, string>;
  };
  for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
    expect(manifest.scripts?.[script], script).toBeUndefined();
  }
  expect(Object.keys(manifest.dependencies ?? {})).toEqual(["yargs"]);
});

const body = `
const model = await load("model.onnx");
const scorer = await compile(model);
const { data } = await scorer.predict([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]);
console.log(data.length);`;

test("it imports as an ES module, with code generation from strings forbidden", () => {
  writeFileSync(join(folder, "esm.mjs"), `import { compile, load } from "calypte";${body}`);
  expect(run("node", "--disallow-code-generation-from-strings", "esm.mjs").trim()).toBe("2");
});

test("the wasm backend runs with code generation from strings forbidden", () => {
  const text = `import { compile, load } from "calypte";
try { new Function("return 1")(); console.log("not forbidden"); } catch (e) { console.log(e.name); }
const scorer = await compile(await load("model.onnx"), { backend: "wasm" });
const { data } = await scorer.predict([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]);
console.log(scorer.plan.backend, JSON.stringify(scorer.plan.notes), ...data);`;
  writeFileSync(join(folder, "wasm.mjs"), text);
  expect(run("node", "--disallow-code-generation-from-strings", "wasm.mjs")).toBe("EvalError\nwasm [] 0 2\n");
});

test("calypte/kernels.wasm, compiled by the host, is what the wasm backend runs on", () => {
  const text = `import { readFileSync } from "node:fs";
import { compile, load } from "calypte";
const kernels = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve("calypte/kernels.wasm"))));
const disallowed = () => { throw new WebAssembly.CompileError("disallowed by embedder"); };
WebAssembly.compile = async () => disallowed();
WebAssembly.Module = new Proxy(WebAssembly.Module, { construct: disallowed });
const model = await load("model.onnx");
for (const options of [{}, { kernels }]) {
  const scorer = await compile(model, options);
  console.log(scorer.plan.backend, ...(await scorer.predict([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]])).data);
}`;
  writeFileSync(join(folder, "kernels.mjs"), text);
  expect(run("node", "kernels.mjs")).toBe("reference 0 2\nwasm 0 2\n");
});

test("the README's library example runs as it stands", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const example = /## As a library\n\n```js\n([\s\S]*?)```/.exec(readme)?.[1];
  writeFileSync(join(folder, "readme.mjs"), example ?? "throw new Error('the README has no library example')");
  const printed = run("node", "readme.mjs");
  expect(printed).toContain("[ 1, 3 ]");
  expect(printed).toContain("backend ");
});

test.each(["getting-started", "errors", "numbers"])(
  "the examples of docs/%s.md that need no TF.js run as they stand",
  (page) => {
    const markdown = readFileSync(join(root, `docs/${page}.md`), "utf8");
    const snippets = [...markdown.matchAll(/^```js\n([\s\S]*?)^```$(?:\n+^```text\n([\s\S]*?)^```$)?/gm)].filter(
      ([, text = ""]) => !text.includes("tfjs"),
    );
    expect(snippets.length).toBeGreaterThan(0);
    for (const [, text = "", prints] of snippets) {
      writeFileSync(join(folder, "page.mjs"), text);
      const printed = run("node", "page.mjs");
      if (prints !== undefined) expect(printed).toBe(prints);
    }
  },
);

test("it can be required", () => {
  writeFileSync(join(folder, "cjs.cjs"), `const { compile, load } = require("calypte");\n(async () => {${body}\n})();`);
  expect(run("node", "--no-warnings", "cjs.cjs").trim()).toBe("2");
});

const onThreads = `
const model = await load("model.onnx");
const rows = 50000;
const X = { data: Float32Array.from({ length: 4 * rows }, (_, i) => (i * 7 % 80) / 10), shape: [rows, 4] };
const scorers = await Promise.all([1, 3].map((threads) => compile(model, { threads })));
// So that others are called, whatever the machine does.
let now = 0;
performance.now = () => now++;
const [one, three] = await Promise.all(scorers.map((s) => s.predictProba(X)));
console.log(scorers[1].plan.threads, Buffer.compare(Buffer.from(one.data.buffer), Buffer.from(three.data.buffer)), three.data.length);`;

test("threads are found from an ES module and from CommonJS, answer alike, and let the process end", () => {
  writeFileSync(join(folder, "threads.mjs"), `import { compile, load } from "calypte";${onThreads}`);
  writeFileSync(
    join(folder, "threads.cjs"),
    `const { compile, load } = require("calypte");\n(async () => {${onThreads}\n})();`,
  );
  expect(run("node", "threads.mjs").trim()).toBe("3 0 150000");
  expect(run("node", "--no-warnings", "threads.cjs").trim()).toBe("3 0 150000");
});

test("without TF.js, the tfjs backend says what to install", () => {
  const text = `import { compile, load } from "calypte";
try { await compile(await load("model.onnx"), { backend: "tfjs" }); } catch (e) { console.log(e.code, e.message); }`;
  writeFileSync(join(folder, "no-tfjs.mjs"), text);
  expect(run("node", "no-tfjs.mjs")).toMatch(/BACKEND_UNAVAILABLE .*npm install .*@tensorflow\/tfjs-core/);
});

test("an error that nobody catches is printed without the package's source", () => {
  writeFileSync(
    join(folder, "uncaught.mjs"),
    'import { load } from "calypte";\nawait load(new Uint8Array([1, 2, 3]));\n',
  );
  const { status, stderr } = spawnSync("node", ["uncaught.mjs"], { cwd: folder, encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("[ModelParseError]: file: its format is not known (it starts with 01 02 03)");
  expect(Math.max(...stderr.split("\n").map((line) => line.length))).toBeLessThan(300);
});

test("without onnxruntime-node, verify says both ways on", () => {
  writeFileSync(join(folder, "rows.csv"), "5.1,3.5,1.4,0.2\n");
  const args = ["--no-install", "calypte", "verify", "model.onnx", "--data", "rows.csv", "--no-header"];
  const { status, stderr } = spawnSync("npx", args, { cwd: folder, encoding: "utf8" });
  expect(stderr.replace(/\s+/g, " ")).toContain(
    "onnxruntime-node is not installed; install it with: npm install onnxruntime-node, or give --expected FILE",
  );
  expect(status).toBeGreaterThan(0);
});

test("the command line answers", () => {
  expect(run("npx", "--no-install", "calypte", "--version").trim()).toMatch(/^\d+\.\d+\.\d+$/);
  expect(run("npx", "--no-install", "calypte", "inspect", "model.onnx")).toContain("X  float32[rows, 4]");
  run("npx", "--no-install", "calypte", "convert", "model.onnx", "-o", "out", "--target", "tfjs");
  expect(existsSync(join(folder, "out/model.json"))).toBe(true);
});
