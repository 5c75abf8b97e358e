/** A Program in the kernel module: its image in memory, rows copied in and answers copied out block by block. */

import { DataError, InternalError, LimitError, ShapeError } from "../../errors.js";
import { evaluateDim, evaluateDims, formatDims } from "../../ir/dims.js";
import { allocate, type DType } from "../../ir/dtype.js";
import type { Program } from "../../ir/program.js";
import { runInBlocks } from "../../ir/rows.js";
import { isStringData, sizeOf, type Tensor } from "../../ir/tensor.js";
import { formatType, rowAxis, type TensorType } from "../../ir/types.js";
import { buildImage } from "./image.js";
import { hostRows, outputBit, type SlotSize, slotOffsets } from "./image-format.js";
import { interpretOnReference } from "./interpret-on-reference.js";
import { loadImage } from "./kernel-module.js";

export type Tensors = ReadonlyMap<string, Tensor>;

export interface ModulePart {
  /** Rows that are in the module's memory at once. */
  readonly blockRows: number;
  /** The named outputs for `n` rows. */
  run(inputs: Tensors, n: number, names: readonly string[]): Tensors;
}

type Cells = Exclude<Tensor["data"], string[]>;

/** All of the module's memory as elements of each type; they share its bytes. */
function heapsOf(buffer: ArrayBuffer): (dtype: DType) => Cells {
  const heaps = new Map<DType, Cells>();
  const make: { readonly [D in DType]?: () => Cells } = {
    float32: () => new Float32Array(buffer),
    float64: () => new Float64Array(buffer),
    int8: () => new Int8Array(buffer),
    int16: () => new Int16Array(buffer),
    int32: () => new Int32Array(buffer),
    int64: () => new BigInt64Array(buffer),
    uint8: () => new Uint8Array(buffer),
    uint16: () => new Uint16Array(buffer),
    uint32: () => new Uint32Array(buffer),
    uint64: () => new BigUint64Array(buffer),
    bool: () => new Uint8Array(buffer),
  };
  return (dtype) => {
    const known = heaps.get(dtype) ?? make[dtype]?.();
    if (known === undefined) throw new InternalError(`${dtype} does not stand in the module's memory`);
    heaps.set(dtype, known);
    return known;
  };
}

/** `to.set(from.subarray(start, start + count), at)`, both of one element type; short ones without making a view. */
function copyCells(from: Cells, start: number, count: number, to: Cells, at: number): void {
  const [source, target]: [{ [i: number]: number | bigint }, { [i: number]: number | bigint }] = [from, to];
  if (count <= 32) for (let i = 0; i < count; i++) target[at + i] = source[start + i]!;
  else if (from instanceof BigInt64Array || from instanceof BigUint64Array) {
    if (to instanceof BigInt64Array || to instanceof BigUint64Array) to.set(from.subarray(start, start + count), at);
  } else if (!(to instanceof BigInt64Array || to instanceof BigUint64Array)) {
    to.set(start === 0 && count === from.length ? from : from.subarray(start, start + count), at);
  }
}

/** Input or output `name`; `rowCells` elements a row, `cells` beside. */
interface Port {
  readonly name: string;
  readonly type: TensorType;
  readonly heap: Cells;
  readonly rowCells: number;
  readonly cells: number;
}

/** More elements than this cannot be allocated, and say so less clearly. */
const mostElements = 2 ** 31;

/** The image in memory of its own; its bytes outside of that memory are let go. */
function place(program: Program, module: WebAssembly.Module) {
  const image = buildImage(program);
  const { inputs, outputs } = image;
  const [ins, outs] = [program.inputs, program.outputs].map((ports) => ports.map((p) => program.types[p.value]!));
  // Rows of a block are next to each other along the first axis only.
  const streams = [...ins!, ...outs!].every((type) => Number(rowAxis(type)) <= 0);
  const rows = streams ? hostRows(image) : image.blockRows;
  const areaBytes = (slots: readonly SlotSize[]): number => slotOffsets(slots, rows).at(-1) ?? 0;
  const loaded = loadImage(module, image, areaBytes(inputs), areaBytes(outputs));
  return { loaded, blockRows: rows, streams, inputSlots: inputs, outputSlots: outputs };
}

