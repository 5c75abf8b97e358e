/**
 * For tests: WebGPU in Node, on whatever Vulkan driver there is; where Chromium is installed, on the software driver that comes with
 * it. Under CALYPTE_REQUIRE_WEBGPU=1 its absence is a failure. Import it before TF.js.
 */

import { existsSync } from "node:fs";
import { BackendUnavailableError } from "../../errors.js";
import { provideGpu } from "./provide-gpu.js";

const software = ["/usr/lib/chromium/vk_swiftshader_icd.json"];

async function find(): Promise<boolean> {
  const driver = software.find((path) => existsSync(path));
  if (driver !== undefined) process.env["VK_ICD_FILENAMES"] ??= driver;
  process.env["NODEVICE_SELECT"] ??= "1";
  try {
    await provideGpu();
    return true;
  } catch (error) {
    if (!(error instanceof BackendUnavailableError) || process.env["CALYPTE_REQUIRE_WEBGPU"] === "1") throw error;
    console.log(`skipped on WebGPU: ${error.message}`);
    return false;
  }
}

export const hasWebgpu = await find();
