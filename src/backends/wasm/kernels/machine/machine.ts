/**
 * AssemblyScript. Runs an image (image-format.ts says what stands where): for each block of rows, the calls of its table in order.
 * Every number that a kernel takes is a·n + b for the n rows of the block, or an address; they are worked out when n changes.
 * An image is never written to: what a run writes stands in a work area, so that several threads may run one image, each with a
 * work area of its own.
 */

import { forestBitSliced } from "../forest/bit-sliced";
import { forestWalkNarrow, forestWalkWide } from "../forest/walk";
import {
  ARG, CUM_SUM, ELEMENTS, FOREST_BIT_SLICED, FOREST_WALK_NARROW, FOREST_WALK_WIDE, GATHER, GATHER_BY_COLUMN, GATHER_BY_ROW, INDEX_OF,
  INDEX_OF_RANGE, LINEAR, LINEAR_COLUMNS, MAT_MUL, MAT_MUL_DOUBLES, PAIRWISE_COUPLING, REDUCE, SCATTER_BY_ROW, SOFTMAX,
  SQUARED_DISTANCES, TOP_K,
} from "./codes";
import { elements } from "./elements";
import { badIndex, gather, gatherByColumn, gatherByRow, indexOf, indexOfRange, scatterByRow } from "./gather";
import { linear } from "./linear";
import { linearColumns } from "./linear-columns";
import { arg, cumSum, reduce, softmax, topK } from "./lines";
import { matMul, matMulDoubles } from "./mat-mul";
import { pairwiseCoupling, squaredDistances } from "./vectors";

/** The beginning of an image; offsets count from there. */
@unmanaged
class Image {
  magic: u32;
  version: u32;
  bytes: u32;
  checksum: u32;
  /** Of the image and one work area. */
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
  /** Where the work area stands that `score` uses. */
  work: u32;
}

/** Params that are an address in the image, or in the work area; the others are numbers. */
const IMAGE: u32 = 1;
const WORK: u32 = 2;

/** In a work area: rows that the params are resolved for, plus 1; the resolved params; memory between calls. */
const RESOLVED: usize = 4;

function resolve(base: usize, work: usize, image: Image, rows: i32): void {
  let from = base + image.params, to = work + RESOLVED;
  for (let i: u32 = 0; i < image.nParams; i++, from += 12, to += 4) {
    const value = load<u32>(from) * rows + load<u32>(from, 4), place = load<u32>(from, 8);
    store<u32>(to, place == IMAGE ? <u32>base + value : place == WORK ? <u32>work + value : value);
  }
  store<u32>(work, rows + 1);
}

/** False where the kernel met an index out of range. */
function perform(code: u32, params: usize): bool {
  switch (code) {
    case ELEMENTS: elements(params); return true;
    case GATHER: return gather(params);
    case GATHER_BY_ROW: return gatherByRow(params);
    case GATHER_BY_COLUMN: return gatherByColumn(params);
    case SCATTER_BY_ROW: return scatterByRow(params);
    case REDUCE: reduce(params); return true;
    case ARG: arg(params); return true;
    case CUM_SUM: cumSum(params); return true;
    case TOP_K: topK(params); return true;
    case SOFTMAX: softmax(params); return true;
    case MAT_MUL: matMul(params); return true;
    case MAT_MUL_DOUBLES: matMulDoubles(params); return true;
    case INDEX_OF_RANGE: indexOfRange(params); return true;
    case LINEAR: linear(params); return true;
    case LINEAR_COLUMNS: linearColumns(params); return true;
    case INDEX_OF: indexOf(params); return true;
    case SQUARED_DISTANCES: squaredDistances(params); return true;
    case PAIRWISE_COUPLING: pairwiseCoupling(params); return true;
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

/** Where the work area behind the image at `base` stands. */
export function workOf(base: usize): usize {
  return base + changetype<Image>(base).work;
}

/**
 * Writes the addresses of inputs and outputs into the resolved params: row `from` of `rows`. A patch is { u32 input, or inputs +
 * output, u32 param, u32 a, u32 b }: a·n + b bytes are added.
 */
function patch(base: usize, resolved: usize, image: Image, inputs: usize, outputs: usize, rows: i32, from: i32, count: i32): void {
  let at = base + image.patches;
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
 * Runs the image at `base` for `rows` rows. `work` is the address of a work area, all zeros before its first run. `inputs` and
 * `outputs` are addresses of areas laid out as `inputBytesOf` says; only the outputs whose bit is in `wanted` are computed. Returns
 * 0, or 1 + the number of the call that met an index out of range.
 */
export function run(base: usize, work: usize, inputs: usize, outputs: usize, rows: i32, wanted: u32): u32 {
  const image = changetype<Image>(base);
  const resolved = work + RESOLVED;
  const blockRows = <i32>image.blockRows;
  let from = 0;
  do {
    const count = min(rows - from, blockRows);
    if (load<u32>(work) != <u32>count + 1) resolve(base, work, image, count);
    patch(base, resolved, image, inputs, outputs, rows, from, count);
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