export function createModulePart(program: Program, module: WebAssembly.Module): ModulePart {
  const { loaded, blockRows, streams, inputSlots, outputSlots } = place(program, module);
  const heapOf = heapsOf(loaded.bytes.buffer);
  const port = ({ name, value }: { readonly name: string; readonly value: number }): Port => {
    const type = program.types[value]!;
    const cells = sizeOf(evaluateDims(type.shape, 0));
    return { name, type, heap: heapOf(type.dtype), rowCells: sizeOf(evaluateDims(type.shape, 1)) - cells, cells };
  };
  const inputs = program.inputs.map(port);
  const outputs = program.outputs.map(port);
  const outputNumbers = new Map(outputs.map(({ name }, i) => [name, i]));

  let offsetsFor = -1;
  let inputOffsets: readonly number[] = [];
  let outputOffsets: readonly number[] = [];
  const prepareOffsets = (rows: number): void => {
    if (rows === offsetsFor) return;
    offsetsFor = rows;
    inputOffsets = slotOffsets(inputSlots, rows).map((o) => loaded.inputsAt + o);
    outputOffsets = slotOffsets(outputSlots, rows).map((o) => loaded.outputsAt + o);
  };

  /** Throws what the reference throws for a wrong index. */
  const explain = (given: Tensors, n: number): never => {
    interpretOnReference(program, given, n);
    throw new InternalError(`a kernel met the index ${loaded.wrongIndex()}, which the reference takes`);
  };

  // What a call needs beside its results; a call is never inside another.
  const found: Cells[] = [];
  const wantedOutputs: number[] = [];
  const data: Cells[] = [];

  const runRows = (given: Tensors, n: number, names: readonly string[]): Tensors => {
    for (let i = 0; i < inputs.length; i++) found[i] = cellsOf(inputs[i]!, given, n);
    const results = new Map<string, Tensor>();
    let wanted = 0;
    wantedOutputs.length = names.length;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const index = outputNumbers.get(name) ?? missing(name);
      const { type, rowCells, cells } = outputs[index]!;
      if (rowCells * n + cells > mostElements) {
        throw new LimitError(
          `output ${name} would have ${rowCells * n + cells} elements for ${n} rows, over the limit of ${mostElements}; pass fewer rows`,
        );
      }
      const numbers = allocateNumbers(type.dtype, rowCells * n + cells);
      results.set(name, { dtype: type.dtype, shape: evaluateDims(type.shape, n), data: numbers });
      wanted |= outputBit(index);
      wantedOutputs[i] = index;
      data[i] = numbers;
    }
    let from = 0;
    do {
      const rows = Math.min(blockRows, n - from);
      prepareOffsets(rows);
      for (let i = 0; i < inputs.length; i++) {
        const { heap, rowCells, cells } = inputs[i]!;
        copyCells(found[i]!, from * rowCells, rows * rowCells + cells, heap, inputOffsets[i]! / heap.BYTES_PER_ELEMENT);
      }
      if (loaded.run(rows, wanted >>> 0) !== 0) explain(given, n);
      for (let i = 0; i < wantedOutputs.length; i++) {
        const index = wantedOutputs[i]!;
        const { heap, rowCells, cells } = outputs[index]!;
        const at = outputOffsets[index]! / heap.BYTES_PER_ELEMENT;
        copyCells(heap, at, rows * rowCells + cells, data[i]!, from * rowCells);
      }
      from += rows;
    } while (from < n);
    // The user's arrays and the answers are not kept alive.
    found.length = 0;
    data.length = 0;
    return results;
  };

  return {
    blockRows,
    run(given, n, names) {
      if (!Number.isSafeInteger(n) || n < 0) throw new DataError(`the batch size ${n} is not a count`);
      if (streams || n <= blockRows) return runRows(given, n, names);
      const kept = { ...program, outputs: program.outputs.filter((o) => names.includes(o.name)) };
      return runInBlocks(kept, given, n, blockRows, (block, rows) => runRows(block, rows, names));
    },
  };
}

function missing(name: string): never {
  throw new InternalError(`the module has no output ${name}`);
}

function allocateNumbers(dtype: DType, length: number): Cells {
  const data = allocate(dtype, length);
  if (isStringData(data)) throw new InternalError("strings do not stand in the module's memory");
  return data;
}

/** The input's data, checked against its type for `n` rows. */
function cellsOf({ name, type }: Port, given: Tensors, n: number): Cells {
  const value = given.get(name);
  if (value === undefined) throw new DataError(`input ${name} is missing`, { column: name });
  const { shape } = type;
  const fits = value.shape.length === shape.length && shape.every((d, i) => evaluateDim(d, n) === value.shape[i]);
  if (value.dtype !== type.dtype || !fits || isStringData(value.data) || value.data.length !== sizeOf(value.shape)) {
    throw new ShapeError(
      `input ${name}: expected ${formatType(type)} with N = ${n}, got ${value.dtype}${formatDims(value.shape)}`,
    );
  }
  return value.data;
}
