/**
 * The kernel module for threads: the same kernels over a memory that is imported and shared instead of the module's own. Only the
 * memory's declaration differs (WebAssembly Core Specification 2.0 with the threads proposal, 5.5.5 and 5.5.8), so that it is
 * changed where it stands, and there is no second build.
 */

import { InternalError } from "../../../errors.js";
import { leastPages, moduleOf, Section, type SectionBytes, sectionsOf, unsigned } from "../module-sections.js";

/** Under which the memory is imported. */
export const memoryImport = { module: "env", name: "memory" } as const;

/** The most pages that a WebAssembly memory may have; a memory with a smaller limit may be imported for it. */
export const mostPages = 65536;

const nameOf = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
const memoryKind = 2;
/** Bits: it has a greatest size, it is shared. */
const sharedLimits = 3;

/** `kernels` with its memory imported and shared. Functions keep their numbers: none is imported. */
export function sharedKernels(kernels: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(kernels);
  const memory = sections.find((s) => s.id === Section.memory);
  if (memory === undefined || sections.some((s) => s.id === Section.import)) {
    throw new InternalError("the kernel module has no memory of its own, or imports something");
  }
  const imported: SectionBytes = {
    id: Section.import,
    body: [
      1,
      ...nameOf(memoryImport.module),
      ...nameOf(memoryImport.name),
      memoryKind,
      sharedLimits,
      ...unsigned(leastPages(memory.body)),
      ...unsigned(mostPages),
    ],
  };
  return moduleOf(
    sections.flatMap((s) => (s.id === Section.memory ? [] : s.id === Section.type ? [s, imported] : [s])),
  );
}
