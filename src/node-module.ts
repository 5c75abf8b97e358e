/**
 * Node's own modules, for the few places that read or write files. Asked for by name at run time: an `import("node:…")`, even one
 * that never runs, makes bundlers for browsers fail.
 */

export interface NodeModules {
  readonly "node:buffer": typeof import("node:buffer");
  readonly "node:fs": typeof import("node:fs");
  readonly "node:fs/promises": typeof import("node:fs/promises");
  readonly "node:os": typeof import("node:os");
  readonly "node:path": typeof import("node:path");
  readonly "node:url": typeof import("node:url");
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:zlib": typeof import("node:zlib");
}

/** The module; undefined where this is not Node (or a runtime that has `process.getBuiltinModule` as Node ≥ 20.16 does). */
export function nodeModule<K extends keyof NodeModules>(name: K): NodeModules[K] | undefined {
  if (typeof process === "undefined" || process.getBuiltinModule === undefined) return undefined;
  return process.getBuiltinModule(name);
}
