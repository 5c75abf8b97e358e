/**
 * Fixtures under every strategy on tfjs-node, where it is installed (npm run setup:tfjs-node): a dozen, or all of them under
 * CALYPTE_ALL_FIXTURES=1.
 */

import { test } from "vitest";
import { hasTfjsNode } from "../src/backends/tfjs/tfjs-node.testing.js";
import { describeAnswers } from "./answers.js";
import { tierFixtures } from "./tiers.js";

if (hasTfjsNode) describeAnswers({ backend: "tfjs", device: "tensorflow", ...tierFixtures });
else test.skip("tfjs-node is not installed", () => {});
