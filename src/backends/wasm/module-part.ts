/** A Program in the kernel module: its image in memory, rows copied in and answers copied out block by block. */

import { DataError, InternalError, LimitError, ShapeError } from "../../errors.js";
import { evaluateDim, evaluateDims, formatDims } from "../../ir/dims.js";
import { allocate, type DType } from "../../ir/dtype.js";
import { KeptProgram } from "../../ir/kept-program.js";
import type { Program } from "../../ir/program.js";
import { runInBlocks } from "../../ir/rows.js";
import { isStringData, sizeOf, type Tensor } from "../../ir/tensor.js";
import { formatType, rowAxis, type TensorType } from "../../ir/types.js";
import { buildImage } from "./image.js";
import { hostRows, outputBit, type SlotSize, slotOffsets } from "./image-format.js";
import { interpretOnReference } from "./interpret-on-reference.js";
import type { PlaceImage, ThreadArea } from "./kernel-module.js";
import { blocksOf, evenBlocks, leastThreadRows, rowsOfSlots, workAlone } from "./threads/row-blocks.js";

export type Tensors = ReadonlyMap<string, Tensor>;

export interface ModulePart {
  /** Rows that are in the module's memory at once. */
  readonly blockRows: number;
  /** The named outputs for `n` rows. */
  run(inputs: Tensors, n: number, names: readonly string[]): Tensors;
  /** As `run`, by several threads where there are some and they pay. */
  runOnThreads(inputs: Tensors, n: number, names: readonly string[]): Promise<Tensors>;
  /** Why only one thread runs it, although there could be several. */
  readonly oneThread: string | undefined;
  /** Gives its memory back once no call is under way. */
  dispose(): void;
}

type Cells = Exclude<Tensor["data"], string[]>;

