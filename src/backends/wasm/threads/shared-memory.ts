/**
 * The memory that all scorers with threads share, and the kernels over it: one for the calling thread here, one in each worker. A
 * scorer takes spans of it for its image and work areas and gives them back when it is disposed. The memory itself never shrinks.
 */

import { BackendUnavailableError, InternalError, LimitError } from "../../../errors.js";
import { type KernelExports, kernelModuleBytes } from "../kernel-module.js";
import { createFreeList, type Span } from "./free-list.js";
import { memoryImport, mostPages, sharedKernels } from "./shared-kernels.js";

export interface SharedMemory {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The calling thread's kernels. */
  readonly kernels: KernelExports;
  /** A span of at least `bytes` at a multiple of 64, with whatever stands there. LimitError where there is no room. */
  take(bytes: number): Span;
  give(span: Span): void;
  /** Bytes given out. */
  taken(): number;
}

const pageBytes = 65536;
/** A memory that cannot grow beyond this is of little use. */
const leastMostPages = 256;

/** Addresses are reserved for all that a memory may grow to: fewer where an engine does not have so many. */
function createMemory(least: number): WebAssembly.Memory {
  for (let most = mostPages; ; most /= 2) {
    try {
      // One less, so that the end of the last span is an address too.
      return new WebAssembly.Memory({ initial: least, maximum: most - 1, shared: true });
    } catch (error) {
      if (most > leastMostPages) continue;
      const reason = error instanceof Error ? error.message : String(error);
      throw new BackendUnavailableError("wasm", `there is no memory to share (${reason})`, "compile with threads: 1");
    }
  }
}

async function create(): Promise<SharedMemory> {
  const module = await WebAssembly.compile(sharedKernels(await kernelModuleBytes()));
  const memory = createMemory(1);
  const instance = new WebAssembly.Instance(module, { [memoryImport.module]: { [memoryImport.name]: memory } });
  // The module's exports have no types of their own; a test calls each of these.
  const kernels = instance.exports as unknown as KernelExports;
  const base = kernels.imageBase();
  if (base % 64 !== 0) throw new InternalError("the kernel module puts the image at an odd place");
  const spans = createFreeList(base, memory.buffer.byteLength);
  const grow = (end: number): void => {
    const missing = Math.ceil((end - memory.buffer.byteLength) / pageBytes);
    if (missing <= 0) return;
    try {
      memory.grow(missing);
    } catch {
      // Whatever the engine says, the reason is that there is no more memory.
      throw new LimitError(
        `the scorers with threads share one WebAssembly memory, which cannot grow to ${Math.ceil(end / 2 ** 20)} MB; dispose some, or compile with threads: 1`,
      );
    }
  };
  return {
    module,
    memory,
    kernels,
    take: (bytes) => spans.take(bytes, grow),
    give: (span) => spans.give(span),
    taken: () => spans.taken,
  };
}

let shared: Promise<SharedMemory> | undefined;

/** The one of this process or page. BackendUnavailableError where it cannot be had. */
export function sharedMemory(): Promise<SharedMemory> {
  shared ??= create().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}
