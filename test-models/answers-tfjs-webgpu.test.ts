/**
 * Fixtures under every strategy on TF.js's webgpu backend, through Dawn in Node, where there is a Vulkan driver: a dozen, or all of
 * them under CALYPTE_ALL_FIXTURES=1.
 */

import { test } from "vitest";
import { hasWebgpu } from "../src/backends/tfjs/software-gpu.testing.js";
import { describeAnswers } from "./answers.js";
import { tierFixtures } from "./tiers.js";

if (hasWebgpu) describeAnswers({ backend: "tfjs", device: "webgpu", ...tierFixtures });
else test.skip("no WebGPU", () => {});
