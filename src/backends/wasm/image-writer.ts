/**
 * Collects the calls of an image and where their operands stand, plans the work area (a buffer's memory is used again after its
 * last reader), and lays everything out as image-format.ts says.
 */

import { InternalError } from "../../errors.js";
import { crc32 } from "../../ir/crc32.js";
import type { Dim } from "../../ir/dims.js";
import type { Family } from "./codes.js";
import { align } from "./forests/packed-forest.js";
import {
  bytesPerRow,
  entryWords,
  type HeaderWord,
  headerBytes,
  headerWords,
  hostBytes,
  imageAlignment,
  imageMagic,
  imageVersion,
  leastHostRows,
  ParamKind,
  type SlotSize,
  workHeaderBytes,
} from "./image-format.js";

/** Memory that calls read and write. Told apart by identity. */
export type Buffer =
  | { readonly kind: "constant"; readonly bytes: Uint8Array }
  /** Memory between two calls; `size` gives its bytes for a block of rows. */
  | { readonly kind: "work"; readonly size: (rows: number) => number }
  | { readonly kind: "input" | "output"; readonly slot: number };

/** A place in a buffer, `add` bytes behind its beginning. */
export interface Address {
  readonly buffer: Buffer;
  readonly add: Dim;
}

export type Param = Dim | Address;

export interface Call {
  readonly family: Family;
  readonly params: readonly Param[];
  /** Outputs that need it; see `outputBit`. */
  readonly mask: number;
}

export interface ImageParts {
  readonly calls: readonly Call[];
  readonly inputs: readonly SlotSize[];
  readonly outputs: readonly SlotSize[];
  /** Rows that forests want in a block; 0 where there is none. */
  readonly forestRows: number;
}

/** A compiled model as the module takes it. */
export interface Image {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the image and one work area, which stands at `workAt`. */
  readonly memoryBytes: number;
  readonly workAt: number;
  readonly blockRows: number;
  readonly inputs: readonly SlotSize[];
  readonly outputs: readonly SlotSize[];
}

/** Bytes between calls that a block without forests aims at: most of a usual first-level cache. */
const workBytes = 3 * 2 ** 13;
/** More than this would waste memory, whatever the forests want. */
const mostWorkBytes = 2 ** 26;
/** With fewer rows, walking the call table costs more than the cache saves, even where a row takes a kilobyte of it. */
const leastRows = 16;
const mostRows = 4096;

const isAddress = (param: Param): param is Address => typeof param === "object" && "buffer" in param;

/** a and b of a·n + b. */
function factors(dim: Dim): readonly [number, number] {
  if (dim === "?") throw new InternalError("an unknown dimension reached an image");
  return typeof dim === "number" ? [0, dim] : [dim.N, dim.plus];
}

/** Rows of a block: what stands between calls fits the first-level cache, unless forests want more, which read it again and again. */
function chooseBlockRows(work: Iterable<Buffer>, slots: readonly SlotSize[], forestRows: number): number {
  let [one, many] = [0, 0];
  for (const buffer of work) {
    if (buffer.kind !== "work") continue;
    one += buffer.size(1);
    many += buffer.size(129);
  }
  const perRow = Math.max(1, (many - one) / 128);
  const slotBytes = bytesPerRow(slots);
  const aimed = Math.min(mostRows, Math.max(Math.floor(workBytes / perRow), leastRows));
  const handed = Math.max(leastHostRows, Math.floor(hostBytes / Math.max(1, slotBytes)));
  const fitting = Math.max(1, Math.floor(mostWorkBytes / (perRow + slotBytes)));
  const rows = Math.min(Math.max(Math.min(aimed, handed), forestRows), fitting);
  const step = rows >= 128 ? 128 : rows >= 8 ? 8 : 1;
  return Math.floor(rows / step) * step;
}

/** Offsets in the work area, by first fit: two buffers share memory only where no call lies between the first's last and the second's first use. */
function planWork(calls: readonly Call[], rows: number): { offsets: Map<Buffer, number>; bytes: number } {
  const uses = new Map<Buffer, { first: number; last: number }>();
  for (const [i, call] of calls.entries()) {
    for (const param of call.params) {
      if (!isAddress(param) || param.buffer.kind !== "work") continue;
      const known = uses.get(param.buffer);
      if (known === undefined) uses.set(param.buffer, { first: i, last: i });
      else known.last = i;
    }
  }
  const offsets = new Map<Buffer, number>();
  const placed: { from: number; to: number; last: number }[] = [];
  let bytes = 0;
  for (const [buffer, { first, last }] of uses) {
    if (buffer.kind !== "work") continue;
    const size = align(buffer.size(rows), imageAlignment);
    const alive = placed.filter((p) => p.last >= first).sort((a, b) => a.from - b.from);
    let from = 0;
    for (const p of alive) {
      if (p.from - from >= size) break;
      from = Math.max(from, p.to);
    }
    offsets.set(buffer, from);
    placed.push({ from, to: from + size, last });
    bytes = Math.max(bytes, from + size);
  }
  return { offsets, bytes };
}

