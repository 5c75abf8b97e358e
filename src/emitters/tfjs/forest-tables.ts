/**
 * A forest as the shaders of the webgpu device take it: int32 words, kept as a weight of a fused graph (formulations/forests.ts) and
 * read by src/backends/tfjs/fused/shaders.ts. Values are compared as ranks. The rank of x in a column is the number of that column's
 * cuts below it, a cut being the largest value that goes to one side; values and cuts are keys, unsigned integers in the order of
 * float32 (-0 is 0). So no shader ever compares floats, which may be NaN or flushed to zero there.
 *
 * A node is four words. Inner: column slot · 4 + 2 where it tests a set + 1 where NaN goes to the true child; the least rank that
 * goes there, or the place of the set's bits (one a rank); how many ranks more go there; the place of the false child, which the
 * true child follows. Leaf: -1; the value of its vote, or the place of its votes (output, value) where there are several outputs;
 * the number of votes; its name. Places of nodes count nodes, all others words, from the beginning of the tables.
 */

import { LimitError, ModelParseError } from "../../errors.js";
import { crc32 } from "../../ir/crc32.js";
import { type Forest, SplitMode } from "../../ir/forest.js";

/** The words of the header. Nodes end where the list of used columns begins. */
export const tableWords = [
  "magic",
  "words",
  /** CRC-32 of all words behind this one. */
  "checksum",
  /** Columns that x must have at least. */
  "columns",
  "trees",
  "outputs",
  /** Index into `aggregates`. */
  "aggregate",
  /** The column of each slot; ends where `cutStart` begins. */
  "slotColumns",
  /** Places of the cuts of each slot: one more than there are slots. */
  "cutStart",
  /** First node of each tree. */
  "roots",
  /** First node, counted in nodes. */
  "nodes",
  "nodesEnd",
] as const;
export type ForestTables = { readonly [W in (typeof tableWords)[number]]: number };

export const aggregates = ["sum", "min", "max"] as const;

/** "CLPG". */
const magic = 0x47504c43;
const checkedFrom = tableWords.indexOf("checksum") + 1;
/** 256 MB. */
const mostWords = 2 ** 26;

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** The bits of a float32 value, as int32. */
function bitsOf(value: number): number {
  scratch[0] = value;
  return scratchBits[0]! | 0;
}

/** An unsigned integer in the order of float32 values. Not for NaN. */
function keyOf(value: number): number {
  const bits = bitsOf(value + 0) >>> 0;
  return (bits >= 2 ** 31 ? ~bits : bits | 0x80000000) >>> 0;
}

/** The cuts that a comparison makes: with values up to each of them it changes its answer. */
function cutsOf({ mode, threshold, sets }: Forest, node: number): readonly number[] {
  const bound = threshold[node]!;
  switch (mode[node]) {
    case SplitMode.lessEqual:
    case SplitMode.greater:
      return [keyOf(bound)];
    case SplitMode.less:
    case SplitMode.greaterEqual:
      return [keyOf(bound) - 1];
    case SplitMode.member: {
      const cuts: number[] = [];
      for (let i = sets.start[bound]!; i < sets.start[bound + 1]!; i++)
        cuts.push(keyOf(sets.low[i]!) - 1, keyOf(sets.high[i]!));
      return cuts;
    }
    default:
      return [keyOf(bound) - 1, keyOf(bound)];
  }
}

/** Whether the comparison is written the other way round, with its children exchanged. */
const turned = (mode: number): boolean =>
  mode === SplitMode.greater || mode === SplitMode.greaterEqual || mode === SplitMode.notEqual;

/** Columns that are compared, and their cuts, ascending. */
function collectCuts(forest: Forest): Map<number, Uint32Array> {
  const found = new Map<number, Set<number>>();
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1) continue;
    const cuts = found.get(forest.feature[i]!) ?? new Set();
    found.set(forest.feature[i]!, cuts);
    for (const cut of cutsOf(forest, i)) cuts.add(cut);
  }
  // A buffer of the GPU has to hold something.
  if (found.size === 0) found.set(0, new Set());
  return new Map([...found].sort(([a], [b]) => a - b).map(([column, cuts]) => [column, Uint32Array.from(cuts).sort()]));
}

