/**
 * The conditions of a group of trees as masks of rows (kernels/forest/conditions.ts): one place for each cut of each column, and
 * places for what is made of them: `x == t`, and nodes that send NaN the other way than most nodes of their feature.
 */

import { InternalError } from "../../../errors.js";
import type { Cuts } from "./cuts.js";
import type { RankColumn } from "./rank-tables.js";

/** How a mask is made of two; the numbers of kernels/forest/conditions.ts. */
const MaskOp = { andNot: 0, or: 1, orNot: 2 } as const;

export const maskBytes = 32;
/** Rows of a block; a rank column has as many bytes. */
export const blockRows = 256;

/** A column of ranks, and the place of its first mask: that of "code above 0". */
interface MaskColumn extends RankColumn {
  readonly firstMask: number;
  /** Masks of conditions met before, by the places of their cuts and NaN's way. */
  readonly known: Map<number, number>;
}

export interface MaskSlots {
  /** { u32 rank offset, u32 chunks of 16 masks, u32 mask offset } per column, in the order of the columns. */
  readonly columns: Uint32Array;
  /** { u32 op, u32 to, u32 a, u32 b } in the order in which they must run. */
  readonly derived: Uint32Array;
  /** Bytes of all masks. */
  readonly bytes: number;
}

/** The index of a cut among ascending ones that hold it. */
export function indexOfCut(cuts: Float64Array, cut: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cuts[middle]! < cut) low = middle + 1;
    else high = middle;
  }
  if (cuts[low] !== cut) throw new InternalError(`cut ${cut} has no rank`);
  return low;
}

/**
 * Per node, from the group's first on: byte offset of the mask of rows that go right. Filled by `maskSlots` and `setMasks`; no Map, which
 * holds 2^24 nodes at most.
 */
export interface MaskOffsets {
  readonly firstNode: number;
  readonly offsets: Int32Array;
}

/** `nodes`: inner nodes of the group, for which `offsets` is filled; `feature` per node; `columns` by feature, each once. */
export function maskSlots(
  nodes: readonly number[],
  feature: Int32Array,
  cuts: Cuts,
  columns: readonly RankColumn[],
  { firstNode, offsets }: MaskOffsets,
): MaskSlots {
  // Mask 0 never holds, mask 1 always.
  let free = 2;
  const byFeature = new Map<number, MaskColumn>();
  const entries = columns.flatMap((column, i) => {
    const chunks = Math.ceil((column.cuts.length + 1) / 16);
    byFeature.set(column.feature, { ...column, firstMask: free, known: new Map() });
    const entry = [i * blockRows, chunks, free * maskBytes];
    free += chunks * 16;
    return entry;
  });

  const pairs: number[] = [];
  const patches: readonly [number[], number[], number[]] = [[], [], []];
  const derive = (list: number[], op: 0 | 1 | 2, a: number, b: number): number => {
    list.push(op, free * maskBytes, a * maskBytes, b * maskBytes);
    return free++;
  };
  /** The mask of rows above the k-th cut of the column. NaN is above none or all, as its code is. */
  const above = (column: MaskColumn, k: number): number => column.firstMask + k + (column.nanLow ? 1 : 0);
  /** The mask that is right for numbers, and where it sends NaN; `low` is -1 for a cut below all, either is K for one above all. */
  const forNumbers = (column: MaskColumn, low: number, high: number): readonly [mask: number, nanRight: boolean] => {
    if (low === column.cuts.length) return [0, false];
    const lower = low === -1 ? (column.nanLow ? column.firstMask : 1) : above(column, low);
    if (high === column.cuts.length) return [lower, !column.nanLow];
    return [derive(pairs, MaskOp.andNot, lower, above(column, high)), false];
  };
  /** The same for numbers, with NaN the other way. */
  const patched = (column: MaskColumn, mask: number, nanRight: boolean): number => {
    if (column.nanLow) return derive(patches[2], MaskOp.orNot, mask, column.firstMask);
    const ofNaN = column.firstMask + column.cuts.length;
    return nanRight ? derive(patches[1], MaskOp.or, mask, ofNaN) : derive(patches[0], MaskOp.andNot, mask, ofNaN);
  };

  for (const node of nodes) {
    const column = byFeature.get(feature[node]!)!;
    const all = column.cuts.length;
    const nanRight = cuts.nanRight[node] === 1;
    const [lowCut, highCut] = [cuts.low[node]!, cuts.high[node]!];
    const low = Number.isNaN(lowCut) ? -1 : lowCut === Infinity ? all : indexOfCut(column.cuts, lowCut);
    const high = Number.isNaN(highCut) || highCut === Infinity ? all : indexOfCut(column.cuts, highCut);
    const key = ((low + 1) * (all + 1) + high) * 2 + (nanRight ? 1 : 0);
    let slot = column.known.get(key);
    if (slot === undefined) {
      const [mask, naturally] = forNumbers(column, low, high);
      slot = naturally === nanRight ? mask : patched(column, mask, nanRight);
      column.known.set(key, slot);
    }
    offsets[node - firstNode] = slot * maskBytes;
  }

  return {
    columns: Uint32Array.from(entries),
    derived: Uint32Array.from([...pairs, ...patches.flat()]),
    bytes: free * maskBytes,
  };
}
