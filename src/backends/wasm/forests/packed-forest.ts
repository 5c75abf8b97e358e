/**
 * A forest as the bytes that a kernel of kernels/forest/ reads, and how those bytes are laid down: a header of 32-bit words,
 * then the sections that it points to, by offsets from the header's start, so that the whole may stand anywhere in memory.
 */

/** The kernels of forests, by their exported names. */
export const forestKernels = ["forestWalkNarrow", "forestWalkWide", "forestBitSliced"] as const;
export type ForestKernel = (typeof forestKernels)[number];

/**
 * All forest kernels are called alike: (params, x, bytes between rows of x, out, rows, scratch). `out` is contiguous: float32 or
 * float64 (the forest's sum dtype) [rows, nOutputs], or int32 [rows, nTrees] for leaves. params and scratch stand at multiples
 * of 16; params best at one of 64, a cache line.
 */
export interface PackedForest {
  readonly kernel: ForestKernel;
  readonly params: Uint8Array<ArrayBuffer>;
  /** Rows that the kernel takes at a time; callers that cut batches into blocks do best with multiples of it. */
  readonly blockRows: number;
  /** Bytes of scratch memory for a call with `rows` rows. */
  scratchBytes(rows: number): number;
}

/** Element type of the rows as they stand in memory. */
export type RowDType = "float32" | "float64";

/** What stands at one word of a header: the number itself, or the offset of a section. */
export type HeaderEntry = number | Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** Sections begin at multiples of this; one cache line. */
const sectionAlignment = 64;

/** A header of one word per entry, padded to `sectionAlignment`, and its sections in order. Little endian, as all hosts of WebAssembly are. */
export function layOut(header: readonly HeaderEntry[]): Uint8Array<ArrayBuffer> {
  const offsets: number[] = [];
  let size = align(header.length * 4, sectionAlignment);
  for (const entry of header) {
    offsets.push(size);
    if (typeof entry !== "number") size = align(size + entry.byteLength, sectionAlignment);
  }
  const bytes = new Uint8Array(size);
  const words = new Uint32Array(bytes.buffer, 0, header.length);
  for (const [i, entry] of header.entries()) {
    if (typeof entry === "number") {
      words[i] = entry;
    } else {
      words[i] = offsets[i]!;
      bytes.set(new Uint8Array(entry.buffer, entry.byteOffset, entry.byteLength), offsets[i]!);
    }
  }
  return bytes;
}

export function align(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}