/** Words that grow. */
function createWords(): { readonly at: () => number; push(value: number): void; finish(): Int32Array } {
  let [data, length] = [new Int32Array(1024), 0];
  return {
    at: () => length,
    push(value) {
      if (length === mostWords) {
        throw new LimitError(`a forest for WebGPU has at most ${mostWords} words of tables; use the device wasm`);
      }
      if (length === data.length) {
        const wider = new Int32Array(2 * length);
        wider.set(data);
        data = wider;
      }
      data[length++] = value;
    },
    finish: () => data.slice(0, length),
  };
}

/** The tables of a forest that compares and sums in float32. Throws LimitError for one that is too large. */
export function forestTables(forest: Forest): Int32Array<ArrayBufferLike> {
  const words = createWords();
  for (const _ of tableWords) words.push(0);
  const columns = collectCuts(forest);
  const slots = new Map([...columns.keys()].map((column, slot) => [column, slot]));
  const header: Partial<Record<keyof ForestTables, number>> = {
    magic,
    columns: forest.nFeatures,
    trees: forest.nTrees,
    outputs: forest.nOutputs,
    aggregate: aggregates.indexOf(forest.aggregate),
  };

  header.slotColumns = words.at();
  for (const column of columns.keys()) words.push(column);
  header.cutStart = words.at();
  let cutsAt = words.at() + columns.size + 1;
  words.push(cutsAt);
  for (const cuts of columns.values()) {
    cutsAt += cuts.length;
    words.push(cutsAt);
  }
  for (const cuts of columns.values()) for (const cut of cuts) words.push(cut | 0);

  /** Ranks of the cuts of each column. */
  const ranks = new Map([...columns].map(([column, cuts]) => [column, new Map([...cuts].map((cut, i) => [cut, i]))]));
  const placedSets = new Map<string, number>();
  const placeSet = (column: number, set: number): number => {
    const key = `${column} ${set}`;
    const known = placedSets.get(key);
    if (known !== undefined) return known;
    const at = words.at();
    const rank = ranks.get(column)!;
    const bits = new Int32Array(Math.ceil((rank.size + 1) / 32));
    const { start, low, high } = forest.sets;
    for (let i = start[set]!; i < start[set + 1]!; i++) {
      const end = rank.get(keyOf(high[i]!))!;
      for (let r = rank.get(keyOf(low[i]!) - 1)! + 1; r <= end; r++) bits[r >> 5]! |= 1 << (r & 31);
    }
    for (const word of bits) words.push(word);
    placedSets.set(key, at);
    return at;
  };
  /** Where the sets and votes of nodes stand; both come before the nodes. */
  const second = new Int32Array(forest.nNodes);
  for (let i = 0; i < forest.nNodes; i++) {
    const [from, end] = [forest.leafStart[i]!, forest.leafStart[i + 1]!];
    if (forest.mode[i] === SplitMode.member && forest.feature[i] !== -1) {
      second[i] = placeSet(forest.feature[i]!, forest.threshold[i]!);
    } else if (forest.feature[i] === -1 && forest.nOutputs === 1) {
      second[i] = end > from ? bitsOf(forest.leafValue[from]!) : 0;
    } else if (forest.feature[i] === -1) {
      second[i] = words.at();
      for (let v = from; v < end; v++) {
        words.push(forest.leafTarget[v]!);
        words.push(bitsOf(forest.leafValue[v]!));
      }
    }
  }

  header.roots = words.at();
  const nodesAt = Math.ceil((words.at() + forest.nTrees) / 4);
  let next = nodesAt;
  const order: number[] = [];
  const roots: number[] = [];
  const children = new Int32Array(forest.nNodes);
  for (let t = 0; t < forest.nTrees; t++) {
    // Level by level, so that siblings are neighbours.
    roots.push(next);
    let level = [forest.treeStart[t]!];
    next++;
    while (level.length > 0) {
      const below: number[] = [];
      for (const node of level) {
        order.push(node);
        if (forest.feature[node] === -1) continue;
        children[node] = next;
        next += 2;
        const pair = [forest.falseChild[node]!, forest.trueChild[node]!];
        below.push(...(turned(forest.mode[node]!) ? pair.reverse() : pair));
      }
      level = below;
    }
  }
  for (const root of roots) words.push(root);
  while (words.at() < 4 * nodesAt) words.push(0);
  for (const i of order) {
    const column = forest.feature[i]!;
    const mode = forest.mode[i]!;
    if (column === -1) {
      for (const word of [-1, second[i]!, forest.leafStart[i + 1]! - forest.leafStart[i]!, forest.nodeId[i]!])
        words.push(word);
      continue;
    }
    const missing = turned(mode) ? 1 - forest.missingTrue[i]! : forest.missingTrue[i]!;
    const member = mode === SplitMode.member;
    const last = member ? 0 : ranks.get(column)!.get(cutsOf(forest, i).at(-1)!)!;
    const exact = mode === SplitMode.equal || mode === SplitMode.notEqual;
    words.push(4 * slots.get(column)! + (member ? 2 : 0) + missing);
    words.push(member ? second[i]! : exact ? last : 0);
    words.push(member || exact ? 0 : last);
    words.push(children[i]!);
  }
  const tables = words.finish();
  const entries = { ...header, nodes: nodesAt, nodesEnd: nodesAt + order.length, words: tables.length, checksum: 0 };
  for (const [i, word] of tableWords.entries()) tables[i] = entries[word] ?? 0;
  tables[checkedFrom - 1] = checksumOf(tables);
  return tables;
}

