/**
 * Bundles the library and the CLI into dist/ with esbuild, and writes the type declarations with tsc. TF.js and yargs stay
 * imports; protobufjs, csv-parse and fflate are bundled, so that the package has no install script and few dependencies.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
await build({
  entryPoints: { index: "src/index.ts", cli: "src/cli/main.ts" },
  outdir: "dist",
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
