/** Gives out spans of a memory that only grows, and takes them back: first fit, neighbours joined. */

/** `bytes` bytes from the address `at` on. */
export interface Span {
  readonly at: number;
  readonly bytes: number;
}

/** Spans begin at multiples of this, which images ask for. */
const alignment = 64;
const aligned = (n: number): number => Math.ceil(n / alignment) * alignment;

export interface FreeList {
  /** A span of at least `bytes`. Where no gap is large enough, `grow` is asked to make the addresses below `end` usable, and throws if it cannot. */
  take(bytes: number, grow: (end: number) => void): Span;
  give(span: Span): void;
  /** Bytes given out. */
  readonly taken: number;
}

/** Over the addresses from `start` on, up to `end` at first. */
export function createFreeList(start: number, end: number): FreeList {
  let top = end;
  let taken = 0;
  // In order of address; no two touch.
  let gaps: Span[] = start < end ? [{ at: aligned(start), bytes: end - aligned(start) }] : [];
  const give = (span: Span): void => {
    const joined: Span[] = [];
    for (const gap of [...gaps, span].sort((a, b) => a.at - b.at)) {
      const last = joined.at(-1);
      if (last !== undefined && last.at + last.bytes === gap.at) {
        joined[joined.length - 1] = { at: last.at, bytes: last.bytes + gap.bytes };
      } else joined.push(gap);
    }
    gaps = joined;
  };
  return {
    take(wanted, grow) {
      const bytes = Math.max(alignment, aligned(wanted));
      if (!gaps.some((g) => g.bytes >= bytes)) {
        const last = gaps.at(-1);
        const atEnd = last !== undefined && last.at + last.bytes === top ? last.bytes : 0;
        const more = bytes - atEnd;
        grow(top + more);
        give({ at: top, bytes: more });
        top += more;
      }
      const index = gaps.findIndex((g) => g.bytes >= bytes);
      const gap = gaps[index]!;
      const rest = { at: gap.at + bytes, bytes: gap.bytes - bytes };
      gaps = gaps.toSpliced(index, 1, ...(rest.bytes > 0 ? [rest] : []));
      taken += bytes;
      return { at: gap.at, bytes };
    },
    give(span) {
      taken -= span.bytes;
      give(span);
    },
    get taken() {
      return taken;
    },
  };
}
