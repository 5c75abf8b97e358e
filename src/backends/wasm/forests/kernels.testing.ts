/** Runs packed forests in the kernel module, as the machine will. Test and bench code: nothing in the library imports it. */

import { evaluateInstruction } from "../../../ir/evaluate.js";
import type { Forest } from "../../../ir/forest.js";
import { float64, numbersOf, type Tensor } from "../../../ir/tensor.js";
import { kernelModuleBytes } from "../kernel-module.js";
import { align, type ForestKernel, type PackedForest } from "./packed-forest.js";

type Kernel = (params: number, x: number, rowStride: number, out: number, rows: number, scratch: number) => void;

interface KernelModule {
  readonly memory: WebAssembly.Memory;
  readonly base: number;
  kernel(name: ForestKernel): Kernel;
}

const compiled = new WebAssembly.Module(await kernelModuleBytes());

function instantiate(): KernelModule {
  const { exports } = new WebAssembly.Instance(compiled, {});
  const memory = exports["memory"] as WebAssembly.Memory;
  const base = align((exports["heapBase"] as () => number)(), 64);
  return { memory, base, kernel: (name) => exports[name] as Kernel };
}

/** The instance that tests share. */
const shared = instantiate();

/** Grows the memory to hold `bytes` bytes. */
function reserve(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
}

/** A packed forest in memory of its own. */
export interface PlacedForest {
  /** Copies the rows in, runs, copies the result out. */
  run(x: Float32Array | Float64Array, rows: number, out: Float32Array | Float64Array | Int32Array): void;
}

/** For batches of up to `maxRows` rows of `width` elements of `elementBytes`, and results of `bytesPerRowOut`. */
export function place(
  packed: PackedForest,
  width: number,
  bytesPerRowOut: number,
  maxRows: number,
  elementBytes: number,
): PlacedForest {
  const { memory, base, kernel } = instantiate();
  const run = kernel(packed.kernel);
  const params = base;
  const x = align(params + packed.params.length, 64);
  const out = align(x + maxRows * width * elementBytes, 64);
  const scratch = align(out + maxRows * bytesPerRowOut, 64);
  reserve(memory, scratch + packed.scratchBytes(maxRows) + 64);
  new Uint8Array(memory.buffer).set(packed.params, params);
  const input = new Uint8Array(memory.buffer, x);
  const output = new Uint8Array(memory.buffer, out);
  return {
    run(data, rows, result) {
      input.set(new Uint8Array(data.buffer, data.byteOffset, rows * width * elementBytes));
      run(params, x, width * elementBytes, out, rows, scratch);
      const bytes = rows * bytesPerRowOut;
      new Uint8Array(result.buffer, result.byteOffset, bytes).set(output.subarray(0, bytes));
    },
  };
}

/** What the kernel answers, as the primitives `forest` and `forestLeaves` would. Memory around it is filled with a pattern first. */
export function runPacked(packed: PackedForest, forest: Forest, want: "raw" | "leaves", x: Tensor): Tensor {
  if (!(x.data instanceof Float32Array || x.data instanceof Float64Array))
    throw new TypeError("rows are float32 or float64");
  const [rows, width] = [x.shape[0]!, x.shape[1]!];
  const columns = want === "raw" ? forest.nOutputs : forest.nTrees;
  const data =
    want === "leaves"
      ? new Int32Array(rows * columns)
      : forest.sum === "float32"
        ? new Float32Array(rows * columns)
        : new Float64Array(rows * columns);
  const { memory, base, kernel } = shared;
  const elementBytes = x.data.BYTES_PER_ELEMENT;
  const params = base;
  const input = align(params + packed.params.length, 16);
  const out = align(input + x.data.byteLength, 16) + 16;
  const scratch = align(out + data.byteLength + 16, 16);
  const end = scratch + packed.scratchBytes(rows);
  reserve(memory, end + 16);
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0xa5, base, end + 16);
  bytes.set(packed.params, params);
  bytes.set(new Uint8Array(x.data.buffer, x.data.byteOffset, x.data.byteLength), input);
  kernel(packed.kernel)(params, input, width * elementBytes, out, rows, scratch);
  for (const at of [out - 16, out + data.byteLength, end]) {
    for (let i = 0; i < 16; i++)
      if (bytes[at + i] !== 0xa5) throw new Error(`${packed.kernel} wrote outside of its memory`);
  }
  if (packed.params.some((byte, i) => bytes[params + i] !== byte))
    throw new Error(`${packed.kernel} changed its params`);
  new Uint8Array(data.buffer).set(bytes.subarray(out, out + data.byteLength));
  return { dtype: want === "leaves" ? "int32" : forest.sum, shape: [rows, columns], data };
}

/** The primitives' own answer, with float32 rows widened where they compare in float64. */
export function answerOf(forest: Forest, want: "raw" | "leaves", x: Tensor): Tensor {
  const same = x.dtype === forest.compare ? x : float64(numbersOf(x.data), x.shape);
  const op = want === "raw" ? "forest" : "forestLeaves";
  return evaluateInstruction({ op, attrs: { forest } }, [same], x.shape[0]!)[0]!;
}
