/**
 * Checks an image before it is put into memory: that it is whole (lengths, checksum), that its tables stand inside it, and that no
 * call reads or writes outside of the memory that it asks for. A damaged image is a ModelParseError, never a trap.
 */

import { ModelParseError } from "../../errors.js";
import { crc32 } from "../../ir/crc32.js";
import { addressParams, callExtents, isFamily } from "./call-extents.js";
import {
  checkedFrom,
  entryWords,
  headerBytes,
  headerWords,
  type ImageHeader,
  imageAlignment,
  imageMagic,
  imageVersion,
  ParamKind,
  type SlotSize,
  slotOffsets,
  workHeaderBytes,
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
  const { memoryBytes, blockRows, workAt } = header;
  const words = readTables(bytes, header);
  if (blockRows < 1 || blockRows > 2 ** 24) fail("header", `a block of ${blockRows} rows makes no sense`);
  if (workAt % imageAlignment !== 0 || workAt < bytes.length || workAt + workHeaderBytes(header.params) > memoryBytes) {
    fail("header", "its work area stands outside of the memory it asks for");
  }
  const [inputs, outputs] = [slotsOf(words.inputs), slotsOf(words.outputs)];
  for (const rows of new Set([1, blockRows])) checkCalls(words, inputs, outputs, rows, header);
  return { bytes, memoryBytes, workAt, blockRows, inputs, outputs };
}

/**
 * What calls read and write: the image, a work area, the area of inputs and that of outputs. They stand anywhere, so that nothing may
 * reach from one into another; here they stand further apart than any address reaches.
 */
interface Region {
  readonly at: number;
  readonly end: number;
  readonly writable: boolean;
}

const farApart = 2 ** 34;
const mostAddress = 2 ** 32;

function regionsOf(header: ImageHeader, inputBytes: number, outputBytes: number) {
  const region = (place: number, from: number, bytes: number, writable: boolean): Region => ({
    at: place * farApart + from,
    end: place * farApart + bytes,
    writable,
  });
  return {
    image: region(0, 0, header.bytes, false),
    work: region(1, workHeaderBytes(header.params), header.memoryBytes - header.workAt, true),
    inputs: region(2, 0, inputBytes, false),
    outputs: region(3, 0, outputBytes, true),
  };
}

/** Every call at a block of `rows` rows. */
function checkCalls(
  words: { readonly [T in Table]: Uint32Array },
  inputs: readonly SlotSize[],
  outputs: readonly SlotSize[],
  rows: number,
  header: ImageHeader,
): void {
  const inputOffsets = slotOffsets(inputs, rows);
  const outputOffsets = slotOffsets(outputs, rows);
  const regions = regionsOf(header, inputOffsets.at(-1)!, outputOffsets.at(-1)!);
  const nParams = words.params.length / entryWords.params;
  /** a·rows + b bytes behind `start`. */
  const addressOf = (start: number, a: number, b: number, what: string): number => {
    const value = (a | 0) * rows + (b | 0);
    return value >= 0 && value <= mostAddress ? start + value : fail("params", `${what} is ${value} bytes off`);
  };
  const resolved: number[] = [];
  const isAddress: boolean[] = [];
  for (let i = 0; i < nParams; i++) {
    const [a, b, kind] = [words.params[3 * i]!, words.params[3 * i + 1]!, words.params[3 * i + 2]!];
    isAddress.push(kind !== ParamKind.number);
    if (kind === ParamKind.number) resolved.push((a | 0) * rows + (b | 0));
    else if (kind === ParamKind.imageAddress) resolved.push(addressOf(0, a, b, `address ${i}`));
    else if (kind === ParamKind.workAddress) resolved.push(addressOf(farApart, a, b, `address ${i}`));
    else fail("params", `param ${i} is of no kind that there is`);
  }
  for (let i = 0; i < words.patches.length; i += entryWords.patches) {
    const [slot, param, a, b] = [...words.patches.subarray(i, i + 4)] as [number, number, number, number];
    if (param >= nParams || slot >= inputs.length + outputs.length)
      fail("patches", "one names a param or slot that is not there");
    const start =
      slot < inputs.length
        ? regions.inputs.at + inputOffsets[slot]!
        : regions.outputs.at + outputOffsets[slot - inputs.length]!;
    isAddress[param] = true;
    resolved[param] = addressOf(start, a, b, `the place of param ${param}`);
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
      const allowed =
        bytes >= 0 &&
        Object.values(regions).some((r) => address >= r.at && address + bytes <= r.end && (r.writable || !write));
      if (!allowed && bytes !== 0) {
        fail(place, `${write ? "writes" : "reads"} ${bytes} bytes outside of its memory`);
      }
    }
  }
}