/** Constants of the same bytes stand in the image once. */
function placeConstants(calls: readonly Call[], from: number): { offsets: Map<Buffer, number>; end: number } {
  const offsets = new Map<Buffer, number>();
  const known = new Map<string, { offset: number; bytes: Uint8Array }[]>();
  let end = from;
  for (const call of calls) {
    for (const param of call.params) {
      if (!isAddress(param) || param.buffer.kind !== "constant" || offsets.has(param.buffer)) continue;
      const { bytes } = param.buffer;
      const key = `${bytes.length} ${crc32(bytes.subarray(0, 256))}`;
      const same = known.get(key)?.find((k) => k.bytes.every((b, i) => b === bytes[i]));
      if (same !== undefined) {
        offsets.set(param.buffer, same.offset);
        continue;
      }
      offsets.set(param.buffer, end);
      known.set(key, [...(known.get(key) ?? []), { offset: end, bytes }]);
      end = align(end + bytes.length, imageAlignment);
    }
  }
  return { offsets, end };
}

interface Tables {
  readonly calls: number[];
  readonly params: number[];
  readonly patches: number[];
}

/** The tables as words; `offsetOf` places constants in the image and work buffers in the work area. */
function tablesOf(calls: readonly Call[], inputs: number, offsetOf: (buffer: Buffer) => number): Tables {
  const tables: Tables = { calls: [], params: [], patches: [] };
  for (const call of calls) {
    tables.calls.push(call.family, tables.params.length / entryWords.params, call.params.length, call.mask);
    for (const param of call.params) {
      if (!isAddress(param)) {
        tables.params.push(...factors(param), ParamKind.number);
        continue;
      }
      const { buffer, add } = param;
      const [a, b] = factors(add);
      if (buffer.kind === "input" || buffer.kind === "output") {
        const slot = buffer.slot + (buffer.kind === "output" ? inputs : 0);
        tables.patches.push(slot, tables.params.length / entryWords.params, a, b);
        tables.params.push(0, 0, ParamKind.number);
      } else {
        const kind = buffer.kind === "constant" ? ParamKind.imageAddress : ParamKind.workAddress;
        tables.params.push(a, b + offsetOf(buffer), kind);
      }
    }
  }
  return tables;
}

export function writeImage({ calls, inputs, outputs, forestRows }: ImageParts): Image {
  const addresses = calls.flatMap((c) => c.params.filter(isAddress).map((p) => p.buffer));
  const blockRows = chooseBlockRows(new Set(addresses), [...inputs, ...outputs], forestRows);
  const work = planWork(calls, blockRows);
  const counts = tablesOf(calls, inputs.length, () => 0);
  const slots = (of: readonly SlotSize[]): number[] => of.flatMap((s) => [s.perRow, s.fixed]);
  const sizes = {
    calls: counts.calls.length,
    params: counts.params.length,
    patches: counts.patches.length,
    inputs: inputs.length * entryWords.inputs,
    outputs: outputs.length * entryWords.outputs,
  };
  const at = { calls: 0, params: 0, patches: 0, inputs: 0, outputs: 0 };
  let next = align(headerBytes, imageAlignment);
  for (const table of ["calls", "params", "patches", "inputs", "outputs"] as const) {
    at[table] = next;
    next = align(next + sizes[table] * 4, imageAlignment);
  }
  const constants = placeConstants(calls, next);
  const workAt = constants.end;
  const betweenCalls = align(workHeaderBytes(sizes.params / entryWords.params), imageAlignment);
  const memoryBytes = workAt + betweenCalls + work.bytes;
  const {
    calls: callWords,
    params,
    patches,
  } = tablesOf(calls, inputs.length, (buffer) => {
    const offset = buffer.kind === "constant" ? constants.offsets.get(buffer) : work.offsets.get(buffer);
    if (offset === undefined) throw new InternalError("a buffer has no place in the image");
    return buffer.kind === "constant" ? offset : betweenCalls + offset;
  });
  const header: { readonly [W in HeaderWord]: number } = {
    magic: imageMagic,
    version: imageVersion,
    bytes: constants.end,
    // Written by `sealImage`.
    checksum: 0,
    memoryBytes,
    blockRows,
    calls: calls.length,
    callsAt: at.calls,
    params: sizes.params / entryWords.params,
    paramsAt: at.params,
    patches: patches.length / entryWords.patches,
    patchesAt: at.patches,
    inputs: inputs.length,
    inputsAt: at.inputs,
    outputs: outputs.length,
    outputsAt: at.outputs,
    workAt,
  };
  const bytes = new Uint8Array(constants.end);
  const words = new Uint32Array(bytes.buffer);
  // Storing takes negative numbers modulo 2^32, as the module does when it adds them.
  words.set(headerWords.map((w) => header[w]));
  words.set(callWords, at.calls / 4);
  words.set(params, at.params / 4);
  words.set(patches, at.patches / 4);
  words.set(slots(inputs), at.inputs / 4);
  words.set(slots(outputs), at.outputs / 4);
  for (const [buffer, offset] of constants.offsets) if (buffer.kind === "constant") bytes.set(buffer.bytes, offset);
  return { bytes, memoryBytes, workAt, blockRows, inputs, outputs };
}