/** All of the module's memory as elements of each type; they share its bytes. */
function heapsOf(buffer: ArrayBufferLike): (dtype: DType) => Cells {
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

/** The image in memory; its bytes outside of that memory are let go. */
function load(program: Program, place: PlaceImage) {
  const image = buildImage(program);
  const { inputs, outputs } = image;
  const [ins, outs] = [program.inputs, program.outputs].map((ports) => ports.map((p) => program.types[p.value]!));
  // Rows of a block are next to each other along the first axis only.
  const streams = [...ins!, ...outs!].every((type) => Number(rowAxis(type)) <= 0);
  const rows = streams ? hostRows(image) : image.blockRows;
  const loaded = place(image, areaBytes(inputs, rows), areaBytes(outputs, rows));
  return {
    loaded,
    blockRows: rows,
    streams,
    inputSlots: inputs,
    outputSlots: outputs,
    tableBytes: image.bytes.byteLength,
  };
}

const areaBytes = (slots: readonly SlotSize[], rows: number): number => slotOffsets(slots, rows).at(-1) ?? 0;

/** What a call needs beside its results. */
interface Call {
  /** Of the inputs, in order. */
  readonly given: Cells[];
  /** Numbers of the outputs asked for, and their data. */
  readonly outputs: number[];
  readonly data: Cells[];
  /** The outputs asked for, a bit each. */
  wanted: number;
}

const nothing = new Uint8Array(0);

const emptyCall = (): Call => ({ given: [], outputs: [], data: [], wanted: 0 });

export function createModulePart(program: Program, place: PlaceImage): ModulePart {
  const whole = new KeptProgram(program);
  const { inputs, outputs, types } = program;
  const part = partOf({ inputs, outputs, types, instructions: [] }, load(program, place), whole);
  whole.rest();
  return part;
}

/** `program` without instructions, which only errors need: `whole` has them. */
function partOf(program: Program, ready: ReturnType<typeof load>, whole: KeptProgram): ModulePart {
  const { loaded, blockRows, streams, inputSlots, outputSlots, tableBytes } = ready;
  const portsIn = (buffer: ArrayBufferLike) => {
    const heapOf = heapsOf(buffer);
    return ({ name, value }: { readonly name: string; readonly value: number }): Port => {
      const type = program.types[value]!;
      const cells = sizeOf(evaluateDims(type.shape, 0));
      return { name, type, heap: heapOf(type.dtype), rowCells: sizeOf(evaluateDims(type.shape, 1)) - cells, cells };
    };
  };
  let inputs = program.inputs.map(portsIn(loaded.buffer));
  let outputs = program.outputs.map(portsIn(loaded.buffer));
  const outputNumbers = new Map(outputs.map(({ name }, i) => [name, i]));

  let offsetsFor = -1;
  let inputOffsets: readonly number[] = [];
  let outputOffsets: readonly number[] = [];
  const prepareOffsets = (rows: number): void => {
    if (rows === offsetsFor) return;
    offsetsFor = rows;
    inputOffsets = slotOffsets(inputSlots, rows);
    outputOffsets = slotOffsets(outputSlots, rows);
  };
  const copyIn = ({ given }: Call, from: number, rows: number, at: number): void => {
    prepareOffsets(rows);
    for (let i = 0; i < inputs.length; i++) {
      const { heap, rowCells, cells } = inputs[i]!;
      const cell = (at + inputOffsets[i]!) / heap.BYTES_PER_ELEMENT;
      copyCells(given[i]!, from * rowCells, rows * rowCells + cells, heap, cell);
    }
  };
  const copyOut = (call: Call, from: number, rows: number, at: number): void => {
    prepareOffsets(rows);
    for (let i = 0; i < call.outputs.length; i++) {
      const index = call.outputs[i]!;
      const { heap, rowCells, cells } = outputs[index]!;
      const cell = (at + outputOffsets[index]!) / heap.BYTES_PER_ELEMENT;
      copyCells(heap, cell, rows * rowCells + cells, call.data[i]!, from * rowCells);
    }
  };

  /** Throws what the reference throws for a wrong index. */
  const explain = (given: Tensors, n: number): never => {
    interpretOnReference(whole.get(), given, n);
    throw new InternalError(`a kernel met the index ${loaded.wrongIndex()}, which the reference takes`);
  };

  /** Checks the inputs and makes the results, whose data the call fills. */
  const begin = (call: Call, given: Tensors, n: number, names: readonly string[]): Tensors => {
    for (let i = 0; i < inputs.length; i++) call.given[i] = cellsOf(inputs[i]!, given, n);
    const results = new Map<string, Tensor>();
    let wanted = 0;
    if (call.outputs.length > names.length) call.outputs.length = names.length;
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
      call.outputs[i] = index;
      call.data[i] = numbers;
    }
    call.wanted = wanted >>> 0;
    return results;
  };

  /** Rows [from, from + rows) on this thread; false where a kernel met a wrong index. */
  const runBlock = (call: Call, from: number, rows: number): boolean => {
    copyIn(call, from, rows, loaded.inputsAt);
    if (loaded.run(rows, call.wanted) !== 0) return false;
    copyOut(call, from, rows, loaded.outputsAt);
    return true;
  };

  // Used again by each call on this thread, which is never inside another.
  const ownCall = emptyCall();
  const runRows = (given: Tensors, n: number, names: readonly string[]): Tensors => {
    const results = begin(ownCall, given, n, names);
    let from = 0;
    do {
      const rows = Math.min(blockRows, n - from);
      if (!runBlock(ownCall, from, rows)) explain(given, n);
      from += rows;
    } while (from < n);
    // The user's arrays and the answers are not kept alive. Setting a length would cost more than all else at one row.
    for (let i = 0; i < ownCall.given.length; i++) ownCall.given[i] = nothing;
    for (let i = 0; i < ownCall.data.length; i++) ownCall.data[i] = nothing;
    return results;
  };

  const run = (given: Tensors, n: number, names: readonly string[]): Tensors => {
    if (!Number.isSafeInteger(n) || n < 0) throw new DataError(`the batch size ${n} is not a count`);
    if (streams || n <= blockRows) return runRows(given, n, names);
    const kept = { ...program, outputs: program.outputs.filter((o) => names.includes(o.name)) };
    return runInBlocks(kept, given, n, blockRows, (block, rows) => runRows(block, rows, names));
  };

  const { threads } = loaded;
  const slotRows = Math.min(blockRows, rowsOfSlots([...inputSlots, ...outputSlots]));
  /** The area of threads; ports see the memory as it is now, in which those made before stand where they stood. */
  const threadArea = (): ThreadArea | undefined => {
    const area = threads?.area(areaBytes(inputSlots, slotRows), areaBytes(outputSlots, slotRows));
    if (area !== undefined && inputs[0]?.heap.buffer !== area.buffer) {
      inputs = program.inputs.map(portsIn(area.buffer));
      outputs = program.outputs.map(portsIn(area.buffer));
    }
    return area;
  };

  /** Calls under way that come back to this part's memory. */
  let pending = 0;
  let disposed = false;

  const runOnThreads = async (given: Tensors, n: number, names: readonly string[]): Promise<Tensors> => {
    if (threads === undefined || !streams || n <= leastThreadRows) return run(given, n, names);
    const call = emptyCall();
    const results = begin(call, given, n, names);
    const even = evenBlocks(tableBytes, threads.count, slotRows, n);
    const { from: alone, msPerRow } =
      even !== undefined
        ? { from: 0, msPerRow: 0 }
        : workAlone(n, blockRows, (from, rows) => {
            if (!runBlock(call, from, rows)) explain(given, n);
          });
    if (alone === n) return results;
    const area = threadArea();
    if (area === undefined) throw new InternalError("there is no area for threads");
    const nextRows = even ?? blocksOf(threads.count, slotRows, msPerRow);
    const places = area.slots.map(() => ({ from: 0, rows: 0 }));
    let next = alone;
    pending++;
    try {
      const right = await area.run(
        call.wanted,
        (slot) => {
          const rows = nextRows(n - next);
          if (rows > 0) copyIn(call, next, rows, area.slots[slot]!.inputs);
          places[slot] = { from: next, rows };
          next += rows;
          return rows;
        },
        (slot) => copyOut(call, places[slot]!.from, places[slot]!.rows, area.slots[slot]!.outputs),
      );
      return right ? results : explain(given, n);
    } finally {
      pending--;
      if (disposed && pending === 0) loaded.free();
    }
  };

  return {
    blockRows,
    run,
    runOnThreads,
    oneThread:
      threads !== undefined && !streams ? "the rows of an input or output do not stand one after another" : undefined,
    dispose() {
      if (disposed) return;
      disposed = true;
      if (pending === 0) loaded.free();
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
