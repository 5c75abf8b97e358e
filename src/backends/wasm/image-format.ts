/**
 * What stands where in an image: the bytes that a compiled model is to the kernel module (kernels/machine/machine.ts reads them).
 * All numbers are little endian; all offsets count from the image's first byte, so that it may stand at any multiple of 64. A run
 * writes nothing into the image but into a work area, which holds zeros at first and is not part of the file: it stands behind the
 * image, and for each further thread anywhere. There stand, each in a word, the rows that the params are resolved for, plus 1, and
 * the resolved params; then what passes between calls.
 */

import { crc32 } from "../../ir/crc32.js";

/** "CLPW". */
export const imageMagic = 0x57504c43;
export const imageVersion = 4;

/** The words of the header, in order. Counts and offsets of tables stand in pairs. */
export const headerWords = [
  "magic",
  "version",
  /** Length of the image. */
  "bytes",
  /** CRC-32 of everything behind this word. */
  "checksum",
  /** The image and one work area. */
  "memoryBytes",
  /** Most rows of a block. */
  "blockRows",
  "calls",
  "callsAt",
  "params",
  "paramsAt",
  "patches",
  "patchesAt",
  "inputs",
  "inputsAt",
  "outputs",
  "outputsAt",
  /** The work area behind the image. */
  "workAt",
] as const;
export type HeaderWord = (typeof headerWords)[number];
export type ImageHeader = { readonly [W in HeaderWord]: number };

/** Words of one entry of each table. */
export const entryWords = {
  /** Family, first param, number of params, outputs that need it (a bit each; the last bit stands for all beyond). */
  calls: 4,
  /** a, b, ParamKind: a·n + b for a block of n rows, from the image's or the work area's beginning where it is an address. */
  params: 3,
  /** Input, or number of inputs + output; param; a, b: the param is that input's or output's address + a·n + b. */
  patches: 4,
  /** Bytes per row, bytes beside. */
  inputs: 2,
  outputs: 2,
} as const;

export const ParamKind = { number: 0, imageAddress: 1, workAddress: 2 } as const;

/** Bytes of a work area before what passes between calls, which begins at a multiple of 64. */
export const workHeaderBytes = (params: number): number => 4 * (1 + params);

export const headerBytes = headerWords.length * 4;

/** Images and their parts stand at multiples of this. */
export const imageAlignment = 64;
/** Inputs and outputs stand at multiples of this, one after another. */
export const slotAlignment = 16;

/** The bit of an output in a call's mask. */
export const outputBit = (output: number): number => (1 << Math.min(output, 31)) >>> 0;

/** How one input or output stands in memory: a·rows + b bytes. */
export interface SlotSize {
  readonly perRow: number;
  readonly fixed: number;
}

/** Offsets of inputs or outputs for `rows` rows, and behind them the size of the whole area. */
export function slotOffsets(slots: readonly SlotSize[], rows: number): number[] {
  const offsets = [0];
  for (const { perRow, fixed } of slots) {
    const end = offsets[offsets.length - 1]! + perRow * rows + fixed;
    offsets.push(Math.ceil(end / slotAlignment) * slotAlignment);
  }
  return offsets;
}

/** Bytes of a row's inputs and outputs. */
export const bytesPerRow = (slots: readonly SlotSize[]): number => slots.reduce((sum, s) => sum + s.perRow, 0);

/** Bytes of inputs and outputs that a host copies at once: with room beside them in a usual second-level cache. */
export const hostBytes = 2 ** 18;
export const leastHostRows = 16;

/** Rows that a host passes at once: whole blocks that come to about `hostBytes`. */
export function hostRows(image: {
  readonly inputs: readonly SlotSize[];
  readonly outputs: readonly SlotSize[];
  readonly blockRows: number;
}): number {
  const perRow = Math.max(1, bytesPerRow([...image.inputs, ...image.outputs]));
  return image.blockRows * Math.max(1, Math.floor(hostBytes / perRow / image.blockRows));
}

/** Where the checksum's range begins. */
export const checkedFrom = 16;

/** Writes the checksum into an image that leaves the process; one that is made and run in the same process has none. */
export function sealImage(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  new DataView(bytes.buffer).setUint32(4 * headerWords.indexOf("checksum"), crc32(bytes.subarray(checkedFrom)), true);
  return bytes;
}
