/**
 * Lays a forest out for the bit-sliced kernel (kernels/forest/bit-sliced.ts): per group of trees (bit-sliced-plan.ts) the tables that
 * rank values, the conditions, the programs of the trees and their leaves.
 */

import { InternalError } from "../../../errors.js";
import { bitSlicedRefusal, leafNumbering, unevenTree, votesForOne } from "../../../ir/bit-sliced.js";
import { type Forest, forestShape } from "../../../ir/forest.js";
import {
  type BitSlicedForm,
  type ConditionNodes,
  cutsByFeature,
  innerNodes,
  planBitSliced,
} from "./bit-sliced-plan.js";
import { type Cuts, cutsOf } from "./cuts.js";
import { sumArray } from "./leaf-votes.js";
import { blockRows, maskBytes, maskSlots } from "./mask-slots.js";
import { packWalk } from "./pack-walk.js";
import { align, type HeaderEntry, layOut, type PackedForest, type RowDType } from "./packed-forest.js";
import { type RankColumn, rankTables } from "./rank-tables.js";
import { setMasks } from "./set-masks.js";
import { tableConditions } from "./table-conditions.js";
import { type Condition, levelNodes, ProgramShape, treeProgram } from "./tree-programs.js";

/** What happens to leaves; the numbers of kernels/forest/bit-sliced.ts. */
const BitSink = { oneOutput: 0, dense: 1, leaves: 2 } as const;

/** Scratch memory up to what depends on the forest; the places of kernels/forest/bit-sliced.ts. */
const fixedScratch = 256 + 8 * 256 + (512 + 32 * 256 + 512) + 256 * 32;

export interface BitSlicedOptions {
  /** Default, and where this one cannot take the forest: the one that suits it. */
  readonly form?: BitSlicedForm | undefined;
  /** For forests of symmetric trees (no `unevenTree`) only: conditions are the bits of leaf numbers. Default: false. */
  readonly oblivious?: boolean;
  /** Blocks of fewer rows are walked, by nodes that are packed along, unless there are none. Default: 0. */
  readonly fewRows?: number;
}

/** A forest that `bitSlicedRefusal` lets through; `rows` as in `cutsOf`. */
export function packBitSliced(
  forest: Forest,
  want: "raw" | "leaves",
  rows: RowDType,
  options: BitSlicedOptions = {},
): PackedForest {
  const { form, oblivious = false, fewRows = 0 } = options;
  const cuts = cutsOf(forest, rows, oblivious ? levelNodes(forest, 0, forest.nTrees) : undefined);
  const nodesOf = oblivious ? levelNodes : innerNodes;
  const plan = planBitSliced(forest, cuts, form, nodesOf) ?? planBitSliced(forest, cuts, undefined, nodesOf);
  const refusal = bitSlicedRefusal(forest) ?? (plan === undefined ? "its features have too many cuts" : undefined);
  const uneven = oblivious && refusal === undefined ? unevenTree(forest) : undefined;
  if (uneven !== undefined)
    throw new InternalError(`the oblivious kernel was given a forest that it refuses: ${uneven}`);
  if (refusal !== undefined || plan === undefined)
    throw new InternalError(`the bit-sliced kernel was given a forest that it refuses: ${refusal}`);
  const outputs = want === "raw" ? votesForOne(forest) : undefined;
  const sink = want === "leaves" ? BitSink.leaves : outputs === undefined ? BitSink.dense : BitSink.oneOutput;
  const valueBytes = forest.sum === "float64" ? 8 : 4;
  const sumBytes = sink === BitSink.dense ? align(forest.nOutputs * valueBytes, 16) : 0;
  const numbering = numberingOf(forest, oblivious);
  const walk = fewRows > 1 ? packWalk(forest, want, rows) : undefined;
  const shared: Shared = {
    forest,
    cuts,
    rows,
    want,
    outputs,
    nodesOf,
    numbering,
    sink,
    votesPerLeaf: sink === BitSink.dense ? sumBytes / valueBytes : 1,
  };
  const groups = plan.ends.map((end, i) => packGroup(shared, plan.form, plan.ends[i - 1] ?? 0, end));

  const most = (of: (group: PackedGroup) => number): number => groups.reduce((a, g) => Math.max(a, of(g)), 0);
  const reach = fixedScratch;
  const ranks = align(reach + (2 * forestShape(forest).maxInner + 1) * maskBytes, 64);
  const masks = align(ranks + most((g) => g.rankBytes), 64);
  const sums = align(masks + most((g) => g.maskBytes), 64);
  const scratch = align(sums + sumBytes * blockRows, 64);
  const header: HeaderEntry[] = [
    groups.length,
    0,
    forest.nOutputs,
    forest.nTrees,
    sink,
    rows === "float64" ? 1 : 0,
    forest.sum === "float64" ? 1 : 0,
    forest.nFeatures < 4 ? forest.nFeatures : 0,
    reach,
    ranks,
    masks,
    sums,
    sumBytes,
    walk === undefined ? 0 : fewRows,
    walk?.params ?? 0,
    walk?.kernel === "forestWalkWide" ? 1 : 0,
  ];
  // The words that point to the groups stand at the end of the header.
  header[1] = header.length * 4;
  return {
    kernel: "forestBitSliced",
    params: layOut([...header, ...groups.map((g) => g.bytes)]),
    blockRows,
    scratchBytes: (n) => Math.max(scratch, walk?.scratchBytes(Math.min(n, fewRows)) ?? 0),
  };
}

