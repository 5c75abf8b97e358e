/**
 * Bundles the library and the CLI into dist/ with Rolldown, and writes the type declarations with tsc. TF.js and yargs stay
 * imports; csv-parse and fflate are bundled, so that the package has no install script and few dependencies.
 * `--outdir DIR` writes elsewhere (the bench, which must not disturb dist/); `--no-types` leaves the declarations out.
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, resolve } from "node:path";
import { inflateRawSync } from "node:zlib";
import { transform } from "esbuild";
import { build } from "rolldown";

const at = process.argv.indexOf("--outdir");
const outdir = at === -1 ? "dist" : process.argv[at + 1];
if (!outdir) throw new Error("--outdir needs a folder");
rmSync(outdir, { recursive: true, force: true });
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const { output } = await build({
  input: { index: "src/index.ts", cli: "src/cli/main.ts", tfjs: "src/tfjs.ts" },
  platform: "neutral",
  resolve: { mainFields: ["module", "main"], conditionNames: ["import"] },
  external: [/^node:/, ...builtinModules, /^@tensorflow\//, /^yargs($|\/)/],
  transform: { target: "es2022", define: { CALYPTE_VERSION: JSON.stringify(version) } },
  output: {
    dir: outdir,
    format: "esm",
    minify: true,
    chunkFileNames: "chunks/[name]-[hash].js",
    // Each file costs a cold start about a millisecond, so what always loads together is one.
    codeSplitting: {
      groups: [
        { name: (id, context) => (isCore(id, context) ? "core" : null), debugName: "core" },
        { name: (id, context) => (isOnnx(id, context) ? "onnx" : null), debugName: "onnx" },
      ],
    },
  },
});

/** The ids of a module and of all that it imports statically. */
function loadsWith(path, context) {
  const ids = new Set([resolve(path)]);
  for (const id of ids) for (const imported of context.getModuleInfo(id)?.importedIds ?? []) ids.add(imported);
  return ids;
}

/** What the entry loads, and what several formats are read with. */
function isCore(id, context) {
  const others = ["lightgbm", "xgboost", "catboost"].map((f) =>
    loadsWith(`src/readers/${f}/read-${f}.ts`, context).has(id),
  );
  const formats = [isOnnx(id, context), ...others].filter((reads) => reads).length;
  return loadsWith("src/index.ts", context).has(id) || formats > 1;
}

/** What every ONNX file is read with. */
function isOnnx(id, context) {
  return ["src/readers/onnx/read-decoded.ts", "compilers/common.ts"].some((path) => loadsWith(path, context).has(id));
}

for (const { fileName, type } of output) if (type === "chunk") await breakLines(join(outdir, fileName));
writeFileSync(`${outdir}/kernels.wasm`, kernelsFile());
copyWorker(output);
if (!process.argv.includes("--no-types")) {
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
}

/**
 * Lines of some length, since Node prints the one that an uncaught error was thrown from; and ASCII alone, which engines keep in half the
 * memory and parse faster.
 */
async function breakLines(path) {
  const options = { format: "esm", target: "es2022", charset: "ascii", minify: true, lineLimit: 120 };
  writeFileSync(path, (await transform(readFileSync(path, "utf8"), options)).code);
}

/** Threads start worker.js from beside the file that asks for it, by a URL that bundlers understand. */
function copyWorker(files) {
  const folder = "src/backends/wasm/threads";
  const asking = files.filter((f) => f.type === "chunk" && f.moduleIds.includes(resolve(folder, "start-worker.ts")));
  if (asking.length !== 1) throw new Error(`${asking.length} files of ${outdir} start workers`);
  copyFileSync(`${folder}/worker.js`, join(outdir, dirname(asking[0].fileName), "worker.js"));
}

/**
 * The kernel module as a file of its own, for hosts that import it (`compile(model, { kernels })`): its bytes and, in a custom
 * section that src/given-kernels.ts checks, the hash of what it was built from.
 */
function kernelsFile() {
  const text = readFileSync("src/backends/wasm/generated/kernels.ts", "utf8");
  const base64 = /deflatedKernels =\s*"([^"]+)"/.exec(text)?.[1];
  const hash = /kernelSourceHash = "([^"]+)"/.exec(text)?.[1];
  if (base64 === undefined || hash === undefined) throw new Error("generated/kernels.ts has no kernels");
  const name = "calypte.kernels";
  // Both lengths are below 128, where a LEB128 number is the byte itself.
  const section = Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.from(hash)]);
  return Buffer.concat([inflateRawSync(Buffer.from(base64, "base64")), Buffer.of(0, section.length), section]);
}
