/**
 * What a forest costs in the kernels of the WebAssembly backend: seconds as a weighted sum of counts of their work, each count the
 * steps of one stage of a kernel. The weights are measured (scripts/calibrate-kernels.ts) and stand in
 * `generated/kernel-costs.ts`.
 */

import { leafNumbering, needsMasks, votesForOne } from "../../src/ir/bit-sliced.js";
import { type Forest, forestShape, SplitMode } from "../../src/ir/forest.js";
import { kernelCosts } from "../generated/kernel-costs.js";

/** The kernels, the bit-sliced one in its two forms: a mask per cut, or tables of 16-bit ranks. */
export type CostedKernel = "walk" | "masks" | "tables";

/** Counts of work for a batch of `rows`: those of the walk, or those of the bit-sliced kernel. */
export function kernelWork(forest: Forest, kernel: CostedKernel, rows: number, oblivious = false): number[] {
  return kernel === "walk" ? walkWork(forest, rows) : bitSlicedWork(forest, kernel, rows, oblivious);
}

/** Estimated seconds. */
export function kernelSeconds(forest: Forest, kernel: CostedKernel, rows: number, oblivious = false): number {
  const weights = kernelCosts[kernel];
  return kernelWork(forest, kernel, rows, oblivious).reduce((sum, count, i) => sum + count * (weights[i] ?? 0), 0);
}

/** The form in which the bit-sliced kernel is faster for many rows. */
export function bitSlicedForm(forest: Forest): "masks" | "tables" {
  if (needsMasks(forest)) return "masks";
  return kernelSeconds(forest, "tables", 1024) < kernelSeconds(forest, "masks", 1024) ? "tables" : "masks";
}

/**
 * A pass of the bit-sliced kernel goes through all masks and nodes, which for fewer rows than this it must fetch first. Its costs are
 * fitted to full passes and come out up to three times too low there.
 */
const fullPassRows = 4;
const fewRowsFactor = 3;

/**
 * What the bit-sliced kernel takes for a batch of any size. Fewer rows than `fullPassRows` walk: measured, that always was faster, but
 * through symmetric trees beyond the cache, of which a pass fetches a condition for each level and a walk a node.
 */
export function bitSlicedSeconds(forest: Forest, rows: number, oblivious: boolean): number {
  if (rows >= fullPassRows) return kernelSeconds(forest, bitSlicedForm(forest), rows, oblivious);
  if (!oblivious) return Infinity;
  return fewRowsFactor * kernelSeconds(forest, bitSlicedForm(forest), rows, oblivious);
}

/** The least number of rows, up to 256, from which the bit-sliced kernel is faster than the walk. */
export function rowsToWalkBelow(forest: Forest, oblivious: boolean): number {
  for (let rows = 1; rows < 256; rows++) {
    if (bitSlicedSeconds(forest, rows, oblivious) < kernelSeconds(forest, "walk", rows)) return rows;
  }
  return 256;
}

/** No more than `bitSlicedSeconds`; asks less of the forest. */
export function leastBitSlicedSeconds(forest: Forest, rows: number, oblivious: boolean): number {
  if (rows < fullPassRows && !oblivious) return Infinity;
  return passesOf(rows) * nodesPerPass(forest, oblivious) * Math.min(kernelCosts.masks[3], kernelCosts.tables[3]);
}

/** What both kernels' work is told from. */
interface Facts {
  readonly trees: number;
  readonly columns: number;
  /** Vectors of votes that a leaf adds. */
  readonly votes: number;
  readonly levels: number;
  /** Different sets, feature by feature. */
  readonly sets: number;
  readonly bytes: number;
}

/** What the ranks of the bit-sliced kernel take. */
interface CutFacts {
  /** Different thresholds, feature by feature. */
  readonly cuts: number;
  /** Groups of trees in which no feature has more cuts than 8 bits count. */
  readonly groups: number;
  /** Entries of the tables of 16-bit ranks, per column. */
  readonly tableEntries: number;
}

const known = new WeakMap<Forest, Facts>();
const knownCuts = new WeakMap<Forest, CutFacts>();

function factsOf(forest: Forest): Facts {
  const facts = known.get(forest);
  if (facts !== undefined) return facts;
  const { depth, meanDepth, featuresUsed, nodes, trees } = forestShape(forest);
  const wide = forest.sum === "float64" ? 2 : 1;
  const made: Facts = {
    trees,
    columns: Math.max(1, featuresUsed),
    votes: votesForOne(forest) === undefined ? Math.ceil((forest.nOutputs * wide) / 4) : 1,
    sets: setsOf(forest),
    levels: depth <= Math.max(10, meanDepth + 2) ? depth : meanDepth + 2,
    bytes: nodes * (forest.compare === "float64" ? 16 : 8),
  };
  known.set(forest, made);
  return made;
}

