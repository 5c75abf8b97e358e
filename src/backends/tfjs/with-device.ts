/** TF.js has one current backend for the whole process; this borrows it for the length of a synchronous function. */

import type * as Core from "@tensorflow/tfjs-core";

/**
 * Runs `work` with `device` as the current backend, and gives the old one back. Nothing else can run meanwhile, so scorers on
 * different devices, and an application's own TF.js code, never see each other's choice. The backend has been initialised
 * before: then `setBackend` takes effect at once, its promise notwithstanding.
 */
export function withDevice<T>(core: typeof Core, device: string, work: () => T): T {
  const engine = core.engine();
  const before = engine.backendName;
  if (before === device) return work();
  void core.setBackend(device);
  try {
    return work();
  } finally {
    if (before && engine.registry[before] !== undefined) void core.setBackend(before);
  }
}
