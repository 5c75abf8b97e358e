/**
 * In which form the bit-sliced kernel takes a forest, by how many cuts its features have: ranks of 8 bits with a mask for each cut,
 * in as many groups of trees as keep each feature at 254 cuts; or ranks of 16 bits with tables, where that would be many groups.
 */

import { needsMasks } from "../../../ir/bit-sliced.js";
import type { Forest } from "../../../ir/forest.js";
import type { Cuts } from "./cuts.js";

/** "masks": ranks of 8 bits. "tables": ranks of 16 bits. */
export type BitSlicedForm = "masks" | "tables";

/** Codes of 8 bits, one for NaN. */
const mostCutsOfMasks = 254;
/** Codes of 16 bits, less the greatest and one for NaN. */
const mostCutsOfTables = 2 ** 16 - 3;
/** More groups than this cost more than tables do. */
const mostGroups = 2;

/** Nodes of the trees from … to-1 whose conditions together are those of these trees. */
export type ConditionNodes = (forest: Forest, from: number, to: number) => number[];

/** The splits of trees from … to-1. */
export function innerNodes(forest: Forest, from: number, to: number): number[] {
  const nodes: number[] = [];
  for (let i = forest.treeStart[from]!; i < forest.treeStart[to]!; i++) if (forest.feature[i] !== -1) nodes.push(i);
  return nodes;
}

/** The cuts of a node that need a rank. */
function rankedCuts(cuts: Cuts, node: number): number[] {
  if (cuts.set[node] !== -1) return [];
  return [cuts.low[node]! + 0, cuts.high[node]! + 0].filter((c) => !Number.isNaN(c) && c !== Infinity);
}

/** Ends of the runs of trees in which no feature has more than `most` cuts; undefined where a single tree has more. */
function groupEnds(forest: Forest, cuts: Cuts, nodesOf: ConditionNodes, most: number): number[] | undefined {
  const ends: number[] = [];
  let seen = new Map<number, Set<number>>();
  for (let t = 0; t < forest.nTrees; t++) {
    const nodes = nodesOf(forest, t, t + 1);
    for (let turn = 0; ; turn++) {
      for (const node of nodes) {
        const set = seen.get(forest.feature[node]!) ?? new Set();
        seen.set(forest.feature[node]!, set);
        for (const cut of rankedCuts(cuts, node)) set.add(cut);
      }
      if (![...seen.values()].some((set) => set.size > most)) break;
      if (turn === 1 || t === 0 || ends.at(-1) === t) return undefined;
      ends.push(t);
      seen = new Map();
    }
  }
  ends.push(forest.nTrees);
  return ends;
}

/** Ascending cuts of each feature that the nodes use. */
export function cutsByFeature(forest: Forest, cuts: Cuts, nodes: readonly number[]): Map<number, Float64Array> {
  const sets = new Map<number, Set<number>>();
  for (const node of nodes) {
    if (cuts.set[node] !== -1) continue;
    const set = sets.get(forest.feature[node]!) ?? new Set();
    sets.set(forest.feature[node]!, set);
    for (const cut of rankedCuts(cuts, node)) set.add(cut);
  }
  return new Map([...sets].sort(([a], [b]) => a - b).map(([f, set]) => [f, Float64Array.from(set).sort()]));
}

export interface BitSlicedPlan {
  readonly form: BitSlicedForm;
  /** Ends of the groups of trees. */
  readonly ends: readonly number[];
}

/** The form that suits the forest, or the one asked for. Undefined where neither, or not that one, can take it. */
export function planBitSliced(
  forest: Forest,
  cuts: Cuts,
  form?: BitSlicedForm,
  nodesOf: ConditionNodes = innerNodes,
): BitSlicedPlan | undefined {
  const pairs = needsMasks(forest);
  const masks = form === "tables" ? undefined : groupEnds(forest, cuts, nodesOf, mostCutsOfMasks);
  if (masks !== undefined && (form === "masks" || pairs || masks.length <= mostGroups))
    return { form: "masks", ends: masks };
  const tables = form === "masks" || pairs ? undefined : groupEnds(forest, cuts, nodesOf, mostCutsOfTables);
  if (tables !== undefined) return { form: "tables", ends: tables };
  return masks === undefined ? undefined : { form: "masks", ends: masks };
}