function numberingOf(forest: Forest, oblivious: boolean): Shared["numbering"] {
  if (oblivious) return { shape: ProgramShape.oblivious, bits: forestShape(forest).depth };
  const { byPath, bits } = leafNumbering(forest);
  return { shape: byPath ? ProgramShape.levels : ProgramShape.general, bits };
}

interface Shared {
  readonly forest: Forest;
  readonly cuts: Cuts;
  readonly rows: RowDType;
  readonly want: "raw" | "leaves";
  readonly outputs: Int32Array | undefined;
  readonly nodesOf: ConditionNodes;
  readonly numbering: { readonly shape: ProgramShape; readonly bits: number };
  readonly sink: number;
  /** Elements of the table of leaves per number. */
  readonly votesPerLeaf: number;
}

interface PackedGroup {
  readonly bytes: Uint8Array;
  readonly rankBytes: number;
  readonly maskBytes: number;
}

function packGroup(shared: Shared, form: BitSlicedForm, from: number, to: number): PackedGroup {
  const { forest, cuts, rows, numbering, outputs } = shared;
  const nodes = shared.nodesOf(forest, from, to);
  const byFeature = cutsByFeature(forest, cuts, nodes);
  const conditions =
    form === "masks"
      ? maskConditions(shared, nodes, byFeature, from, to)
      : {
          ...tableConditions(forest, cuts, nodes, byFeature),
          entries: new Uint32Array(0),
          derived: new Uint32Array(0),
          setFeatures: 0,
          setProgram: new Uint32Array(0),
        };

  // Sums of different outputs do not meet: trees are taken output by output, those of one output in their order.
  const order = Array.from({ length: to - from }, (_, i) => from + i);
  if (outputs !== undefined) order.sort((a, b) => outputs[a]! - outputs[b]! || a - b);
  const words: number[] = [];
  const leaves = leafTable(shared, to - from);
  const { conditionOf, never } = conditions;
  for (const [i, t] of order.entries()) {
    const program = treeProgram(numbering.shape, forest, forest.treeStart[t]!, numbering.bits, conditionOf, never);
    for (const word of program.words) words.push(word);
    leaves.add(i, program.leaves);
  }
  const batches: number[] = [];
  for (let i = 0; i < order.length; ) {
    const which = outputs === undefined ? order[i]! : outputs[order[i]!]!;
    let count = 1;
    while (count < 8 && i + count < order.length && (outputs === undefined || outputs[order[i + count]!] === which))
      count++;
    batches.push(count, which);
    i += count;
  }
  const columnBytes = blockRows * (form === "tables" ? 2 : 1);
  const { nQuads, quads, tables } = rankTables(
    conditions.columns,
    rows,
    Math.max(4, forest.nFeatures),
    form === "tables",
    columnBytes,
  );
  const bytes = layOut([
    nQuads,
    quads,
    tables,
    conditions.columns.length,
    conditions.entries,
    conditions.derived.length / 4,
    conditions.derived,
    form === "tables" ? 1 : 0,
    conditions.lowBits,
    conditions.highBits,
    numbering.shape,
    numbering.bits,
    Uint32Array.from(words),
    leaves.table,
    batches.length / 2,
    Uint32Array.from(batches),
    conditions.setFeatures,
    conditions.setProgram,
  ]);
  return { bytes, rankBytes: (conditions.columns.length + 1) * columnBytes, maskBytes: conditions.bytes };
}