/** A set is put together from so many masks, mostly; and as a flag it is copied faster by so many times than a column is prepared. */
const masksPerSet = 4;
const flagsPerColumn = 4;

function setsOf(forest: Forest): number {
  if (forest.sets.low.length === 0) return 0;
  const found = new Set<number>();
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.mode[i] === SplitMode.member) found.add(forest.threshold[i]! * forest.nFeatures + forest.feature[i]!);
  }
  return found.size;
}

function cutFactsOf(forest: Forest): CutFacts {
  const facts = knownCuts.get(forest);
  if (facts !== undefined) return facts;
  const byFeature = new Map<number, Set<number>>();
  // Most nodes of symmetric trees repeat what the one before them on their feature compares with.
  const last = new Float64Array(forest.nFeatures).fill(Number.NaN);
  for (let i = 0; i < forest.nNodes; i++) {
    const feature = forest.feature[i]!;
    const cut = forest.threshold[i]!;
    if (feature === -1 || last[feature] === cut || forest.mode[i] === SplitMode.member) continue;
    last[feature] = cut;
    const set = byFeature.get(feature) ?? new Set();
    byFeature.set(feature, set);
    set.add(cut);
  }
  const sizes = [...byFeature.values()].map((set) => set.size);
  const most = Math.max(0, ...sizes);
  const made: CutFacts = {
    cuts: sizes.reduce((a, b) => a + b, 0) + masksPerSet * factsOf(forest).sets,
    groups: Math.max(1, Math.ceil(most / 254)),
    tableEntries: 3 * 2 ** (Math.ceil(Math.log2(most + 2)) / 2),
  };
  knownCuts.set(forest, made);
  return made;
}

/** Rows up to this many beyond a multiple of eight are walked one by one. */
const fewRows = 4;

/** 1; columns prepared; levels of rows walked one by one; levels of rows walked eight at a time; votes; bytes of nodes fetched. */
function walkWork(forest: Forest, rows: number): number[] {
  const { columns, votes, levels, sets, bytes } = factsOf(forest);
  const { trees, depth, meanDepth } = forestShape(forest);
  const left = rows % 8;
  const single = left <= fewRows ? left : 0;
  const eights = left <= fewRows ? rows - left : rows - left + 8;
  // Of nodes that do not fit the cache, a block fetches all, or only those that its rows visit.
  const block = bytes <= 2 ** 19 ? 256 : bytes <= 2 ** 21 ? 1024 : bytes <= 2 ** 22 ? 4096 : 16384;
  const visited = Math.min(rows, block) * trees * (meanDepth + 1) * 64;
  const fetched = bytes <= 2 ** 18 ? 0 : Math.ceil(rows / block) * Math.min(bytes, visited);
  return [
    1,
    rows * (columns + sets / flagsPerColumn),
    single * trees * ((depth + meanDepth) / 2 + 1),
    eights * trees * levels,
    rows * trees * votes,
    fetched,
  ];
}

/** A pass of up to 128 rows, as a share of one of 256. */
const halfPass = 0.6;

/** Passes of the bit-sliced kernel over so many rows. */
function passesOf(rows: number): number {
  const left = rows % 256;
  return Math.floor(rows / 256) + (left === 0 ? 0 : left <= 128 ? halfPass : 1);
}

/** Nodes that a pass of the bit-sliced kernel evaluates. */
function nodesPerPass(forest: Forest, oblivious: boolean): number {
  const { trees, nodes } = forestShape(forest);
  return oblivious ? trees * leafNumbering(forest).bits : (nodes - trees) / 2;
}

/** 1; values ranked; masks or entries of tables made; nodes evaluated; votes. */
function bitSlicedWork(forest: Forest, form: "masks" | "tables", rows: number, oblivious: boolean): number[] {
  const { columns, trees, votes } = factsOf(forest);
  const { cuts, groups, tableEntries } = cutFactsOf(forest);
  const passes = passesOf(rows);
  const masks = form === "masks" ? cuts + columns * groups * 16 : columns * tableEntries;
  const ranked = rows * columns * (form === "masks" ? groups : 1);
  return [1, ranked, passes * masks, passes * nodesPerPass(forest, oblivious), rows * trees * votes];
}
