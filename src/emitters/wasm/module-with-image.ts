/**
 * The kernel module with an image appended as a data segment: one file that needs nothing else. Sections are rewritten as bytes
 * (WebAssembly Core Specification 2.0, 5.5): the memory's least size, the count of data segments, and the segments themselves.
 */

import {
  joined,
  leastPages,
  moduleOf,
  readNumber,
  Section,
  type SectionBytes,
  sectionsOf,
  unsigned,
} from "../../backends/wasm/module-sections.js";

const pageBytes = 65536;

/** A non-negative number as signed LEB128, which i32.const takes. */
function signed(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes.pop() ?? 0;
  return last < 64 ? [...bytes, last] : [...bytes, last + 128, 0];
}

/** The segments of `body` (none where it is absent) and one more, active in memory 0. */
function dataSection(body: ArrayLike<number> | undefined, base: number, image: Uint8Array): Uint8Array {
  const segments = body === undefined ? Uint8Array.of(0) : Uint8Array.from(body);
  const [count, at] = readNumber(segments, 0);
  const i32Const = 0x41;
  const end = 0x0b;
  const head = [0, i32Const, ...signed(base), end, ...unsigned(image.length)];
  return joined([unsigned(count + 1), segments.subarray(at), head, image]);
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
  const changed = sections.flatMap(({ id, body }): SectionBytes[] => {
    if (id === Section.memory) {
      // Without a greatest size.
      return [{ id, body: [1, 0, ...unsigned(Math.max(leastPages(body), pages))] }];
    }
    if (id === Section.dataCount) return [{ id, body: count }];
    if (id === Section.data) return [];
    return id === Section.code
      ? [
          { id, body },
          { id: Section.data, body: data },
        ]
      : [{ id, body }];
  });
  return moduleOf(changed);
}
