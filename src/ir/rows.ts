/**
 * Rows of a Program: whether each row's outputs depend on that row alone, and how such a Program is run in blocks of rows.
 * Backends use it to bound memory and to stay in the cache; see design, "The way of the data".
 */

import { InternalError, OptionError, ShapeError } from "../errors.js";
import { dependsOnN, evaluateDim } from "./dims.js";
import { allocate } from "./dtype.js";
import { instructionMixesRows } from "./evaluate.js";
import { copyRange } from "./primitives/broadcast.js";
import type { Instruction, Program } from "./program.js";
import { isStringData, sizeOf, type Tensor } from "./tensor.js";
import { rowAxis, type TensorType } from "./types.js";

/** The Program with the named outputs alone, in that order. OptionError for a name that it does not have. */
export function withOutputs(program: Program, names: readonly string[]): Program {
  const outputs = names.map((name) => {
    const output = program.outputs.find((o) => o.name === name);
    if (output !== undefined) return output;
    const known = program.outputs.map((o) => o.name).join(", ");
    throw new OptionError("outputs", `there is no output ${JSON.stringify(name)}; the model has ${known}`);
  });
  return { ...program, outputs };
}

export type RowKind =
  | { readonly rowWise: true }
  /** `mixing`: the instructions at which rows meet first; empty where an input or output itself has no row axis. */
  | { readonly rowWise: false; readonly mixing: readonly Instruction[] };

/** The instructions that an output needs, in order. */
export function liveInstructions(program: Program): readonly Instruction[] {
  const needed = new Set(program.outputs.map((o) => o.value));
  const live: Instruction[] = [];
  for (const instruction of program.instructions.toReversed()) {
    if (!instruction.results.some((r) => needed.has(r))) continue;
    live.push(instruction);
    for (const arg of instruction.args) needed.add(arg);
  }
  return live.reverse();
}

/**
 * Row-wise: running any block of rows alone gives these rows of the whole answer. Instructions that no output needs do not
 * count.
 */
export function rowWise(program: Program): RowKind {
  const types = (ids: readonly number[]): readonly TensorType[] => ids.map((id) => program.types[id]!);
  const wide = new Set<number>();
  for (const input of program.inputs) if (rowAxis(program.types[input.value]!) === "batch") wide.add(input.value);
  const mixing: Instruction[] = [];
  for (const instruction of liveInstructions(program)) {
    const tainted = instruction.args.some((a) => wide.has(a));
    const [args, results] = [types(instruction.args), types(instruction.results)];
    const mixes =
      !tainted && (results.some((r) => rowAxis(r) === "batch") || instructionMixesRows(instruction, args, results));
    if (mixes) mixing.push(instruction);
    if (mixes || tainted) for (const result of instruction.results) wide.add(result);
  }
  return program.outputs.some((o) => wide.has(o.value)) ? { rowWise: false, mixing } : { rowWise: true };
}

/** Elements that the largest value which depends on N has for each row; at least 1. Unknown dimensions count as 1. */
export function elementsPerRow(program: Program): number {
  const values = new Set(program.inputs.map((i) => i.value));
  for (const instruction of liveInstructions(program)) for (const result of instruction.results) values.add(result);
  let largest = 1;
  for (const value of values) {
    const { shape } = program.types[value]!;
    if (!shape.some(dependsOnN)) continue;
    largest = Math.max(largest, sizeOf(shape.map((d) => (d === "?" ? 1 : evaluateDim(d, 1)))));
  }
  return largest;
}

/** Rows [from, from + rows) of a tensor along `axis`; a view where the axis is the first, the tensor itself without an axis. */
export function sliceRows(t: Tensor, axis: number, from: number, rows: number): Tensor {
  if (axis === -1) return t;
  const count = t.shape[axis]!;
  const inner = sizeOf(t.shape.slice(axis + 1));
  const shape = t.shape.with(axis, rows);
  const [start, length] = [from * inner, rows * inner];
  if (axis === 0) {
    const data = isStringData(t.data) ? t.data.slice(start, start + length) : t.data.subarray(start, start + length);
    return { dtype: t.dtype, shape, data };
  }
  const outer = sizeOf(t.shape.slice(0, axis));
  const data = allocate(t.dtype, sizeOf(shape));
  for (let o = 0; o < outer; o++) copyRange(t.data, o * count * inner + start, length, data, o * length);
  return { dtype: t.dtype, shape, data };
}

