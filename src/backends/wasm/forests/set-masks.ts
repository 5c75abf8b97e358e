/**
 * Tests of sets as masks of rows (kernels/forest/conditions.ts). Whether x is in a set is the parity of the set's cuts below x, so its mask
 * is the xor of the masks "above the cut". The cuts of a feature's sets are taken in small groups; masks of all subsets of a group are
 * made once, and each set is the xor of one of them for each group.
 */

import type { Cuts } from "./cuts.js";
import { blockRows, indexOfCut, type MaskOffsets, maskBytes } from "./mask-slots.js";
import type { RankColumn } from "./rank-tables.js";
import { unionOfCuts } from "./set-flags.js";

/** Cuts that a column of 8-bit codes tells apart, beside NaN. */
const mostCuts = 254;

export interface SetMasks {
  /** Columns of ranks; a feature may have several. */
  readonly columns: readonly RankColumn[];
  /** { u32 rank offset, u32 chunks of 16 masks, u32 mask offset } per column. */
  readonly entries: readonly number[];
  readonly nFeatures: number;
  /**
   * Per feature: place of the masks of subsets, number of groups, per group its size and masks; place of the first set's mask, number of
   * runs, per run the number of sets, of subsets in each, and for each set the places of its subsets.
   */
  readonly program: Uint32Array;
  /** End of all masks, in bytes. */
  readonly bytes: number;
}

/** For those of `nodes` that test sets, for which `offsets` is filled. Ranks stand after `firstColumn` others, masks after `firstByte`. */
export function setMasks(
  nodes: readonly number[],
  feature: Int32Array,
  cuts: Cuts,
  firstColumn: number,
  firstByte: number,
  { firstNode, offsets }: MaskOffsets,
): SetMasks {
  const byFeature = new Map<number, Map<number, number[]>>();
  for (const node of nodes) {
    if (cuts.set[node] === -1) continue;
    const keys = byFeature.get(feature[node]!) ?? new Map<number, number[]>();
    byFeature.set(feature[node]!, keys);
    const key = 2 * cuts.set[node]! + cuts.nanRight[node]!;
    const known = keys.get(key);
    if (known === undefined) keys.set(key, [node]);
    else known.push(node);
  }
  const columns: RankColumn[] = [];
  const entries: number[] = [];
  const program: number[] = [];
  let bytes = firstByte;
  for (const [of, keys] of [...byFeature].sort(([a], [b]) => a - b)) {
    const union = unionOfCuts(
      cuts.sets,
      [...keys.keys()].map((key) => key >> 1),
    );
    // The masks that sets are made of: always, numbers, and above each cut.
    const basis: number[] = [maskBytes];
    for (let from = 0; from === 0 || from < union.length; from += mostCuts) {
      const own = union.subarray(from, from + mostCuts);
      const chunks = Math.ceil((own.length + 1) / 16);
      entries.push((firstColumn + columns.length) * blockRows, chunks, bytes);
      columns.push({ feature: of, cuts: own, nanLow: true });
      if (from === 0) basis.push(bytes);
      for (let k = 0; k < own.length; k++) basis.push(bytes + (k + 1) * maskBytes);
      bytes += chunks * 16 * maskBytes;
    }
    const groups = groupCount(basis.length, keys.size);
    const firstOf = Array.from({ length: groups + 1 }, (_, g) => Math.floor((g * basis.length) / groups));
    program.push(bytes, groups);
    const placeOf: number[] = [];
    const groupOf: number[] = [];
    for (let g = 0; g < groups; g++) {
      const members = basis.slice(firstOf[g], firstOf[g + 1]);
      for (const _ of members) groupOf.push(g);
      program.push(members.length, ...members);
      placeOf.push(bytes);
      bytes += 2 ** members.length * maskBytes;
    }
    const lists = [...keys].map(([key, own]) => {
      const subsets = new Map<number, number>();
      const flip = (element: number): void => {
        const g = groupOf[element]!;
        subsets.set(g, (subsets.get(g) ?? 0) ^ (1 << (element - firstOf[g]!)));
      };
      const set = key >> 1;
      for (let i = cuts.sets.start[set]!; i < cuts.sets.start[set + 1]!; i++) {
        flip(2 + indexOfCut(union, cuts.sets.cut[i]!));
      }
      if (cuts.sets.inside[set] === 1) flip(1);
      // NaN is above no cut and no number.
      if ((key & 1) === 1) {
        flip(0);
        flip(1);
      }
      const places = [...subsets].filter(([, bits]) => bits !== 0).map(([g, bits]) => placeOf[g]! + bits * maskBytes);
      // The kernel takes four at a time; the mask at 0 never holds.
      while (places.length % 4 !== 0) places.push(0);
      return { own, places };
    });
    lists.sort((a, b) => a.places.length - b.places.length);
    program.push(bytes);
    const runs = program.push(0) - 1;
    for (let i = 0; i < lists.length; ) {
      const length = lists[i]!.places.length;
      let end = i;
      while (end < lists.length && lists[end]!.places.length === length) end++;
      program.push(end - i, length);
      program[runs]!++;
      for (; i < end; i++, bytes += maskBytes) {
        for (const place of lists[i]!.places) program.push(place);
        for (const node of lists[i]!.own) offsets[node - firstNode] = bytes;
      }
    }
  }
  return { columns, entries, nFeatures: byFeature.size, program: Uint32Array.from(program), bytes };
}

/** The masks of all subsets of so many elements take 4 KB. */
const mostInGroup = 7;

/** The number of groups with the least work: 2^size subsets to make for each group, and one to read for each group and set. */
function groupCount(elements: number, sets: number): number {
  const work = (groups: number): number => {
    const [size, larger] = [Math.floor(elements / groups), elements % groups];
    return 2 * 2 ** size * (groups + larger) + Math.ceil(groups / 4) * 4 * sets;
  };
  const least = Math.ceil(elements / mostInGroup);
  let best = least;
  for (let groups = least + 1; groups <= elements; groups++) if (work(groups) < work(best)) best = groups;
  return best;
}
