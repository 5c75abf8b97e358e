/**
 * The kernel module with an image appended as a data segment: one file that needs nothing else. Sections are rewritten as bytes
 * (WebAssembly Core Specification 2.0, 5.5): the memory's least size, the count of data segments, and the segments themselves.
 */

import { InternalError } from "../../errors.js";

const Section = { memory: 5, code: 10, data: 11, dataCount: 12 } as const;
const headerBytes = 8;
const pageBytes = 65536;

interface SectionBytes {
  readonly id: number;
  readonly body: Uint8Array;
}

/** An unsigned LEB128 number at `at`, and where it ends. */
function readNumber(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
  let [value, factor] = [0, 1];
  for (let i = at; i < bytes.length; i++) {
    value += (bytes[i]! & 0x7f) * factor;
    if (bytes[i]! < 0x80) return [value, i + 1];
    factor *= 128;
  }
  throw new InternalError("the kernel module ends inside a number");
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) + 128);
  }
}

/** A non-negative number as signed LEB128, which i32.const takes. */
function signed(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes.pop() ?? 0;
  return last < 64 ? [...bytes, last] : [...bytes, last + 128, 0];
}

function sectionsOf(bytes: Uint8Array): SectionBytes[] {
  const sections: SectionBytes[] = [];
  for (let at = headerBytes; at < bytes.length; ) {
    const [size, start] = readNumber(bytes, at + 1);
    sections.push({ id: bytes[at]!, body: bytes.subarray(start, start + size) });
    at = start + size;
  }
  return sections;
}

function joined(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** One memory of at least `pages`, without a greatest size. */
function memorySection(body: Uint8Array, pages: number): Uint8Array {
  const [count, flagsAt] = readNumber(body, 0);
  const [least] = readNumber(body, flagsAt + 1);
  if (count !== 1 || body[flagsAt] !== 0)
    throw new InternalError("the kernel module's memory is not one of its own that grows");
  return joined([[1, 0], unsigned(Math.max(least, pages))]);
}

/** The segments of `body` (none where it is absent) and one more, active in memory 0. */
function dataSection(body: Uint8Array | undefined, base: number, image: Uint8Array): Uint8Array {
  const [count, at] = body === undefined ? [0, 0] : readNumber(body, 0);
  const i32Const = 0x41;
  const end = 0x0b;
  const head = [0, i32Const, ...signed(base), end, ...unsigned(image.length)];
  return joined([unsigned(count + 1), body?.subarray(at) ?? [], head, image]);
}

/** `kernels` with `image` at the address `base` of a memory of at least `memoryBytes` beyond it. */
export function moduleWithImage(
  kernels: Uint8Array,
  base: number,
  image: Uint8Array,
  memoryBytes: number,
): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(kernels);
  const pages = Math.ceil((base + memoryBytes) / pageBytes);
  const data = dataSection(sections.find((s) => s.id === Section.data)?.body, base, image);
  const count = unsigned(readNumber(data, 0)[0]);
  const parts: ArrayLike<number>[] = [kernels.subarray(0, headerBytes)];
  const put = (id: number, body: Uint8Array | readonly number[]): void => {
    parts.push([id], unsigned(body.length), body);
  };
  for (const { id, body } of sections) {
    if (id === Section.memory) put(id, memorySection(body, pages));
    else if (id === Section.dataCount) put(id, count);
    else if (id !== Section.data) put(id, body);
    if (id === Section.code) put(Section.data, data);
  }
  return joined(parts);
}
