/**
 * Bundles the library and the CLI into dist/ with esbuild, and writes the type declarations with tsc. TF.js and yargs stay
 * imports; protobufjs, csv-parse and fflate are bundled, so that the package has no install script and few dependencies.
 * `--outdir DIR` writes elsewhere (the bench, which must not disturb dist/); `--no-types` leaves the declarations out.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { build } from "esbuild";

const at = process.argv.indexOf("--outdir");
const outdir = at === -1 ? "dist" : process.argv[at + 1];
if (!outdir) throw new Error("--outdir needs a folder");
rmSync(outdir, { recursive: true, force: true });
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
await build({
  entryPoints: { index: "src/index.ts", cli: "src/cli/main.ts" },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  conditions: ["import"],
  target: "es2022",
  external: ["node:*", ...builtinModules, "@tensorflow/*", "yargs", "yargs/*"],
  define: { "process.env.CALYPTE_VERSION": JSON.stringify(version) },
  chunkNames: "chunks/[name]-[hash]",
  legalComments: "eof",
  logLevel: "warning",
});
if (!process.argv.includes("--no-types")) {
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
}
