/**
 * Looks into a model on given rows, on the plain definition of every primitive: what a forest saw, by which comparisons a leaf is
 * reached, and how large the numbers were that an answer was summed from. For `calypte verify`, which says where answers part.
 */

import { createReferenceExecutable, referenceTarget } from "./backends/reference/reference-backend.js";
import { type ComparisonSign, comparisonOf, type Forest, intervalsOf, isLeaf } from "./ir/forest.js";
import type { Model } from "./ir/model.js";
import type { Program, ValueId } from "./ir/program.js";
import type { Tensor } from "./ir/tensor.js";
import { lowerModel } from "./lower.js";
import { removeDeadCode } from "./passes/dead-code.js";
import { rewrite } from "./passes/rewrite.js";

type Inputs = ReadonlyMap<string, Tensor>;

/** A forest of the model, and the matrix [rows, columns] that it compared. */
export interface TracedForest {
  readonly origin: string;
  readonly forest: Forest;
  readonly x: Tensor;
}

/** One comparison on the way to a leaf. */
export interface TraceStep {
  /** The node as the source names it. */
  readonly node: number;
  readonly column: number;
  readonly comparison: ComparisonSign;
  /** What x is compared with; the intervals of the set, bounds included, where the comparison is "in". */
  readonly threshold: number | readonly (readonly [low: number, high: number])[];
  /** Whether the way goes on where the comparison holds. */
  readonly holds: boolean;
}

/** The forests of a model, with what they compare on these rows. */
export function traceForests(model: Model, inputs: Inputs, rows: number): readonly TracedForest[] {
  const program = lowerModel(model);
  const found = program.instructions.flatMap((instruction) =>
    instruction.op === "forest"
      ? [{ origin: instruction.origin ?? "forest", forest: instruction.attrs.forest, x: instruction.args[0]! }]
      : [],
  );
  const results = evaluate(
    program,
    found.map((f, i) => [String(i), f.x]),
    inputs,
    rows,
  );
  return found.map(({ origin, forest }, i) => ({ origin, forest, x: results.get(String(i))! }));
}

/** The forests of a model. */
export function forestsOf(model: Model): readonly Forest[] {
  return lowerModel(model).instructions.flatMap((i) => (i.op === "forest" ? [i.attrs.forest] : []));
}

/** The comparisons from the root of a tree to the leaf of that id; undefined where the tree has no such leaf. */
export function pathTo(forest: Forest, tree: number, leafId: number): readonly TraceStep[] | undefined {
  const [from, to] = [forest.treeStart[tree]!, forest.treeStart[tree + 1]!];
  const parents = new Map<number, number>();
  let node: number | undefined;
  for (let i = from; i < to; i++) {
    if (isLeaf(forest, i)) {
      if (forest.nodeId[i] === leafId) node = i;
      continue;
    }
    parents.set(forest.trueChild[i]!, i);
    parents.set(forest.falseChild[i]!, i);
  }
  if (node === undefined) return undefined;
  const steps: TraceStep[] = [];
  for (let parent = parents.get(node); parent !== undefined; parent = parents.get(node)) {
    const comparison = comparisonOf(forest, parent);
    const threshold = forest.threshold[parent]!;
    steps.push({
      node: forest.nodeId[parent]!,
      column: forest.feature[parent]!,
      comparison,
      threshold: comparison === "in" ? intervalsOf(forest, threshold) : threshold,
      holds: forest.trueChild[parent] === node,
    });
    node = parent;
  }
  return steps.reverse();
}

export interface Magnitude {
  /** The largest sum of absolute contributions (leaf values reached, weights times inputs) over the rows, behind linear links. */
  readonly scale: number;
  /** The output is the exponential of a score: an error there is relative here. */
  readonly exponential: boolean;
}

/**
 * How large the numbers are that each named output is summed from: the s of the tolerance rtol · max(|want|, s). Every leaf value and
 * every factor of a matrix product is taken absolutely, and the program run as it is otherwise.
 */
export function magnitudesOf(
  model: Model,
  inputs: Inputs,
  rows: number,
  names: readonly string[],
): ReadonlyMap<string, Magnitude> {
  const program = lowerModel(model);
  const absolute = rewrite(program, (build, instruction, args) => {
    if (instruction.op === "forest") {
      const { forest } = instruction.attrs;
      const magnitude = { ...forest, leafValue: forest.leafValue.map(Math.abs) };
      return [build.op("forest", args, { ...instruction.attrs, forest: magnitude })];
    }
    if (instruction.op === "matMul") {
      return build.emit(
        "matMul",
        args.map((a) => build.op("abs", [a], {})),
        instruction.attrs,
      );
    }
    return undefined;
  });
  const exponentials = new Set(names.filter((name) => isExponential(program, name)));
  // Of an exponential the sum before it counts, which stands beside it as the raw score.
  const sumOf = (name: string): ValueId | undefined =>
    absolute.outputs.find((o) => o.name === (exponentials.has(name) ? "@rawScore" : name))?.value;
  const wanted = names.flatMap((name): [string, ValueId][] => {
    const value = sumOf(name);
    return value === undefined ? [] : [[name, value]];
  });
  const results = evaluate(absolute, wanted, inputs, rows);
  return new Map(
    names.map((name) => {
      let scale = 0;
      const data = results.get(name)?.data ?? [];
      for (let i = 0; i < data.length; i++) {
        const size = Math.abs(Number(data[i]));
        if (Number.isFinite(size)) scale = Math.max(scale, size);
      }
      return [name, { scale, exponential: exponentials.has(name) }];
    }),
  );
}

/** Whether an exponential stands between the forest or the matrix product and the output. */
function isExponential(program: Program, name: string): boolean {
  const output = program.outputs.find((o) => o.name === name);
  const values = output === undefined ? [] : [output.value];
  for (const instruction of program.instructions.toReversed()) {
    if (!instruction.results.some((r) => values.includes(r))) continue;
    if (instruction.op === "exp") return true;
    if (instruction.op !== "forest" && instruction.op !== "matMul") values.push(...instruction.args);
  }
  return false;
}

function evaluate(
  program: Program,
  wanted: readonly (readonly [name: string, value: ValueId])[],
  inputs: Inputs,
  rows: number,
): ReadonlyMap<string, Tensor> {
  if (wanted.length === 0) return new Map();
  const outputs = wanted.map(([name, value]) => ({ name, value }));
  const executable = createReferenceExecutable(removeDeadCode({ ...program, outputs }), referenceTarget(rows));
  try {
    return executable.runSync(
      inputs,
      rows,
      wanted.map(([name]) => name),
    );
  } finally {
    executable.dispose();
  }
}
