/**
 * WebGPU for TF.js: the browser's own, or in Node the one of the optional package `webgpu` (Dawn). Shader and memory errors do not
 * throw there; they are collected here, so that whoever runs a graph can ask before it trusts the answer.
 */

import type * as Core from "@tensorflow/tfjs-core";
import { BackendUnavailableError, type CalypteError, InternalError, LimitError } from "../../errors.js";

/** What calypte needs of WebGPU's types, which lib.dom of older compilers lacks. */
interface GpuAdapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly architecture?: string; readonly isFallbackAdapter?: boolean };
}
interface GpuDevice {
  addEventListener(type: "uncapturederror", listener: (event: { readonly error: Error }) => void): void;
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>;
  readonly limits: { readonly maxStorageBufferBindingSize: number };
}
interface Gpu {
  requestAdapter(options?: { readonly powerPreference?: string }): Promise<GpuAdapter | null>;
}

const found = (): Gpu | undefined =>
  typeof navigator === "undefined" ? undefined : (navigator as { readonly gpu?: Gpu }).gpu;

/** Makes `navigator.gpu` exist, and says whether it is hardware. Throws BackendUnavailableError where there is no adapter. */
export async function provideGpu(): Promise<{ readonly software: boolean }> {
  if (found() === undefined) await provideDawn();
  const adapter = await found()?.requestAdapter();
  if (adapter === undefined || adapter === null) {
    throw new BackendUnavailableError(
      "tfjs",
      "the TF.js device webgpu is not available: WebGPU has no adapter here",
      isNode()
        ? "install a graphics driver with Vulkan, Metal or Direct3D 12, or use the device wasm"
        : "switch on hardware acceleration in the browser's settings, or use the device webgl or wasm",
    );
  }
  const software =
    adapter.isFallbackAdapter === true ||
    adapter.info?.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|warp/i.test(adapter.info?.architecture ?? "");
  return { software };
}

const isNode = (): boolean => typeof process !== "undefined" && process.getBuiltinModule !== undefined;

async function provideDawn(): Promise<void> {
  if (!isNode()) {
    // Browsers hide it from pages that came without encryption.
    const secure = (globalThis as { readonly isSecureContext?: boolean }).isSecureContext !== false;
    throw new BackendUnavailableError(
      "tfjs",
      `the TF.js device webgpu is not available: ${secure ? "this browser has no WebGPU, or it is switched off" : "browsers give WebGPU to secure pages only"}`,
      secure
        ? "use the device webgl or wasm"
        : "serve the page over https or from localhost, or use the device webgl or wasm",
    );
  }
  // A name that only the run time knows: minifiers fold constants, and bundlers for browsers would follow the import.
  const name = process.release.name === "node" ? "webgpu" : "";
  let dawn: { create(options: readonly string[]): Gpu; readonly globals: Readonly<Record<string, unknown>> };
  try {
    dawn = (await import(name)) as typeof dawn;
  } catch (error) {
    const absent = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    const reason = String(error instanceof Error ? error.message : error).split("\n")[0];
    throw new BackendUnavailableError(
      "tfjs",
      `the TF.js device webgpu is not available: ${absent ? "the package webgpu (Dawn) is not installed" : `the package webgpu does not load: ${reason}`}`,
      absent
        ? "install it with: npm install webgpu@0.6.2"
        : "install webgpu@0.6.2, which loads on older systems than others do, or use the device wasm",
    );
  }
  Object.assign(globalThis, dawn.globals);
  // Node 20 has no navigator, later ones a navigator without gpu.
  if (typeof navigator === "undefined") {
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(navigator, "gpu", { value: dawn.create([]), configurable: true, writable: true });
}

/** Errors of a device, as ours. */
export interface DeviceErrors {
  /** The first since the last call; undefined where there were none. */
  take(): CalypteError | undefined;
  /** That the device is lost, if it is. */
  lost(): CalypteError | undefined;
}

const watched = new WeakMap<object, DeviceErrors>();

/** TF.js's webgpu backend, which must be initialised. */
const webgpuOf = (core: typeof Core) =>
  core.engine().findBackend("webgpu") as unknown as { readonly device: GpuDevice };

/** Elements of the largest tensor that a shader of TF.js's webgpu backend, which must be initialised, can be given. */
export const largestOnGpu = (core: typeof Core): number =>
  Math.floor(webgpuOf(core).device.limits.maxStorageBufferBindingSize / 4);

/** Watches the device of TF.js's webgpu backend, which must be initialised. */
export function watchGpu(core: typeof Core): DeviceErrors {
  const backend = webgpuOf(core);
  const known = watched.get(backend.device);
  if (known !== undefined) return known;
  let first: CalypteError | undefined;
  let lost: CalypteError | undefined;
  backend.device.addEventListener("uncapturederror", ({ error }) => {
    const { name } = Object.getPrototypeOf(error).constructor as { readonly name: string };
    first ??=
      name === "GPUOutOfMemoryError"
        ? new LimitError("the GPU has no memory left for this batch; use fewer rows per call, or the device wasm")
        : new InternalError(`WebGPU refused a step of the graph: ${error.message}`);
  });
  void backend.device.lost.then(({ reason, message }) => {
    forgetGpu(core, backend);
    lost = new BackendUnavailableError(
      "tfjs",
      `the GPU device was lost (${reason ?? "unknown"}): ${message}`,
      "compile the model again, or use the device wasm",
    );
  });
  const errors: DeviceErrors = {
    take() {
      const error = lost ?? first;
      first = undefined;
      return error;
    },
    lost: () => lost,
  };
  watched.set(backend.device, errors);
  return errors;
}

/** Lets TF.js start its webgpu backend anew, on another device: the one it has was lost, and with it all tensors there. */
function forgetGpu(core: typeof Core, lost: object): void {
  if (core.engine().registry["webgpu"] !== lost) return;
  const factory = core.findBackendFactory("webgpu");
  core.removeBackend("webgpu");
  core.registerBackend("webgpu", factory, 3);
}
