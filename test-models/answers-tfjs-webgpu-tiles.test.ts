/**
 * Fixtures on TF.js's webgpu backend with trees in tiles of workgroup memory, which their few rows would do without: a dozen, or all of
 * them under CALYPTE_ALL_FIXTURES=1.
 */

import { beforeAll, test } from "vitest";
import { registerForests } from "../src/backends/tfjs/fused/register.js";
import { treeTiles } from "../src/backends/tfjs/fused/webgpu-kernel.js";
import { loadTfjs } from "../src/backends/tfjs/load-tfjs.js";
import { hasWebgpu } from "../src/backends/tfjs/software-gpu.testing.js";
import { describeAnswers } from "./answers.js";
import { tierFixtures } from "./tiers.js";

beforeAll(async () => {
  if (!hasWebgpu) return;
  const tfjs = await loadTfjs("webgpu");
  await registerForests(tfjs);
  tfjs.core.env().set(treeTiles, "always");
});

if (hasWebgpu) describeAnswers({ backend: "tfjs", device: "webgpu", strategies: ["walk"], ...tierFixtures });
else test.skip("no WebGPU", () => {});
