/**
 * Builds the page into examples/browser/dist: the package as npm packs it, bundled with esbuild; TF.js and its devices become
 * chunks of their own, loaded when first asked for. `--outdir DIR` writes elsewhere. Needs dist/ of the package.
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const root = join(here, "../..");
const at = process.argv.indexOf("--outdir");
const outdir = at === -1 ? join(here, "dist") : resolve(process.argv[at + 1]);
const packing = mkdtempSync(join(tmpdir(), "calypte-page-"));
try {
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", packing], {
    cwd: root,
    encoding: "utf8",
  });
  execFileSync("tar", ["-xf", join(packing, JSON.parse(packed)[0].filename), "-C", packing]);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: [join(here, "main.ts"), join(here, "style.css")],
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    chunkNames: "chunks/[name]-[hash]",
    alias: { calypte: join(packing, "package") },
    // For what the packed package imports: it lies outside of this tree.
    nodePaths: [join(root, "node_modules")],
    logLevel: "warning",
  });
  copyFileSync(join(here, "index.html"), join(outdir, "index.html"));
  mkdirSync(join(outdir, "tfjs"));
  for (const name of [
    "tfjs-backend-wasm.wasm",
    "tfjs-backend-wasm-simd.wasm",
    "tfjs-backend-wasm-threaded-simd.wasm",
  ]) {
    copyFileSync(join(root, "node_modules/@tensorflow/tfjs-backend-wasm/dist", name), join(outdir, "tfjs", name));
  }
} finally {
  rmSync(packing, { recursive: true, force: true });
}
console.log(
  "The page is in examples/browser/dist. Serve that folder with any web server of static files, and open it.",
);
