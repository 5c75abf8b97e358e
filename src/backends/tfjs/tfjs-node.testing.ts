/**
 * For tests: whether tfjs-node runs here. It is no dependency, for its install script needs more than a registry;
 * scripts/tfjs-node/setup.sh puts it into node_modules. Under CALYPTE_REQUIRE_TFJS_NODE=1 its absence is a failure.
 */

import { createRequire } from "node:module";

function find(): boolean {
  try {
    createRequire(import.meta.url).resolve("@tensorflow/tfjs-node");
    return true;
  } catch (error) {
    if (process.env["CALYPTE_REQUIRE_TFJS_NODE"] === "1") throw error;
    console.log("skipped on tfjs-node: it is not installed (npm run setup:tfjs-node)");
    return false;
  }
}

export const hasTfjsNode = find();
