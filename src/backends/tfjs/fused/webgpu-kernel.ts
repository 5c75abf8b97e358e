/** The forest nodes of fused graphs on TF.js's webgpu backend: runs the shaders over all rows, and leaves the answer on the GPU. */

import type { DataId, KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { aggregates, checkTables, type ForestTables } from "../../../emitters/tfjs/forest-tables.js";
import type { ForestNode } from "../../../emitters/tfjs/fused-nodes.js";
import { LimitError, UnsupportedError } from "../../../errors.js";
import { nodeInputs } from "./node-inputs.js";
import {
  groupsShader,
  leavesShader,
  ranksShader,
  type Shader,
  sumsShader,
  tiledLeavesShader,
  tiledSumsShader,
  votesShader,
} from "./shaders.js";
import { type Tile, type TileLimits, tileFor } from "./walks.js";

/** What the kernel needs of TF.js's webgpu backend. */
export interface GpuBackend {
  readonly device: { readonly limits: TileLimits & { readonly maxStorageBufferBindingSize: number } };
  readSync(dataId: DataId): ArrayLike<number>;
  makeTensorInfo(shape: number[], dtype: "float32" | "int32", values?: Float32Array | Int32Array): TensorInfo;
  runWebGPUProgram(
    program: Shader,
    inputs: readonly TensorInfo[],
    dtype: "float32" | "int32",
    parameters: readonly { readonly type: "int32"; readonly data: readonly number[] }[],
    output?: TensorInfo,
  ): TensorInfo;
  disposeData(dataId: DataId): boolean;
}

/** By the identity of the weight: it goes when the model is disposed of. */
const checked = new WeakMap<DataId, ForestTables>();

/** Threads that keep a large device busy; fewer rows share their trees out among groups. */
const wantedThreads = 2 ** 14;
/** A smaller group costs more to add up than it saves. */
const leastGroupTrees = 8;
/** Leaves of one batch of rows: 64 MB. */
const mostLeaves = 2 ** 24;

/** The header of the tables in a weight, checked once. Throws ModelParseError. */
function headerOf(gpu: GpuBackend, tables: TensorInfo, op: string): ForestTables {
  const known = checked.get(tables.dataId);
  if (known !== undefined) return known;
  const words = Int32Array.from(gpu.readSync(tables.dataId));
  if (words.length === 1) {
    throw new UnsupportedError(
      op,
      "this graph was not written for the device webgpu",
      'convert it for "webgpu" or "portable"',
    );
  }
  const header = checkTables(words);
  const limit = gpu.device.limits.maxStorageBufferBindingSize;
  if (4 * words.length > limit) {
    throw new LimitError(
      `a forest of ${4 * words.length} bytes is more than this GPU binds (${limit}); use the device wasm`,
    );
  }
  checked.set(tables.dataId, header);
  return header;
}

/**
 * The flag of TF.js, `env().set(treeTiles, …)`, that says whether trees are walked in tiles: "auto", "always" or "never". For
 * measurements; the results are the same.
 */
export const treeTiles = "CALYPTE_TREE_TILES";
export type TreeTiles = "auto" | "always" | "never";

/**
 * Whether to walk `rows` rows in tiles. To copy a node costs a workgroup one read, which pays when all its threads have rows, and rows
 * alone fill the device; and when trees fit a tile: of larger ones each thread copies about as many nodes as it then finds there.
 */
function tilesPay({ trees, nodes, nodesEnd }: ForestTables, rows: number, tile: Tile): boolean {
  return rows >= wantedThreads && nodesEnd - nodes <= trees * tile.nodes;
}

/** Throws LimitError for a result that the GPU cannot bind, which it would leave empty. */
function checkResult(gpu: GpuBackend, rows: number, perRow: number): void {
  const limit = gpu.device.limits.maxStorageBufferBindingSize;
  if (4 * rows * perRow > limit) {
    const most = Math.max(1, Math.floor(limit / (4 * perRow)));
    throw new LimitError(
      `the forest's answer to ${rows} rows has ${4 * rows * perRow} bytes, more than this GPU binds (${limit}); use ${most} rows per call at most`,
    );
  }
}

/** `tiles` is asked at each run. */
export const webgpuKernel =
  (node: ForestNode, tiles: () => TreeTiles): KernelFunc =>
  ({ inputs, backend }) => {
    const gpu = backend as unknown as GpuBackend;
    const { x, tables } = nodeInputs(node, inputs);
    const header = headerOf(gpu, tables, node.op);
    const [rows, width] = x.shape;
    const perRow = node.dtype === "int32" ? header.trees : header.outputs;
    if (rows === 0 || perRow === 0) {
      const nothing = node.dtype === "int32" ? new Int32Array(0) : new Float32Array(0);
      return gpu.makeTensorInfo([rows, perRow], node.dtype, nothing);
    }
    checkResult(gpu, rows, perRow);
    const run = (program: Shader, args: readonly TensorInfo[], parameters: readonly number[], output?: TensorInfo) => {
      const values = parameters.map((value) => ({ type: "int32", data: [value] }) as const);
      return gpu.runWebGPUProgram(program, args, program.dtype, values, output);
    };
    const { slotColumns, cutStart, roots, trees, outputs, nodesEnd } = header;
    const tile = tileFor(gpu.device.limits);
    const choice = tiles();
    const tiled = (count: number): boolean =>
      choice === "always" || (choice === "auto" && tilesPay(header, count, tile));
    const slots = cutStart - slotColumns;
    const ranks = run(ranksShader(rows, slots), [x, tables], [width, slots, slotColumns, cutStart]);
    const forest = [ranks, tables, tables] as const;
    const leavesOf = (count: number, first: number, names: boolean): TensorInfo =>
      tiled(count)
        ? run(tiledLeavesShader(count, trees, names, tile), forest, [slots, roots, trees, nodesEnd, count, first])
        : run(leavesShader(count, trees, names), forest, [slots, roots, trees, first]);
    if (node.dtype === "int32") {
      const leaves = leavesOf(rows, 0, true);
      gpu.disposeData(ranks.dataId);
      return leaves;
    }

    const aggregate = aggregates[header.aggregate] ?? "sum";
    const whole = outputs === 1 && tiled(rows);
    const groups =
      aggregate === "sum" && !whole
        ? Math.max(1, Math.min(Math.ceil(wantedThreads / (rows * outputs)), Math.floor(trees / leastGroupTrees)))
        : 1;
    const groupTrees = Math.ceil(trees / groups);
    let sums: TensorInfo;
    if (whole) {
      sums = run(tiledSumsShader(rows, aggregate, tile), forest, [slots, roots, trees, nodesEnd, rows]);
    } else if (outputs === 1) {
      sums = run(sumsShader(rows, groups, aggregate), forest, [slots, roots, trees, groups, groupTrees]);
    } else {
      sums = gpu.makeTensorInfo([rows, groups * outputs], "float32");
      const step = Math.max(1, Math.floor(mostLeaves / Math.max(1, trees)));
      for (let first = 0; first < rows; first += step) {
        const count = Math.min(step, rows - first);
        const leaves = leavesOf(count, first, false);
        const parameters = [trees, outputs, groups, groupTrees, first * groups * outputs];
        run(votesShader(count, groups, outputs, aggregate), [leaves, tables, tables], parameters, sums);
        gpu.disposeData(leaves.dataId);
      }
    }
    gpu.disposeData(ranks.dataId);
    if (groups === 1) return { ...sums, shape: [rows, outputs] };
    const result = run(groupsShader(rows, outputs), [sums], [outputs, groups]);
    gpu.disposeData(sums.dataId);
    return result;
  };
