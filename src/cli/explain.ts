/** Why a row gets the answer it gets, in words: the leaves that it reaches, its closest comparison, and where two ways part. */

import type { DataBatch } from "../data/row-batches.js";
import type { Model } from "../index.js";
import { sliceRows } from "../ir/rows.js";
import type { Tensor } from "../ir/tensor.js";
import { pathTo, type TracedForest, type TraceStep, traceForests } from "../trace.js";
import type { Values } from "./compare.js";
import { count, wrap } from "./table.js";

/** Most intervals of a set that are written out. */
const mostIntervals = 5;
/** Most trees that are named one by one. */
const mostTrees = 5;

/** One row of the batches as tensors. */
export function rowOf(model: Model, batches: readonly DataBatch[], row: number): ReadonlyMap<string, Tensor> {
  let at = row;
  for (const batch of batches) {
    if (at < batch.rows) {
      const axisOf = (name: string) =>
        model.inputs.find((i) => i.name === name)?.shape.findIndex((d) => typeof d === "object") ?? 0;
      return new Map([...batch.tensors].map(([name, t]) => [name, sliceRows(t, axisOf(name), at, 1)]));
    }
    at -= batch.rows;
  }
  return new Map();
}

/** The one forest of a model, as it sees a row; undefined for models with none or several, whose leaves are not told apart. */
function forestAt(model: Model, batches: readonly DataBatch[], row: number): TracedForest | undefined {
  const forests = traceForests(model, rowOf(model, batches, row), 1);
  return forests.length === 1 ? forests[0] : undefined;
}

const stepText = (step: TraceStep, x: Tensor): string =>
  `node ${step.node}: column ${step.column} ${step.comparison} ${thresholdText(step.threshold)}, x is ${String(x.data[step.column])}`;

/** Of a set the first intervals: a category is one whose ends are near to each other. */
function thresholdText(threshold: TraceStep["threshold"]): string {
  if (typeof threshold === "number") return String(threshold);
  const shown = threshold.slice(0, mostIntervals).map(([low, high]) => (low === high ? `${low}` : `${low} to ${high}`));
  return `{${shown.join(", ")}${threshold.length > mostIntervals ? ", …" : ""}}`;
}

/** Trees whose leaves differ, each with the node at which the ways to the two leaves part. */
export function explainLeaves(model: Model, batches: readonly DataBatch[], got: Values, want: Values): string[] {
  const trees = want.shape[1] ?? 1;
  const wrong = new Map<number, { readonly row: number; rows: number }>();
  for (let i = 0; i < want.data.length; i++) {
    if (Number(got.data[i]) === Number(want.data[i])) continue;
    const [row, tree] = [Math.floor(i / trees), i % trees];
    const known = wrong.get(tree);
    if (known === undefined) wrong.set(tree, { row, rows: 1 });
    else known.rows++;
  }
  const lines = [...wrong].slice(0, mostTrees).flatMap(([tree, { row, rows }]) => {
    const [mine, theirs] = [got.data[row * trees + tree], want.data[row * trees + tree]].map(Number);
    const traced = forestAt(model, batches, row);
    const parting = traced === undefined ? undefined : partingOf(traced, tree, mine!, theirs!);
    return wrap(
      `tree ${tree} in ${count(rows, "row")}, first row ${row}: leaf ${mine}, expected ${theirs}${parting === undefined ? "" : `; ${parting}`}`,
      "  ",
      "    ",
    );
  });
  const more = wrong.size - mostTrees;
  return more > 0 ? [...lines, `  and ${count(more, "more tree", "more trees")}`] : lines;
}

function partingOf({ forest, x }: TracedForest, tree: number, mine: number, theirs: number): string {
  const [ours, others] = [pathTo(forest, tree, mine), pathTo(forest, tree, theirs)];
  if (ours === undefined || others === undefined) return `the tree has no leaf ${others === undefined ? theirs : mine}`;
  const step = ours.find((s, i) => s.holds !== others[i]?.holds);
  return step === undefined ? "the ways do not part" : `the ways part at ${stepText(step, x)}`;
}

/** The leaves that a row reaches, and of all comparisons on the ways there the closest: rounding turns that one first. */
export function explainRow(model: Model, batches: readonly DataBatch[], row: number, leaves: Values): string[] {
  const traced = forestAt(model, batches, row);
  if (traced === undefined) return [];
  const { forest, x } = traced;
  let closest: { readonly tree: number; readonly step: TraceStep; readonly distance: number } | undefined;
  for (let tree = 0; tree < forest.nTrees; tree++) {
    for (const step of pathTo(forest, tree, Number(leaves.data[tree])) ?? []) {
      // A set is not near or far.
      if (typeof step.threshold !== "number") continue;
      const value = Number(x.data[step.column]);
      const distance = Math.abs(value - step.threshold) / Math.max(Math.abs(step.threshold), Number.MIN_VALUE);
      if (distance < (closest?.distance ?? Infinity)) closest = { tree, step, distance };
    }
  }
  const shown = Array.from(leaves.data as ArrayLike<unknown>)
    .slice(0, 20)
    .map(String);
  const rest = forest.nTrees > shown.length ? " …" : "";
  return [
    ...wrap(`row ${row} reaches the leaves ${shown.join(" ")}${rest} of trees 0, 1, 2, …`, "  ", "    "),
    ...(closest === undefined
      ? []
      : wrap(`its closest comparison: tree ${closest.tree}, ${stepText(closest.step, x)}`, "  ", "    ")),
  ];
}
