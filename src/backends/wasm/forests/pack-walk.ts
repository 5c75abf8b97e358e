/**
 * Lays a forest out for the walk (kernels/forest/walk.ts): its comparisons (walk-steps.ts) as nodes of 8 bytes (16 where float64, or
 * more nodes and columns than 32 bits tell apart, need it) in pairs of siblings. A pair shares its cache line with pairs below
 * it, so that a walk through a forest beyond the cache fetches a line every other level.
 */

import { roundDownToFloat32 } from "../../../ir/float.js";
import type { Forest } from "../../../ir/forest.js";
import { type Columns, columnsOf, NanRule } from "./columns.js";
import { type Cuts, cutsOf } from "./cuts.js";
import { leafNumbers, Sink, walkVotes } from "./leaf-votes.js";
import { type NarrowColumns, narrowColumns } from "./narrow-columns.js";
import { align, layOut, type PackedForest, type RowDType } from "./packed-forest.js";
import { type SetFlags, setFlagsOf } from "./set-flags.js";
import { type WalkSteps, walkSteps } from "./walk-steps.js";

/** The limits of narrow nodes: 32 bits for distance and column together, 22 for the leaf. */
const narrowLimits = { bits: 32, leaves: 2 ** 22 };

/** Bits of a narrow node's column wherever they leave enough for the distances: the kernel reads halves of words fastest. */
const halfBits = 16;

/** Of the mean way to a leaf, what one row goes in steps for all trees. */
const firstPart = 0.6;

/** Most bytes of prepared rows in a block. */
const mostPreparedBytes = 2 ** 23;

const headerBytes = 64;

/** `rows` as in `cutsOf`. Refuses no forest; throws LimitError where its sets make more comparisons than memory holds. */
export function packWalk(forest: Forest, want: "raw" | "leaves", rows: RowDType): PackedForest {
  const cuts = cutsOf(forest, rows);
  return packPlan(forest, want, rows, planWalk(forest, cuts, setFlagsOf(forest, cuts), rows));
}

/** What the nodes will be. */
interface WalkPlan {
  readonly steps: WalkSteps;
  readonly columns: Columns;
  readonly flags: SetFlags | undefined;
  /** The column of the first flag, a multiple of four. */
  readonly firstFlag: number;
  readonly places: Places;
  /** Bits of a narrow node that name the byte offset of its column; undefined where nodes are wide. */
  readonly columnBits: number | undefined;
  /** How float64 rows are rounded for narrow nodes. */
  readonly narrowed: NarrowColumns | undefined;
}

function planWalk(forest: Forest, cuts: Cuts, flags: SetFlags | undefined, rows: RowDType): WalkPlan {
  const steps = walkSteps(forest, cuts, flags);
  const used = new Uint8Array(3 * forest.nFeatures);
  for (let step = 0; step < steps.count; step++) {
    const source = steps.source[step]!;
    if (source < used.length) used[source] = 1;
  }
  const columns = columnsOf(used);
  const firstFlag = align(columns.count, 4);
  const count = flags === undefined ? columns.count : firstFlag + flags.count;
  const plan = { steps, columns, flags, firstFlag };
  const leaves = forest.feature.reduce((sum, f) => (f === -1 ? sum + 1 : sum), 0);
  const narrowed = rows === "float64" ? narrowSteps(forest, steps, columns) : undefined;
  if ((rows === "float32" || narrowed !== undefined) && leaves <= narrowLimits.leaves) {
    const places = placeTrees(forest, steps, 4);
    const [forColumn, forDistance] = [Math.ceil(Math.log2(4 * Math.max(count, 1))), distanceBits(places, steps)];
    const columnBits = Math.max(forColumn, narrowLimits.bits - forDistance >= halfBits ? halfBits : 0);
    if (columnBits + forDistance <= narrowLimits.bits) return { ...plan, places, columnBits, narrowed };
  }
  return { ...plan, places: placeTrees(forest, steps, 2), columnBits: undefined, narrowed: undefined };
}

/** How float64 rows become float32 prepared rows; undefined where that would change comparisons. */
function narrowSteps(forest: Forest, steps: WalkSteps, columns: Columns): NarrowColumns | undefined {
  // What compares flags compares no feature.
  const features = Int32Array.from(steps.source, (source) =>
    source >= 3 * forest.nFeatures || source % 3 === NanRule.flag ? -1 : Math.floor(source / 3),
  );
  const featureOf = new Int32Array(columns.count);
  for (let at = 0; at < columns.runs.length; at += 4) {
    const [feature, count, , first] = columns.runs.subarray(at, at + 4);
    for (let k = 0; k < count!; k++) featureOf[first! + k] = feature! + k;
  }
  return narrowColumns(features, steps.cut, forest.nFeatures, featureOf);
}

