/**
 * AssemblyScript. Runs an image (image-format.ts says what stands where): for each block of rows, the calls of its table in order.
 * Every number that a kernel takes is a·n + b for the n rows of the block, or an address; they are worked out when n changes.
 */

import { forestBitSliced } from "../forest/bit-sliced";
import { forestWalkNarrow, forestWalkWide } from "../forest/walk";
import {
  ARG, CUM_SUM, ELEMENTS, FOREST_BIT_SLICED, FOREST_WALK_NARROW, FOREST_WALK_WIDE, GATHER, GATHER_BY_COLUMN, GATHER_BY_ROW, INDEX_OF,
  MAT_MUL, MAT_MUL_CONSTANT, REDUCE, SOFTMAX, TOP_K,
} from "./codes";
import { elements } from "./elements";
import { badIndex, gather, gatherByColumn, gatherByRow, indexOf } from "./gather";
import { arg, cumSum, reduce, softmax, topK } from "./lines";
import { matMul, matMulConstant } from "./mat-mul";

/** The beginning of an image; offsets count from there. */
@unmanaged
class Image {
  magic: u32;
  version: u32;
  bytes: u32;
  checksum: u32;
  /** With the work area behind the image. */
  memoryBytes: u32;
  blockRows: u32;
  nCalls: u32;
  calls: u32;
  nParams: u32;
  params: u32;
  nPatches: u32;
  patches: u32;
  nInputs: u32;
  inputs: u32;
  nOutputs: u32;
  outputs: u32;
  /** Rows that the resolved params are for, plus 1. */
  resolvedFor: u32;
  resolved: u32;
}

function resolve(base: usize, image: Image, rows: i32): void {
  let from = base + image.params, to = base + image.resolved;
  for (let i: u32 = 0; i < image.nParams; i++, from += 12, to += 4) {
    const value = load<u32>(from) * rows + load<u32>(from, 4);
    store<u32>(to, load<u32>(from, 8) != 0 ? <u32>base + value : value);
  }
}

/** False where the kernel met an index out of range. */
function perform(code: u32, params: usize): bool {
  switch (code) {
    case ELEMENTS: elements(params); return true;
    case GATHER: return gather(params);
    case GATHER_BY_ROW: return gatherByRow(params);
    case GATHER_BY_COLUMN: return gatherByColumn(params);
    case REDUCE: reduce(params); return true;
    case ARG: arg(params); return true;
    case CUM_SUM: cumSum(params); return true;
    case TOP_K: topK(params); return true;
    case SOFTMAX: softmax(params); return true;
    case MAT_MUL: matMul(params); return true;
    case MAT_MUL_CONSTANT: matMulConstant(params); return true;
    case INDEX_OF: indexOf(params); return true;
  }
  const forest = load<u32>(params), x = load<u32>(params, 4), stride = load<i32>(params, 8);
  const out = load<u32>(params, 12), rows = load<i32>(params, 16), scratch = load<u32>(params, 20);
  if (code == FOREST_WALK_NARROW) forestWalkNarrow(forest, x, stride, out, rows, scratch);
  else if (code == FOREST_WALK_WIDE) forestWalkWide(forest, x, stride, out, rows, scratch);
  else if (code == FOREST_BIT_SLICED) forestBitSliced(forest, x, stride, out, rows, scratch);
  return true;
}

/** Bytes of inputs or outputs for `rows` rows, each beginning at a multiple of 16. */
function sizeOfAll(records: usize, count: u32, rows: i32): usize {
  let size: usize = 0;
  for (let i: u32 = 0; i < count; i++, records += 8) {
    size += (<usize>load<u32>(records) * <usize>rows + load<u32>(records, 4) + 15) & ~15;
  }
  return size;
}

/** Bytes that the inputs take for `rows` rows, one after another, each at a multiple of 16; an input is { u32 bytes per row, u32 bytes beside }. */
export function inputBytesOf(base: usize, rows: i32): usize {
  const image = changetype<Image>(base);
  return sizeOfAll(base + image.inputs, image.nInputs, rows);
}

export function outputBytesOf(base: usize, rows: i32): usize {
  const image = changetype<Image>(base);
  return sizeOfAll(base + image.outputs, image.nOutputs, rows);
}

/**
 * Writes the addresses of inputs and outputs into the resolved params: row `from` of `rows`. A patch is { u32 input, or inputs +
 * output, u32 param, u32 a, u32 b }: a·n + b bytes are added.
 */
function patch(base: usize, image: Image, inputs: usize, outputs: usize, rows: i32, from: i32, count: i32): void {
  let at = base + image.patches;
  const resolved = base + image.resolved;
  for (let i: u32 = 0; i < image.nPatches; i++, at += 16) {
    let slot = load<u32>(at);
    let records = base + image.inputs, start = inputs;
    if (slot >= image.nInputs) {
      slot -= image.nInputs;
      records = base + image.outputs;
      start = outputs;
    }
    const offset = sizeOfAll(records, slot, rows) + <usize>load<u32>(records + (<usize>slot << 3)) * from;
    store<u32>(resolved + (<usize>load<u32>(at, 4) << 2), <u32>(start + offset) + load<u32>(at, 8) * count + load<u32>(at, 12));
  }
}

/**
 * Runs the image at `base` for `rows` rows. `inputs` and `outputs` are addresses of areas laid out as `inputBytesOf` says; only the
 * outputs whose bit is in `wanted` are computed. Returns 0, or 1 + the number of the call that met an index out of range.
 */
export function run(base: usize, inputs: usize, outputs: usize, rows: i32, wanted: u32): u32 {
  const image = changetype<Image>(base);
  const resolved = base + image.resolved;
  const blockRows = <i32>image.blockRows;
  let from = 0;
  do {
    const count = min(rows - from, blockRows);
    if (image.resolvedFor != <u32>count + 1) {
      resolve(base, image, count);
      image.resolvedFor = count + 1;
    }
    patch(base, image, inputs, outputs, rows, from, count);
    let call = base + image.calls;
    for (let i: u32 = 0; i < image.nCalls; i++, call += 16) {
      if ((load<u32>(call, 12) & wanted) == 0) continue;
      if (!perform(load<u32>(call), resolved + (<usize>load<u32>(call, 4) << 2))) return i + 1;
    }
    from += count;
  } while (from < rows);
  return 0;
}

/** The index that was out of range, as a float64. */
export function wrongIndex(): f64 {
  return <f64>badIndex;
}
