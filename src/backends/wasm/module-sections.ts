/**
 * A WebAssembly module as its sections (WebAssembly Core Specification 2.0, 5.5), for the few changes that are made to the kernel
 * module's bytes: an image appended to it, a memory that threads share.
 */

import { InternalError } from "../../errors.js";

export const Section = { type: 1, import: 2, memory: 5, code: 10, data: 11, dataCount: 12 } as const;

export interface SectionBytes {
  readonly id: number;
  readonly body: ArrayLike<number>;
}

/** Magic number and version. */
const headerBytes = 8;

/** An unsigned LEB128 number at `at`, and where it ends. */
export function readNumber(bytes: ArrayLike<number>, at: number): readonly [value: number, end: number] {
  let [value, factor] = [0, 1];
  for (let i = at; i < bytes.length; i++) {
    value += (bytes[i]! & 0x7f) * factor;
    if (bytes[i]! < 0x80) return [value, i + 1];
    factor *= 128;
  }
  throw new InternalError("the kernel module ends inside a number");
}

/** `value` as unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) + 128);
  }
}

export function joined(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function sectionsOf(module: Uint8Array): SectionBytes[] {
  const sections: SectionBytes[] = [];
  for (let at = headerBytes; at < module.length; ) {
    const [size, start] = readNumber(module, at + 1);
    sections.push({ id: module[at]!, body: module.subarray(start, start + size) });
    at = start + size;
  }
  return sections;
}

export function moduleOf(sections: readonly SectionBytes[]): Uint8Array<ArrayBuffer> {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return joined([header, ...sections.flatMap(({ id, body }) => [[id], unsigned(body.length), body])]);
}

/** The least pages of the only memory in a memory section, which has no greatest size. */
export function leastPages(body: ArrayLike<number>): number {
  const [count, flagsAt] = readNumber(body, 0);
  if (count !== 1 || body[flagsAt] !== 0) {
    throw new InternalError("the kernel module's memory is not one of its own that grows");
  }
  return readNumber(body, flagsAt + 1)[0];
}
