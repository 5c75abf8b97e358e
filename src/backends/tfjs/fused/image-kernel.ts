/**
 * The forest nodes of fused graphs on the TF.js backends cpu, wasm and tensorflow: the kernels of our wasm backend, in a memory of
 * their own for each forest.
 */

import type { DataId, KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { ForestNode } from "../../../emitters/tfjs/fused-nodes.js";
import {
  BackendUnavailableError,
  InternalError,
  ModelParseError,
  ShapeError,
  UnsupportedError,
} from "../../../errors.js";
import { checkImage } from "../../wasm/check-image.js";
import { headerWords, hostRows, outputBit } from "../../wasm/image-format.js";
import { inOwnMemory, kernelModule, type LoadedImage } from "../../wasm/kernel-module.js";
import { nodeInputs } from "./node-inputs.js";

/** What kernels need of a TF.js backend; all three have it. */
interface Storage {
  readSync(dataId: DataId): ArrayLike<number>;
  write(values: Float32Array | Int32Array, shape: number[], dtype: "float32" | "int32"): DataId;
}

interface LoadedForest {
  readonly memory: LoadedImage;
  readonly columns: number;
  readonly outputs: number;
  readonly blockRows: number;
}

let kernels: WebAssembly.Module | undefined;

/**
 * Resolves when forests can run. Rejects with BackendUnavailableError where WebAssembly is absent or forbidden; who does not await it
 * learns it from the first run instead.
 */
export async function compileKernels(): Promise<void> {
  kernels = await kernelModule();
}

/** By the identity of the weight: it goes when the model is disposed of. */
const forests = new WeakMap<DataId, LoadedForest>();

/** The image in the words of a weight, checked. Throws ModelParseError. */
function loadForest(words: Int32Array): LoadedForest {
  if (kernels === undefined) {
    throw new BackendUnavailableError(
      "tfjs",
      "the kernels of calypte/tfjs are not compiled yet, or may not be",
      'await ready of "calypte/tfjs" before the first run',
    );
  }
  const view = new DataView(new ArrayBuffer(4 * words.length));
  for (let i = 0; i < words.length; i++) view.setInt32(4 * i, words[i]!, true);
  const at = 4 * headerWords.indexOf("bytes");
  const length = view.byteLength > at + 4 ? view.getUint32(at, true) : 0;
  if (Math.ceil(length / 4) !== words.length) {
    throw new ModelParseError("image", "header", `says ${length} bytes, the weight has ${view.byteLength}`);
  }
  const image = checkImage(new Uint8Array(view.buffer, 0, length));
  const [input, output] = [image.inputs[0], image.outputs[0]];
  const whole = input !== undefined && output !== undefined && input.fixed === 0 && output.fixed === 0;
  if (!whole || image.inputs.length !== 1 || image.outputs.length !== 1 || (input.perRow | output.perRow) % 4 !== 0) {
    throw new ModelParseError("image", "header", "expected one input and one output of 4 bytes an element");
  }
  const blockRows = hostRows(image);
  const area = (perRow: number): number => Math.ceil((perRow * blockRows) / 16) * 16;
  const memory = inOwnMemory(kernels)(image, area(input.perRow), area(output.perRow));
  return { memory, columns: input.perRow / 4, outputs: output.perRow / 4, blockRows };
}

/** All rows of `x`, block by block, into `result`. */
function score(
  { memory, columns, outputs, blockRows }: LoadedForest,
  x: Float32Array,
  result: Float32Array | Int32Array,
) {
  const from = new Float32Array(memory.buffer);
  const to = result instanceof Float32Array ? from : new Int32Array(memory.buffer);
  const rows = result.length / outputs;
  for (let row = 0; row < rows; row += blockRows) {
    const n = Math.min(blockRows, rows - row);
    from.set(x.subarray(row * columns, (row + n) * columns), memory.inputsAt / 4);
    if (memory.run(n, outputBit(0)) !== 0) throw new InternalError("a forest's kernel met a wrong index");
    const at = memory.outputsAt / 4;
    result.set(to.subarray(at, at + n * outputs), row * outputs);
  }
}

export const imageKernel =
  (node: ForestNode): KernelFunc =>
  ({ inputs, backend }) => {
    const { op, dtype } = node;
    const { x, image } = nodeInputs(node, inputs);
    const storage = backend as Storage;
    let forest = forests.get(image.dataId);
    if (forest === undefined) {
      const words = Int32Array.from(storage.readSync(image.dataId));
      if (words.length === 1) {
        throw new UnsupportedError(
          op,
          "this graph was written for the device webgpu alone",
          'convert it for "portable", or for the device that it runs on',
        );
      }
      forest = loadForest(words);
      forests.set(image.dataId, forest);
    }
    const [rows, columns] = x.shape;
    if (columns !== forest.columns) {
      throw new ShapeError(`${op}: expected float32[rows, ${forest.columns}], got [${x.shape.join(", ")}]`);
    }
    const shape = [rows, forest.outputs];
    const result =
      dtype === "float32" ? new Float32Array(rows * forest.outputs) : new Int32Array(rows * forest.outputs);
    const given = storage.readSync(x.dataId);
    score(forest, given instanceof Float32Array ? given : Float32Array.from(given), result);
    return { dataId: storage.write(result, shape, dtype), shape, dtype } satisfies TensorInfo;
  };
