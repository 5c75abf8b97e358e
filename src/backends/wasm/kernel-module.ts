/** The kernel module: compiled once for all scorers, instantiated with a memory of its own for each image. */

import { BackendUnavailableError, InternalError, LimitError } from "../../errors.js";
import { nodeModule } from "../../node-module.js";
import { deflatedKernels } from "./generated/kernels.js";
import type { Image } from "./image-writer.js";

/** A module with 128-bit vectors (one function: i32.const 0, i8x16.splat, drop), to ask whether the engine has them. */
const vectorProbe = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  4,
  1,
  96,
  0,
  0,
  3,
  2,
  1,
  0,
  10,
  9,
  1,
  7,
  0,
  65,
  0,
  253,
  15,
  26,
  11,
);

let compiled: Promise<WebAssembly.Module> | undefined;

/** Bytes of the kernel module. */
export async function kernelModuleBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const [zlib, buffer] = [nodeModule("node:zlib"), nodeModule("node:buffer")];
  // Node has both streams and `atob`, but they take milliseconds in a process that has just started.
  if (zlib !== undefined && buffer !== undefined) {
    return new Uint8Array(zlib.inflateRawSync(buffer.Buffer.from(deflatedKernels, "base64")));
  }
  const deflated = Uint8Array.from(atob(deflatedKernels), (character) => character.charCodeAt(0));
  const inflated = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

/**
 * Node compiles each function when it is first called, so the module itself takes no longer than handing it to another thread. Pages
 * may not compile where they draw.
 */
async function compileKernels(): Promise<WebAssembly.Module> {
  const inNode = typeof process !== "undefined" && process.versions?.node !== undefined;
  const bytes = await kernelModuleBytes();
  return inNode ? new WebAssembly.Module(bytes) : WebAssembly.compile(bytes);
}

/** The compiled module. Throws BackendUnavailableError where WebAssembly, or its vectors, are absent or forbidden. */
export async function kernelModule(): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "undefined") {
    throw new BackendUnavailableError("wasm", "this engine has no WebAssembly", 'use backend "reference"');
  }
  if (!WebAssembly.validate(vectorProbe)) {
    throw new BackendUnavailableError(
      "wasm",
      "this engine's WebAssembly has no 128-bit vectors (SIMD)",
      'update it, or use backend "reference"',
    );
  }
  compiled ??= compileKernels();
  try {
    return await compiled;
  } catch (cause) {
    compiled = undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BackendUnavailableError(
      "wasm",
      `WebAssembly may not be compiled here (${reason})`,
      "allow it with 'wasm-unsafe-eval' in the page's Content-Security-Policy; where a host only takes modules that it has " +
        'compiled itself, as edge workers do, import calypte/kernels.wasm and give it as the option kernels; or use backend "reference"',
    );
  }
}

/** An image in memory, and the entry that runs it. */
export interface LoadedImage {
  /** All of the memory; what stands in it keeps its address. */
  readonly buffer: ArrayBufferLike;
  /** Addresses of the areas of inputs and outputs. */
  readonly inputsAt: number;
  readonly outputsAt: number;
  /** Scores `rows` rows from the area of inputs into that of outputs; 0, or 1 + the number of the call that met a wrong index. */
  run(rows: number, wanted: number): number;
  wrongIndex(): number;
  /** Where several threads can run it. */
  readonly threads?: Threads;
  /** Gives its memory back; nothing may be called any more. */
  free(): void;
}

export interface Threads {
  /** At least 2. */
  readonly count: number;
  /** Memory for calls of several threads, whose blocks take up to so many bytes; asked for with the same numbers each time. */
  area(inputBytes: number, outputBytes: number): ThreadArea;
}

/** Where several threads find rows and leave answers. */
export interface ThreadArea {
  readonly buffer: ArrayBufferLike;
  /** Areas of inputs and outputs, as `inputsAt` and `outputsAt` are. */
  readonly slots: readonly { readonly inputs: number; readonly outputs: number }[];
  /**
   * Scores blocks of rows. `fill` puts the next one into a slot and says how many rows it has, 0 after the last; `collect` takes the
   * answers from the slot. False where a kernel met a wrong index.
   */
  run(wanted: number, fill: (slot: number) => number, collect: (slot: number) => void): Promise<boolean>;
}

/** Puts an image into memory, with areas of inputs and outputs. LimitError where it is too large. */
export type PlaceImage = (image: Image, inputBytes: number, outputBytes: number) => LoadedImage;

const pageBytes = 65536;
/** WebAssembly's memory ends here. */
const mostPages = 65536;

/** What is called of the module's exports; index.ts in kernels/ says what they do. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  imageBase(): number;
  run(base: number, work: number, inputs: number, outputs: number, rows: number, wanted: number): number;
  wrongIndex(): number;
}

/** Puts the image in the memory of a new instance, with areas of `inputBytes` and `outputBytes` behind it. LimitError where it is too large. */
export function loadImage(
  module: WebAssembly.Module,
  image: Image,
  inputBytes: number,
  outputBytes: number,
): LoadedImage {
  // The module's exports have no types of their own; a test calls each of these.
  const kernels = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  const { memory } = kernels;
  const base = kernels.imageBase();
  if (base % 64 !== 0) throw new InternalError("the kernel module puts the image at an odd place");
  const inputsAt = base + image.memoryBytes;
  const outputsAt = inputsAt + inputBytes;
  const pages = Math.ceil((outputsAt + outputBytes) / pageBytes);
  const missing = pages - memory.buffer.byteLength / pageBytes;
  if (pages >= mostPages) throw tooLarge(pages);
  if (missing > 0) {
    try {
      memory.grow(missing);
    } catch {
      // Whatever the engine says, the reason is that there is no more memory.
      throw tooLarge(pages);
    }
  }
  new Uint8Array(memory.buffer).set(image.bytes, base);
  // What is called later must not hold the image.
  const work = base + image.workAt;
  return {
    buffer: memory.buffer,
    inputsAt,
    outputsAt,
    run: (rows, wanted) => kernels.run(base, work, inputsAt, outputsAt, rows, wanted),
    wrongIndex: () => kernels.wrongIndex(),
    // It is the instance's, which goes when nobody holds it.
    free: () => undefined,
  };
}

/** Each image in the memory of an instance of its own. */
export const inOwnMemory =
  (module: WebAssembly.Module): PlaceImage =>
  (image, inputBytes, outputBytes) =>
    loadImage(module, image, inputBytes, outputBytes);

function tooLarge(pages: number): LimitError {
  return new LimitError(
    `the compiled model needs ${Math.ceil((pages * pageBytes) / 2 ** 20)} MB of WebAssembly's memory, more than there is; use backend "reference"`,
  );
}
