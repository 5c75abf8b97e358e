/**
 * The forest in WGSL, as programs of TF.js's webgpu backend. Values become ranks by integer keys; then either each thread takes a
 * row through a group of trees and adds up their leaves (one output), or each takes a row through one tree and the votes of the
 * leaves are added up afterwards, a thread for each output (several). Groups are as few as fill the device: for many rows one, whose
 * sums are the answer; for few rows partial sums that a last program adds. Where rows fill the device each thread may take its row
 * through all trees in tiles that its workgroup shares (walks.ts), with the same results to the bit. Sums are taken in blocks of 32
 * trees, which keeps their error small without the compensation that compilers may optimise away. The tables are those of
 * src/emitters/tfjs/forest-tables.ts.
 */

import type { aggregates } from "../../../emitters/tfjs/forest-tables.js";
import { overTiles, storageWalk, type Tile, tileWalk } from "./walks.js";

export type Aggregate = (typeof aggregates)[number];

/** What TF.js calls a WebGPUProgram, as far as it is needed here. */
export interface Shader {
  outputShape: number[];
  readonly shaderKey: string;
  readonly dispatchLayout: { readonly x: number[] };
  readonly dispatch: [number, number, number];
  readonly workgroupSize: [number, number, number];
  readonly variableNames: string[];
  readonly variableComponents: number[];
  readonly uniforms: string;
  readonly size: boolean;
  /** Element type of the result; TF.js does not look at it. */
  readonly dtype: "int32" | "float32";
  getUserCode(): string;
}

const groupSize = 64;
/** Trees whose values are added up before they are added to the sum. */
const blockTrees = 32;

interface Source {
  readonly name: string;
  readonly dtype: Shader["dtype"];
  /** Buffers: rows of four numbers where the name ends in 4. */
  readonly variables: readonly string[];
  /** int32 parameters. */
  readonly parameters: readonly string[];
  /** Functions. */
  readonly declarations?: string;
  /** What the thread `index` does. */
  readonly body: string;
}

interface Threads {
  /** Those with something to do; the number of workgroups is rounded up. */
  readonly count: number;
  readonly groupSize: number;
}

/** A shader with `threads`, which all run the body. */
function shaderOf(source: Source, outputShape: readonly number[], threads: Threads): Shader {
  const { name, dtype, variables, parameters, declarations = "", body } = source;
  return {
    outputShape: [...outputShape],
    shaderKey: `calypte_${name}`,
    dispatchLayout: { x: outputShape.map((_, i) => i) },
    dispatch: [Math.ceil(threads.count / threads.groupSize), 1, 1],
    workgroupSize: [threads.groupSize, 1, 1],
    variableNames: [...variables],
    variableComponents: variables.map((v) => (v.endsWith("4") ? 4 : 1)),
    uniforms: parameters.map((p) => `${p} : i32,`).join(" "),
    size: true,
    dtype,
    getUserCode: () => `${declarations}
      fn main(index : i32) {
        ${body}
      }`,
  };
}

/** A shader with one thread for each element of the output. */
function shader(source: Source, outputShape: readonly number[]): Shader {
  const body = `if (index >= uniforms.size) { return; }
        ${source.body}`;
  const count = outputShape.reduce((a, b) => a * b, 1);
  return shaderOf({ ...source, body }, outputShape, { count, groupSize });
}

/** int32 [rows, slots]: the rank of each compared value, -1 for NaN. */
export const ranksShader = (rows: number, slots: number): Shader =>
  shader(
    {
      name: "ranks",
      dtype: "int32",
      variables: ["x", "tables"],
      parameters: ["width", "slots", "slotColumns", "cutStart"],
      body: `
        let row = index / uniforms.slots;
        let slot = index - row * uniforms.slots;
        // A cast of integers or booleans shares their buffer, whose elements are integers still.
        let bits = bitcast<u32>(f32(x[row * uniforms.width + tables[uniforms.slotColumns + slot]]));
        let size = bits & 0x7fffffffu;
        if (size > 0x7f800000u) {
          result[index] = -1;
          return;
        }
        var key = bits | 0x80000000u;
        if (size == 0u) { key = 0x80000000u; } else if (bits != size) { key = ~bits; }
        let first = tables[uniforms.cutStart + slot];
        var low = first;
        var high = tables[uniforms.cutStart + slot + 1];
        while (low < high) {
          let middle = (low + high) >> 1u;
          if (bitcast<u32>(tables[middle]) < key) { low = middle + 1; } else { high = middle; }
        }
        result[index] = low - first;`,
    },
    [rows, slots],
  );

/** How a value joins those before it. */
const joins: { readonly [A in Aggregate]: string } = {
  sum: "block += value;",
  min: "block = select(value, min(block, value), seen); seen = true;",
  max: "block = select(value, max(block, value), seen); seen = true;",
};

/** The aggregate of no tree yet; the least and the greatest have but one block. */
const nothing = `
  var total = 0.0;
  var block = 0.0;
  var seen = false;`;

/** Joins the value of `tree`, which the statement `value` sets unless it goes on with the next tree. */
const join = (aggregate: Aggregate, value: string): string => `
  ${
    aggregate === "sum"
      ? `if ((tree - begin) % ${blockTrees} == 0) {
           total += block;
           block = 0.0;
         }`
      : ""
  }
  ${value}
  ${joins[aggregate]}`;

const resultOf = (aggregate: Aggregate): string => (aggregate === "sum" ? "total + block" : "block");