function checksumOf(tables: Int32Array): number {
  return (
    crc32(new Uint8Array(tables.buffer, tables.byteOffset + 4 * checkedFrom, 4 * (tables.length - checkedFrom))) | 0
  );
}

/** Reads the header of tables and checks them: every walk ends, and stays inside. Throws ModelParseError. */
export function checkTables(tables: Int32Array): ForestTables {
  const fail = (path: string, message: string): never => {
    throw new ModelParseError("forest tables", path, message);
  };
  if (tables.length < tableWords.length || tables[0] !== magic) fail("header", "are no tables of a forest");
  const header = Object.fromEntries(tableWords.map((word, i) => [word, tables[i]!])) as ForestTables;
  if (header.words !== tables.length) fail("header", `says ${header.words} words, there are ${tables.length}`);
  if (header.checksum !== checksumOf(tables)) fail("header", "the checksum does not match: the tables are damaged");
  const { slotColumns, cutStart, roots, nodes, nodesEnd, trees, outputs, columns } = header;
  const slots = cutStart - slotColumns;
  const ordered = [tableWords.length, slotColumns, cutStart, cutStart + slots + 1, roots, roots + trees, 4 * nodes];
  const inOrder = ordered.every((at, i) => i === 0 || at >= ordered[i - 1]!);
  if (!inOrder || slots < 1 || nodesEnd < nodes || 4 * nodesEnd !== tables.length || outputs < 1 || trees < 0) {
    fail("header", "its parts do not follow one another");
  }
  if (aggregates[header.aggregate] === undefined) fail("header", `there is no aggregate ${header.aggregate}`);
  for (let s = 0; s < slots; s++) {
    const [column, from, end] = [tables[slotColumns + s]!, tables[cutStart + s]!, tables[cutStart + s + 1]!];
    if (column < 0 || (column >= columns && columns > 0)) fail(`slot ${s}`, `reads column ${column} of ${columns}`);
    if (from < cutStart || end < from || end > roots) fail(`slot ${s}`, "its cuts stand outside");
  }
  for (let t = 0; t < trees; t++) {
    const root = tables[roots + t]!;
    if (root < nodes || root >= nodesEnd) fail(`tree ${t}`, "its root is no node");
    if (t > 0 && root <= tables[roots + t - 1]!) fail(`tree ${t}`, "its root does not follow the tree before");
  }
  for (let i = nodes; i < nodesEnd; i++) {
    const [kind, place, count, child] = [tables[4 * i]!, tables[4 * i + 1]!, tables[4 * i + 2]!, tables[4 * i + 3]!];
    if (kind === -1) {
      if (outputs === 1 ? count < 0 || count > 1 : count < 0 || place < 0 || place + 2 * count > roots) {
        fail(`node ${i - nodes}`, "its votes stand outside");
      }
      continue;
    }
    if (kind < 0 || kind >> 2 >= slots) fail(`node ${i - nodes}`, "compares no column");
    if (child <= i || child + 1 >= nodesEnd) fail(`node ${i - nodes}`, "its children do not follow it");
    if ((kind & 2) === 0) continue;
    const ranks = tables[cutStart + (kind >> 2) + 1]! - tables[cutStart + (kind >> 2)]! + 1;
    if (place < 0 || place + Math.ceil(ranks / 32) > roots) fail(`node ${i - nodes}`, "its set stands outside");
  }
  return header;
}