/** Columns by feature, with NaN where most nodes of the feature send it. */
function maskConditions(
  { forest, cuts }: Shared,
  nodes: readonly number[],
  byFeature: ReadonlyMap<number, Float64Array>,
  from: number,
  to: number,
) {
  const right = new Map<number, number>();
  const compared = nodes.filter((node) => cuts.set[node] === -1);
  for (const node of compared) {
    const feature = forest.feature[node]!;
    right.set(feature, (right.get(feature) ?? 0) + (cuts.nanRight[node] === 1 ? 1 : -1));
  }
  const columns: RankColumn[] = [...byFeature].map(([feature, known]) => ({
    feature,
    cuts: known,
    nanLow: right.get(feature)! <= 0,
  }));
  const firstNode = forest.treeStart[from]!;
  const offsets = new Int32Array(forest.treeStart[to]! - firstNode);
  const slots = maskSlots(compared, forest.feature, cuts, columns, { firstNode, offsets });
  const sets = setMasks(nodes, forest.feature, cuts, columns.length, slots.bytes, { firstNode, offsets });
  const conditionOf = (node: number): Condition => ({
    words: [offsets[node - firstNode]!],
    left: cuts.left[node]!,
    right: cuts.right[node]!,
  });
  return {
    columns: [...columns, ...sets.columns],
    entries: Uint32Array.from([...slots.columns, ...sets.entries]),
    derived: slots.derived,
    setFeatures: sets.nFeatures,
    setProgram: sets.program,
    lowBits: 0,
    highBits: 0,
    bytes: sets.bytes,
    never: [0],
    conditionOf,
  };
}

/** Per tree and number of a leaf: its vote, its row of votes, or its id. Numbers that no leaf has hold zeros. */
function leafTable({ forest, want, numbering, votesPerLeaf }: Shared, trees: number) {
  const size = 2 ** numbering.bits * votesPerLeaf;
  const table = want === "leaves" ? new Int32Array(trees * size) : sumArray(forest, trees * size);
  return {
    table,
    /** Writes the i-th tree's part: the leaves by their numbers. */
    add(i: number, leaves: Int32Array): void {
      for (let number = 0; number < leaves.length; number++) {
        const leaf = leaves[number]!;
        if (leaf === -1) continue;
        const at = i * size + number * votesPerLeaf;
        if (want === "leaves") {
          table[at] = forest.nodeId[leaf]!;
          continue;
        }
        for (let v = forest.leafStart[leaf]!; v < forest.leafStart[leaf + 1]!; v++) {
          table[at + (votesPerLeaf === 1 ? 0 : forest.leafTarget[v]!)] = forest.leafValue[v]!;
        }
      }
    },
  };
}