/** Over the trees from `begin` to `end`. */
const overTrees = (aggregate: Aggregate, value: string, to: string): string => `
  ${nothing}
  for (var tree = begin; tree < end; tree++) {
    ${join(aggregate, value)}
  }
  result[${to}] = ${resultOf(aggregate)};`;

/** The value of the leaf of one output. */
const leafValue = `
  let leaf = nodeAt(leafOf(row, tree));
  if (leaf.z == 0) { continue; }
  let value = bitcast<f32>(leaf.y);`;

/** float32 [rows, groups]: sums of one output. */
export const sumsShader = (rows: number, groups: number, aggregate: Aggregate): Shader =>
  shader(
    {
      name: `sums_${aggregate}`,
      dtype: "float32",
      variables: ["ranks", "tables", "nodes4"],
      parameters: ["slots", "roots", "trees", "groups", "groupTrees"],
      declarations: storageWalk,
      body: `
        let row = index / uniforms.groups;
        let begin = (index - row * uniforms.groups) * uniforms.groupTrees;
        let end = min(begin + uniforms.groupTrees, uniforms.trees);
        ${overTrees(aggregate, leafValue, "index")}`,
    },
    [rows, groups],
  );

const tileParameters = ["slots", "roots", "trees", "nodesEnd", "rows"] as const;

/** float32 [rows, 1]: what `sumsShader` gives for one group, from tiles. */
export const tiledSumsShader = (rows: number, aggregate: Aggregate, tile: Tile): Shader =>
  shaderOf(
    {
      name: `tiledSums_${aggregate}_${tile.nodes}`,
      dtype: "float32",
      variables: ["ranks", "tables", "nodes4"],
      parameters: tileParameters,
      declarations: tileWalk(tile),
      body: `
        let row = index;
        let mine = row < uniforms.rows;
        let begin = 0;
        ${nothing}
        ${overTiles(tile, join(aggregate, leafValue))}
        if (mine) { result[row] = ${resultOf(aggregate)}; }`,
    },
    [rows, 1],
    { count: rows, groupSize: tile.threads },
  );

const leafResult = (names: boolean): string => (names ? "nodeAt(leaf).w" : "leaf");

/** int32 [rows, trees]: the leaf of each tree, by its place among the nodes or by its name. Rows of x from `firstRow` on. */
export const leavesShader = (rows: number, trees: number, names: boolean): Shader =>
  shader(
    {
      name: names ? "leafNames" : "leaves",
      dtype: "int32",
      variables: ["ranks", "tables", "nodes4"],
      parameters: ["slots", "roots", "trees", "firstRow"],
      declarations: storageWalk,
      body: `
        let row = index / uniforms.trees;
        let leaf = leafOf(row + uniforms.firstRow, index - row * uniforms.trees);
        result[index] = ${leafResult(names)};`,
    },
    [rows, trees],
  );

/** What `leavesShader` gives, from tiles. */
export const tiledLeavesShader = (rows: number, trees: number, names: boolean, tile: Tile): Shader =>
  shaderOf(
    {
      name: `${names ? "tiledLeafNames" : "tiledLeaves"}_${tile.nodes}`,
      dtype: "int32",
      variables: ["ranks", "tables", "nodes4"],
      parameters: [...tileParameters, "firstRow"],
      declarations: tileWalk(tile),
      body: `
        let row = index;
        let mine = row < uniforms.rows;
        ${overTiles(
          tile,
          `let leaf = leafOf(row + uniforms.firstRow, tree);
           result[row * uniforms.trees + tree] = ${leafResult(names)};`,
        )}`,
    },
    [rows, trees],
    { count: rows, groupSize: tile.threads },
  );

/** float32 [rows, groups · outputs] from rows of leaves: written from row \`firstRow\` of the result on. */
export const votesShader = (rows: number, groups: number, outputs: number, aggregate: Aggregate): Shader => {
  const shape = [rows, groups * outputs];
  return shader(
    {
      name: `votes_${aggregate}`,
      dtype: "float32",
      variables: ["leaves", "tables", "nodes4"],
      parameters: ["trees", "outputs", "groups", "groupTrees", "firstElement"],
      body: `
        let cell = index / uniforms.outputs;
        let output = index - cell * uniforms.outputs;
        let row = cell / uniforms.groups;
        let begin = (cell - row * uniforms.groups) * uniforms.groupTrees;
        let end = min(begin + uniforms.groupTrees, uniforms.trees);
        ${overTrees(
          aggregate,
          `let leaf = nodes4[leaves[row * uniforms.trees + tree]];
           var vote = select(0, output, leaf.z == uniforms.outputs);
           while (vote < leaf.z && tables[leaf.y + 2 * vote] < output) { vote++; }
           if (vote >= leaf.z || tables[leaf.y + 2 * vote] != output) { continue; }
           let value = bitcast<f32>(tables[leaf.y + 2 * vote + 1]);`,
          "index + uniforms.firstElement",
        )}`,
    },
    shape,
  );
};

/** float32 [rows, outputs]: the sums of the groups' sums. */
export const groupsShader = (rows: number, outputs: number): Shader =>
  shader(
    {
      name: "groups",
      dtype: "float32",
      variables: ["sums"],
      parameters: ["outputs", "groups"],
      body: `
        let row = index / uniforms.outputs;
        let first = row * uniforms.groups * uniforms.outputs + index - row * uniforms.outputs;
        var total = 0.0;
        for (var group = 0; group < uniforms.groups; group++) {
          total += sums[first + group * uniforms.outputs];
        }
        result[index] = total;`,
    },
    [rows, outputs],
  );
