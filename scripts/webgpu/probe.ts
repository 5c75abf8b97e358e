/** Says whether WebGPU runs in Node here, and ends with 1 where it does not: what CI asks before it requires that tier. */

import { hasWebgpu } from "../../src/backends/tfjs/software-gpu.testing.js";

if (hasWebgpu) console.log("WebGPU runs in Node here");
process.exit(hasWebgpu ? 0 : 1);
