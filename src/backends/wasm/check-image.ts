/**
 * Checks an image before it is put into memory: that it is whole (lengths, checksum), that its tables stand inside it, and that no
 * call reads or writes outside of the memory that it asks for. A damaged image is a ModelParseError, never a trap.
 */

import { ModelParseError } from "../../errors.js";
import { addressParams, callExtents, isFamily } from "./call-extents.js";
import {
  checkedFrom,
  crc32,
  entryWords,
  headerBytes,
  headerWords,
  type ImageHeader,
  imageMagic,
  imageVersion,
  type SlotSize,
  slotOffsets,
} from "./image-format.js";
import type { Image } from "./image-writer.js";

const tables = ["calls", "params", "patches", "inputs", "outputs"] as const;
type Table = (typeof tables)[number];

const fail = (path: string, message: string): never => {
  throw new ModelParseError("image", path, message);
};

function readHeader(bytes: Uint8Array<ArrayBuffer>): ImageHeader {
  if (bytes.length < headerBytes) fail("header", `${bytes.length} bytes are shorter than its ${headerBytes}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = headerWords.map((word, i) => [word, view.getUint32(4 * i, true)] as const);
  const header = Object.fromEntries(entries) as { [W in (typeof headerWords)[number]]: number };
  if (header.magic !== imageMagic) fail("header", "does not begin with the magic number of an image");
  if (header.version !== imageVersion) {
    fail("header", `is of version ${header.version}, expected ${imageVersion}; compile the model again`);
  }
  if (header.bytes !== bytes.length) fail("header", `says ${header.bytes} bytes, the image has ${bytes.length}`);
  if (header.checksum !== crc32(bytes.subarray(checkedFrom)))
    fail("header", "the checksum does not match: the image is damaged");
  return header;
}

/** The words of each table. */
function readTables(bytes: Uint8Array<ArrayBuffer>, header: ImageHeader): { readonly [T in Table]: Uint32Array } {
  const read = (table: Table): Uint32Array => {
    const [count, at] = [header[table], header[`${table}At`]];
    const length = count * entryWords[table];
    if (at % 4 !== 0 || at < headerBytes || at + 4 * length > bytes.length) fail(table, "stands outside of the image");
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, 4 * length);
    return Uint32Array.from({ length }, (_, i) => view.getUint32(4 * i, true));
  };
  return {
    calls: read("calls"),
    params: read("params"),
    patches: read("patches"),
    inputs: read("inputs"),
    outputs: read("outputs"),
  };
}

const slotsOf = (words: Uint32Array): SlotSize[] =>
  Array.from({ length: words.length / 2 }, (_, i) => ({ perRow: words[2 * i]!, fixed: words[2 * i + 1]! }));

/** Throws ModelParseError, or gives the image as it is loaded. */
export function checkImage(bytes: Uint8Array<ArrayBuffer>): Image {
  const header = readHeader(bytes);
  const { memoryBytes, blockRows, resolvedAt } = header;
  const words = readTables(bytes, header);
  if (blockRows < 1 || blockRows > 2 ** 24) fail("header", `a block of ${blockRows} rows makes no sense`);
  if (header.resolvedFor !== 0) fail("header", "has been run; only a fresh image may be loaded");
  const workAt = resolvedAt + 4 * header.params;
  if (resolvedAt % 4 !== 0 || resolvedAt < bytes.length || workAt > memoryBytes) {
    fail("header", "its work area stands outside of the memory it asks for");
  }
  const [inputs, outputs] = [slotsOf(words.inputs), slotsOf(words.outputs)];
  for (const rows of new Set([1, blockRows])) checkCalls(words, inputs, outputs, rows, memoryBytes, workAt);
  return { bytes, memoryBytes, blockRows, inputs, outputs };
}

/** Every call at a block of `rows` rows, the inputs standing behind the memory of the image and the outputs behind them. */
function checkCalls(
  words: { readonly [T in Table]: Uint32Array },
  inputs: readonly SlotSize[],
  outputs: readonly SlotSize[],
  rows: number,
  memoryBytes: number,
  workAt: number,
): void {
  const inputOffsets = slotOffsets(inputs, rows);
  const outputOffsets = slotOffsets(outputs, rows);
  const outputsAt = memoryBytes + inputOffsets.at(-1)!;
  const end = outputsAt + outputOffsets.at(-1)!;
  const nParams = words.params.length / entryWords.params;
  const signed = (v: number): number => v | 0;
  const resolved = Array.from({ length: nParams }, (_, i) => {
    const [a, b, address] = [words.params[3 * i]!, words.params[3 * i + 1]!, words.params[3 * i + 2]!];
    const value = signed(a) * rows + signed(b);
    return address === 0 ? value : value < 0 ? fail("params", `address ${i} is before the image`) : value;
  });
  const isAddress = Array.from({ length: nParams }, (_, i) => words.params[3 * i + 2] !== 0);
  for (let i = 0; i < words.patches.length; i += entryWords.patches) {
    const [slot, param, a, b] = [...words.patches.subarray(i, i + 4)] as [number, number, number, number];
    if (param >= nParams || slot >= inputs.length + outputs.length)
      fail("patches", "one names a param or slot that is not there");
    const isInput = slot < inputs.length;
    const start = isInput ? memoryBytes + inputOffsets[slot]! : outputsAt + outputOffsets[slot - inputs.length]!;
    isAddress[param] = true;
    resolved[param] = start + signed(a) * rows + signed(b);
  }
  for (let i = 0; i < words.calls.length; i += entryWords.calls) {
    const [code, first, count] = [words.calls[i]!, words.calls[i + 1]!, words.calls[i + 2]!];
    const place = `call ${i / entryWords.calls}`;
    if (first + count > nParams) fail(place, "its params are not in the table");
    const family = isFamily(code) ? code : fail(place, `there is no kernel ${code}`);
    for (let k = 0; k < count; k++) {
      const wanted = addressParams[family].includes(k);
      if (isAddress[first + k] !== wanted) fail(place, `param ${k} is ${wanted ? "no" : "an"} address`);
    }
    const extents = callExtents(family, resolved.slice(first, first + count));
    for (const { address, bytes, write } of extents ?? fail(place, "its params make no sense")) {
      const inside = address >= 0 && bytes >= 0 && address + bytes <= end;
      const writable = address >= workAt && (address + bytes <= memoryBytes || address >= outputsAt);
      if (!inside || (write && bytes > 0 && !writable)) {
        fail(place, `${write ? "writes" : "reads"} ${bytes} bytes at ${address}, outside of its memory`);
      }
    }
  }
}
