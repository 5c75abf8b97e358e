/** Whether this process or page can have threads that share memory. */

import { nodeModule } from "../../../node-module.js";

/** Why it cannot, for the plan; undefined where it can. */
export function whyNoThreads(): string | undefined {
  // A page may share memory only where it is isolated; engines that never had the rule do not have the property.
  if (typeof SharedArrayBuffer === "undefined" || globalThis.crossOriginIsolated === false) {
    return (
      "there is no shared memory here; a page must be cross-origin isolated " +
      "(Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp)"
    );
  }
  if (typeof Worker === "undefined" && nodeModule("node:worker_threads") === undefined) {
    return "no worker can be started here";
  }
  return undefined;
}