function packPlan(forest: Forest, want: "raw" | "leaves", rows: RowDType, plan: WalkPlan): PackedForest {
  const { steps, columns, flags, firstFlag, columnBits } = plan;
  const wide = columnBits === undefined;
  const nodes = writeNodes(forest, plan);
  const goOn = treesGoOn(steps);
  const votes = walkVotes(forest, want);
  const tables = setTables(flags, firstFlag, rows, wide);

  const count = flags === undefined ? columns.count : firstFlag + flags.count;
  const stride = align(Math.max(count, 1) * (wide ? 8 : 4), 16);
  const blockRows = Math.max(64, Math.min(rowsFor(nodes.byteLength), Math.floor(mostPreparedBytes / stride / 8) * 8));
  const seen = votes.sink >= Sink.min32 && votes.sink !== Sink.leaves ? forest.nOutputs : 0;
  // For one row: leaves of eight trees, or those of all trees, and behind them the trees that go on, of 8 bytes.
  const leafBytes = align(goOn ? 12 * align(forest.nTrees, 8) : 32, 16);
  return {
    kernel: wide ? "forestWalkWide" : "forestWalkNarrow",
    params: layOut([
      forest.nTrees,
      forest.nOutputs,
      votes.sink,
      treeRecords(forest, plan, goOn),
      nodes,
      votes.values,
      votes.starts,
      votes.targets,
      columns.runs,
      columns.runs.length / 4,
      stride,
      blockRows,
      rows === "float64" ? 1 : 0,
      columnBits ?? 0,
      flags?.features.length ?? 0,
      tables.records,
      tables.bytes,
      goOn ? 1 : 0,
      leafBytes,
      plan.narrowed?.records ?? 0,
      plan.narrowed?.tables ?? 0,
    ]),
    blockRows,
    scratchBytes: (n) => headerBytes + leafBytes + align(align(Math.min(n, blockRows), 8) * (stride + seen), 16),
  };
}

/** What `copyFlags` of kernels/forest/prepare-rows.ts reads: a record for each feature, and the tables that its offsets count in. */
function setTables(flags: SetFlags | undefined, firstFlag: number, rows: RowDType, wide: boolean) {
  const parts: (Float64Array | Uint32Array | Float32Array)[] = [];
  const [element, source] = [wide ? 8 : 4, rows === "float64" ? 8 : 4];
  let size = 0;
  const add = (part: Float64Array | Uint32Array | Float32Array): number => {
    const at = size;
    parts.push(part);
    size = align(at + part.byteLength, 16);
    return at;
  };
  const records = (flags?.features ?? []).flatMap((f) => [
    source * f.feature,
    f.cuts.length,
    add(f.cuts),
    add(f.rowOf.map((row) => row * f.width * element)),
    add(wide ? Float64Array.from(f.table) : f.table),
    element * f.width,
    element * (firstFlag + f.first),
  ]);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at = align(at + part.byteLength, 16);
  }
  return { records: Uint32Array.from(records), bytes };
}

/** A tree stays in the cache for all rows of a block: short blocks for forests that fit the cache whole, else long ones. */
function rowsFor(nodeBytes: number): number {
  if (nodeBytes <= 2 ** 19) return 256;
  if (nodeBytes <= 2 ** 21) return 1024;
  return nodeBytes <= 2 ** 22 ? 4096 : 16384;
}

/** Where nodes stand, in slots of one node each. */
interface Places {
  /** What stands in each slot: a step, -1 - leaf, or `empty`. */
  readonly content: Int32Array;
  /** The first slot of the pair below each step. */
  readonly pairOf: Int32Array;
  readonly roots: Int32Array;
}

const empty = -(2 ** 31);

/** Places for trees, `pairs` pairs of siblings a cache line. */
function placeTrees(forest: Forest, steps: WalkSteps, pairs: number): Places {
  const line = createLines(pairs);
  // Per tree the root and an empty slot, and a pair for each step; then what may stay empty.
  const content = new Int32Array(2 * (2 * (forest.nTrees + steps.count)) + 2 * pairs).fill(empty);
  // -1 while a pair has no place. Several slots may lead to one step (after a set).
  const pairOf = new Int32Array(steps.count).fill(-1);
  const roots = new Int32Array(forest.nTrees);
  // Most of a cold start is code that no compiler has seen yet: what runs for each node makes no lists and closures of its own.
  const consider = (owners: number[], child: number): void => {
    if (owners.length < pairs && child >= 0 && pairOf[child] === -1 && !owners.includes(child)) owners.push(child);
  };
  /** Gives places to the pair below a step and to the next ones further down, as many as share a line. */
  const placeBelow = (step: number, waiting: number[]): void => {
    const owners = [step];
    for (let k = 0; k < owners.length; k++) {
      consider(owners, steps.below[owners[k]!]!);
      consider(owners, steps.above[owners[k]!]!);
    }
    let slot = line.take(owners.length);
    for (let k = 0; k < owners.length; k++) {
      const owner = owners[k]!;
      pairOf[owner] = slot;
      content[slot] = steps.below[owner]!;
      waiting.push(slot++);
      content[slot] = steps.above[owner]!;
      waiting.push(slot++);
    }
  };
  for (let t = 0; t < forest.nTrees; t++) {
    const root = line.take(1);
    content[root] = steps.first[t]!;
    roots[t] = root;
    const waiting = [root];
    for (let i = 0; i < waiting.length; i++) {
      const step = content[waiting[i]!]!;
      if (step >= 0 && pairOf[step] === -1) placeBelow(step, waiting);
    }
  }
  return { content: content.subarray(0, line.used()), pairOf, roots };
}

