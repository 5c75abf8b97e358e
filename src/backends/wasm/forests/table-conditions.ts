/**
 * Conditions by tables of 16-bit rank codes (kernels/forest/conditions.ts): for forests whose cuts are too many, and too seldom
 * shared, for a mask each. A feature whose nodes disagree on NaN has two columns, with NaN below and above all numbers.
 */

import type { Forest } from "../../../ir/forest.js";
import type { Cuts } from "./cuts.js";
import { indexOfCut, maskBytes } from "./mask-slots.js";
import type { RankColumn } from "./rank-tables.js";
import type { Condition } from "./tree-programs.js";

export interface TableConditions {
  readonly columns: readonly RankColumn[];
  readonly lowBits: number;
  readonly highBits: number;
  /** Bytes of all tables. */
  readonly bytes: number;
  /** Names a condition that never holds. */
  readonly never: readonly number[];
  conditionOf(node: number): Condition;
}

/** `cutsByFeature`: ascending cuts of each feature. No node may have a cut pair. */
export function tableConditions(
  forest: Forest,
  cuts: Cuts,
  nodes: readonly number[],
  cutsByFeature: ReadonlyMap<number, Float64Array>,
): TableConditions {
  const columns: RankColumn[] = [];
  const placeOf = new Map<string, number>();
  const wantsLow = (node: number): boolean => cuts.nanRight[node] !== 1;
  for (const node of nodes) {
    const feature = forest.feature[node]!;
    const key = `${feature} ${wantsLow(node)}`;
    if (placeOf.has(key)) continue;
    placeOf.set(key, columns.length);
    columns.push({ feature, cuts: cutsByFeature.get(feature)!, nanLow: wantsLow(node) });
  }
  const longest = columns.reduce((most, c) => Math.max(most, c.cuts.length), 0);
  // The greatest code is longest + 1; nothing is above the code of ones alone.
  const bits = Math.max(2, Math.ceil(Math.log2(longest + 2)));
  const lowBits = bits >> 1;
  const highBits = bits - lowBits;
  const [high, low] = [maskBytes << highBits, maskBytes << lowBits];
  const columnBytes = 2 * high + low;
  const greatest = 2 ** bits - 1;
  const wordsOf = (place: number, code: number): readonly number[] => [
    place * columnBytes + (code >> lowBits) * maskBytes,
    place * columnBytes + 2 * high + (code & (2 ** lowBits - 1)) * maskBytes,
  ];
  return {
    columns,
    lowBits,
    highBits,
    bytes: columns.length * columnBytes,
    never: wordsOf(0, greatest),
    conditionOf(node) {
      const nanLow = wantsLow(node);
      const place = placeOf.get(`${forest.feature[node]!} ${nanLow}`)!;
      const { cuts: known } = columns[place]!;
      const cut = cuts.low[node]!;
      const always = Number.isNaN(cut) && !nanLow;
      let code: number;
      if (always) code = greatest;
      else if (Number.isNaN(cut)) code = 0;
      else if (cut === Infinity) code = nanLow ? greatest : known.length;
      else code = indexOfCut(known, cut) + (nanLow ? 1 : 0);
      const words = wordsOf(place, code);
      // Where all go right, none is above the greatest code, and the children change places.
      return always
        ? { words, left: cuts.right[node]!, right: cuts.left[node]! }
        : { words, left: cuts.left[node]!, right: cuts.right[node]! };
    },
  };
}
