/**
 * Brings TF.js in, on first use: its packages are optional peers, and `import "calypte"` must work without them. Initialises a
 * device's TF.js backend so that it can be switched to synchronously afterwards.
 */

import type * as Converter from "@tensorflow/tfjs-converter";
import type * as Core from "@tensorflow/tfjs-core";
import type { Device } from "../../emitters/tfjs/formulation.js";
import { BackendUnavailableError } from "../../errors.js";
import { provideGpu } from "./provide-gpu.js";

export type TfjsDevice = Exclude<Device, "portable">;

export interface Tfjs {
  readonly core: typeof Core;
  readonly converter: typeof Converter;
}

/** The packages that register each device; of several, the first that is there. */
const packages: { readonly [D in TfjsDevice]: readonly [string, ...string[]] } = {
  cpu: ["@tensorflow/tfjs-backend-cpu"],
  wasm: ["@tensorflow/tfjs-backend-wasm"],
  webgl: ["@tensorflow/tfjs-backend-webgl"],
  webgpu: ["@tensorflow/tfjs-backend-webgpu"],
  tensorflow: ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"],
};

const corePackages = ["@tensorflow/tfjs-core", "@tensorflow/tfjs-converter"] as const;

/** Initialisations under way or done. A failed one is forgotten, so that a later call can try again. */
const loaded = new Map<TfjsDevice, Promise<Tfjs>>();

/** TF.js with the device's backend ready. Throws BackendUnavailableError that says what to install. */
export async function loadTfjs(device: TfjsDevice): Promise<Tfjs> {
  const known = loaded.get(device);
  if (known !== undefined) {
    // A GPU that was lost has left TF.js; the next one is started anew.
    const still = device !== "webgpu" || (await known).core.engine().registry[device] !== undefined;
    if (still) return known;
  }
  const loading = load(device);
  loaded.set(device, loading);
  loading.catch(() => loaded.delete(device));
  return loading;
}

/** The devices to try where none is asked for, best first. */
export const defaultDevices: readonly TfjsDevice[] = ["wasm", "cpu"];

async function load(device: TfjsDevice): Promise<Tfjs> {
  const { core, converter, setWasmPaths } = await importPackages(device);
  if (setWasmPaths !== undefined && core.engine().registry["wasm"] === undefined) setPaths(setWasmPaths);

  const engine = core.engine();
  const before = engine.backendName;
  // The cpu backend greets on first use, advising another package; a library should not.
  const prod = core.env().getBool("PROD");
  core.env().set("PROD", true);
  try {
    if (device === "webgl" && core.findBackendFactory(device) === null) {
      throw new BackendUnavailableError(
        "tfjs",
        "the TF.js device webgl is not available: TF.js has WebGL in browsers only",
        "use the device wasm, cpu or webgpu",
      );
    }
    if (!(await core.setBackend(device))) throw unavailable(device, "it could not start on this machine");
    core.tensor1d([0]).dispose();
    // Else small tensors are computed by other kernels, some of which wait for the GPU synchronously, which it cannot do.
    if (device === "webgpu") core.env().set("WEBGPU_CPU_FORWARD", false);
    // Else concatenations leave numbers in the unused lanes of texels, and a product with them makes NaN of infinities.
    if (device === "webgl") core.env().set("WEBGL_PACK_ARRAY_OPERATIONS", false);
  } catch (error) {
    if (error instanceof BackendUnavailableError) throw error;
    throw unavailable(device, `it could not start: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    core.env().set("PROD", prod);
    // Also where nothing was current before: a scorer that ran meanwhile has changed the name, but not what just started.
    const current = before && engine.registry[before] !== undefined ? before : device;
    if (engine.registry[current] !== undefined) await core.setBackend(current);
  }
  return { core, converter };
}

/** In Node the .wasm files are read from the package itself; in a page the caller has set where they are served. */
function setPaths(setWasmPaths: (prefix: string) => void): void {
  // By name at run time: bundlers for browsers would follow an import.
  if (typeof process === "undefined" || process.getBuiltinModule === undefined) return;
  const { createRequire } = process.getBuiltinModule("node:module");
  const { dirname, sep } = process.getBuiltinModule("node:path");
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(dirname(entry) + sep);
}

/**
 * Bundlers follow an import by a literal name, so that a page with TF.js gets it; and inside of `try` they let it be absent, as
 * optional peers may.
 */
async function importPackages(device: TfjsDevice): Promise<Tfjs & { setWasmPaths?: (prefix: string) => void }> {
  try {
    const core = await import("@tensorflow/tfjs-core");
    const converter = await import("@tensorflow/tfjs-converter");
    if (device === "wasm") {
      const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
      return { core, converter, setWasmPaths };
    }
    if (device === "cpu") await import("@tensorflow/tfjs-backend-cpu");
    else if (device === "webgl") await import("@tensorflow/tfjs-backend-webgl");
    else if (device === "webgpu") {
      await provideGpu();
      await import("@tensorflow/tfjs-backend-webgpu");
    } else await importTfjsNode();
    return { core, converter };
  } catch (error) {
    if (error instanceof BackendUnavailableError) throw error;
    throw unavailable(device, error instanceof Error ? error.message : String(error));
  }
}

/** tfjs-node 4.22 calls two functions of node:util that Node 23 took away; they are put back before it loads. */
async function importTfjsNode(): Promise<void> {
  if (typeof process === "undefined" || process.getBuiltinModule === undefined) {
    throw new BackendUnavailableError(
      "tfjs",
      "the TF.js device tensorflow is not available: it runs in Node only",
      "use the device webgpu, webgl or wasm",
    );
  }
  const util = process.getBuiltinModule("node:util") as { isArray?: unknown; isNullOrUndefined?: unknown };
  util.isArray ??= Array.isArray;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  const [plain, ...others] = packages.tensorflow;
  let found = plain;
  const { resolve } = process.getBuiltinModule("node:module").createRequire(import.meta.url);
  for (const name of [plain, ...others].reverse()) {
    try {
      resolve(name);
      found = name;
    } catch (error) {
      // Not installed: the import below says so of the first of them.
      if (!(error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND")) throw error;
    }
  }
  await import(found);
}

function unavailable(device: TfjsDevice, reason: string): BackendUnavailableError {
  const absent = /^Cannot find (?:package|module) '([^']+)'/.exec(reason)?.[1];
  const why = absent === undefined ? reason.split("\n")[0] : `${absent} is not installed`;
  return new BackendUnavailableError(
    "tfjs",
    `the TF.js device ${device} is not available: ${why}`,
    device === "tensorflow"
      ? `install it with: npm install ${packages[device][0]} (its install script downloads libtensorflow; see docs/tfjs-node.md where that is blocked)`
      : absent === undefined
        ? "it is installed, but this machine or runtime lacks what it needs; use the device wasm or cpu"
        : `install it with: npm install ${[...corePackages, packages[device][0]].join(" ")}`,
  );
}