/** Tensors joined along `axis`; the first one without an axis. The result is new unless there is only one part. */
function joinRows(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (first === undefined) throw new InternalError("no blocks to join");
  if (axis === -1 || parts.length === 1) return first;
  const rows = parts.reduce((sum, t) => sum + t.shape[axis]!, 0);
  const shape = first.shape.with(axis, rows);
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const data = allocate(first.dtype, sizeOf(shape));
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const t of parts) {
      const length = t.shape[axis]! * inner;
      copyRange(t.data, o * length, length, data, at);
      at += length;
    }
  }
  return { dtype: first.dtype, shape, data };
}

export interface RowBlock {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly n: number;
}

function axisOf(program: Program, value: number, name: string): number {
  const axis = rowAxis(program.types[value]!);
  if (axis === "batch") throw new InternalError(`${name} has no row axis, so its Program cannot run in blocks`);
  return axis;
}

/** The inputs in blocks of at most `blockRows` rows, in order; one empty block where n is 0. */
export function* rowBlocks(
  program: Program,
  inputs: ReadonlyMap<string, Tensor>,
  n: number,
  blockRows: number,
): Generator<RowBlock> {
  if (n <= blockRows) {
    yield { inputs, n };
    return;
  }
  const axes = program.inputs.map((i) => [i.name, axisOf(program, i.value, i.name)] as const);
  for (let from = 0; from < n; from += blockRows) {
    const rows = Math.min(blockRows, n - from);
    const block = new Map<string, Tensor>();
    for (const [name, axis] of axes) {
      const given = inputs.get(name);
      if (given === undefined) throw new ShapeError(`input ${name} is missing`);
      block.set(name, sliceRows(given, axis, from, rows));
    }
    yield { inputs: block, n: rows };
  }
}

/** The outputs of all blocks joined along their row axes; outputs without rows come from the first block. */
export function joinBlocks(
  program: Program,
  blocks: readonly ReadonlyMap<string, Tensor>[],
): ReadonlyMap<string, Tensor> {
  const [first] = blocks;
  if (first !== undefined && blocks.length === 1) return first;
  const joined = new Map<string, Tensor>();
  for (const { name, value } of program.outputs) {
    const parts = blocks.map((b) => {
      const part = b.get(name);
      if (part === undefined) throw new InternalError(`a block has no output ${name}`);
      return part;
    });
    joined.set(name, joinRows(parts, axisOf(program, value, name)));
  }
  return joined;
}

type Outputs = ReadonlyMap<string, Tensor>;

/** Runs a row-wise Program block by block. `run` must give outputs of its own for each block. */
export function runInBlocks(
  program: Program,
  inputs: ReadonlyMap<string, Tensor>,
  n: number,
  blockRows: number,
  run: (inputs: ReadonlyMap<string, Tensor>, n: number) => Outputs,
): Outputs {
  const outputs: Outputs[] = [];
  for (const block of rowBlocks(program, inputs, n, blockRows)) outputs.push(run(block.inputs, block.n));
  return joinBlocks(program, outputs);
}

/** As `runInBlocks`, one block after the other, for devices that answer later. */
export async function runInBlocksAsync(
  program: Program,
  inputs: ReadonlyMap<string, Tensor>,
  n: number,
  blockRows: number,
  run: (inputs: ReadonlyMap<string, Tensor>, n: number) => Promise<Outputs>,
): Promise<Outputs> {
  const outputs: Outputs[] = [];
  for (const block of rowBlocks(program, inputs, n, blockRows)) outputs.push(await run(block.inputs, block.n));
  return joinBlocks(program, outputs);
}
