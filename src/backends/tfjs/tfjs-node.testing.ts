/**
 * For tests: whether tfjs-node, or tfjs-node-gpu, runs here. They are no dependencies, for their install scripts need more than a
 * registry; scripts/tfjs-node/setup.sh puts one into node_modules. Under CALYPTE_REQUIRE_TFJS_NODE=1 their absence is a failure.
 */

import { createRequire } from "node:module";

const packages = ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"];

function find(): boolean {
  const { resolve } = createRequire(import.meta.url);
  for (const name of packages) {
    try {
      resolve(name);
      return true;
    } catch {
      // Said below, where neither is there.
    }
  }
  const reason = "tfjs-node is not installed (npm run setup:tfjs-node)";
  if (process.env["CALYPTE_REQUIRE_TFJS_NODE"] === "1") throw new Error(reason);
  console.log(`skipped on tfjs-node: ${reason}`);
  return false;
}

export const hasTfjsNode = find();