/** Bits that the distances from nodes to their children take, of either sign. */
function distanceBits({ content, pairOf }: Places, steps: WalkSteps): number {
  let bits = 1;
  if (steps.count > 0) {
    for (let slot = 0; slot < content.length; slot++) {
      if (content[slot]! < 0) continue;
      const distance = pairOf[content[slot]!]! - slot;
      bits = Math.max(bits, 33 - Math.clz32(distance < 0 ? ~distance : distance));
    }
  }
  return bits;
}

/**
 * Whether one row goes through the trees with a first part of its way in steps for all, and the rest where it has not arrived; else as
 * deep as eight trees are. That pays where leaves are at unlike depths.
 */
function treesGoOn({ deepest, mean }: WalkSteps): boolean {
  let extra = 0;
  for (let t = 0; t < mean.length; t++) extra += deepestFrom(deepest, t - (t % 8)) - mean[t]!;
  return extra > 1.5 * mean.length;
}

/** The depth of eight trees. */
function deepestFrom(deepest: Int32Array, tree: number): number {
  return deepest.subarray(tree, tree + 8).reduce((a, b) => Math.max(a, b), 0);
}

/** { u32 byte offset of the root, u32 levels, u32 go on, u32 levels of eight trees from here on } per tree; a multiple of eight. */
function treeRecords(
  forest: Forest,
  { steps: { deepest, mean }, places, columnBits }: WalkPlan,
  goOn: boolean,
): Uint32Array {
  const records = new Uint32Array(4 * align(forest.nTrees, 8));
  for (let t = 0; t < records.length / 4; t++) {
    const tree = Math.min(t, forest.nTrees - 1);
    const usual = Math.round(mean[tree]!);
    const root = places.roots[tree]! * (columnBits === undefined ? 16 : 8);
    const [levels, more] = deepest[tree]! <= Math.max(10, usual + 2) ? [deepest[tree]!, 0] : [usual, 1];
    records.set([root, levels, more, goOn ? Math.round(firstPart * mean[tree]!) : deepestFrom(deepest, t)], 4 * t);
  }
  return records;
}

function writeNodes(forest: Forest, { steps, columns, flags, firstFlag, places, columnBits }: WalkPlan): Uint8Array {
  const { content, pairOf } = places;
  const nodes = new Uint8Array(content.length * (columnBits === undefined ? 16 : 8));
  const write = nodeWriter(nodes, columnBits);
  const numbers = leafNumbers(forest);
  const firstOfFlags = flags === undefined ? Infinity : 3 * forest.nFeatures;
  for (let slot = 0; slot < content.length; slot++) {
    const step = content[slot]!;
    if (step === empty) continue;
    if (step < 0) {
      write.leaf(slot, numbers[-1 - step]!);
      continue;
    }
    const source = steps.source[step]!;
    const column = source >= firstOfFlags ? firstFlag + source - firstOfFlags : columns.columnOf[source]!;
    write.inner(slot, steps.cut[step]!, pairOf[step]! - slot, column);
  }
  return nodes;
}

/** Places for runs of pairs of slots, none of which crosses a cache line of so many pairs. At most half the slots stay empty. */
function createLines(pairs: number) {
  let free = 0;
  // Starts of what is left of lines, by the number of pairs.
  const holes: number[][] = Array.from({ length: pairs + 1 }, () => []);
  return {
    /** The first slot of `count` pairs. */
    take(count: number): number {
      let size = count;
      while (size < pairs && holes[size]!.length === 0) size++;
      const at = size < pairs ? holes[size]!.pop()! : free;
      if (size === pairs) free += 2 * pairs;
      if (size > count) holes[size - count]!.push(at + 2 * count);
      return at;
    },
    /** Slots of all lines that were begun. */
    used: (): number => free,
  };
}

function nodeWriter(nodes: Uint8Array, columnBits: number | undefined) {
  const view = new DataView(nodes.buffer);
  if (columnBits === undefined) {
    return {
      leaf(slot: number, number: number): void {
        view.setUint32(slot * 16, number, true);
        view.setUint32(slot * 16 + 4, 0x7ff80000, true);
      },
      inner(slot: number, cut: number, distance: number, column: number): void {
        view.setFloat64(slot * 16, cut, true);
        view.setInt32(slot * 16 + 8, distance, true);
        view.setUint32(slot * 16 + 12, column * 8, true);
      },
    };
  }
  return {
    leaf(slot: number, number: number): void {
      view.setUint32(slot * 8, 0x7fc00000 + number, true);
    },
    inner(slot: number, cut: number, distance: number, column: number): void {
      view.setFloat32(slot * 8, roundDownToFloat32(cut), true);
      view.setInt32(slot * 8 + 4, distance * 2 ** columnBits + column * 4, true);
    },
  };
}
