/**
 * What a strategy costs for a forest on a target: seconds as a weighted sum of counts of work. The counts are taken from the
 * very instructions that the strategy writes, so they cannot disagree with it; the weights, one vector per backend and device,
 * are measured by bench/ (least squares over timed runs) and stand in `generated/costs.ts`.
 */

import { createBuilder } from "../../src/ir/builder.js";
import { evaluateDims, N } from "../../src/ir/dims.js";
import { type Forest, forestShape } from "../../src/ir/forest.js";
import type { Instruction, Program, ValueId } from "../../src/ir/program.js";
import type { Strategy, Target } from "../../src/ir/target.js";
import { sizeOf } from "../../src/ir/tensor.js";
import { typeOf } from "../../src/ir/types.js";
import { costCoefficients } from "../generated/costs.js";

/**
 * The features of a cost, in the order of `costFeatures` and of each vector of coefficients (seconds per unit). All are counts
 * for a whole batch of `batchHint` rows.
 */
export const costFeatureNames = [
  /** 1: what a call costs in any case. */
  "call",
  /** Instructions that run (all but constants and reshapes): the dispatch of each. */
  "instructions",
  /** Elements copied in an order known when compiled: transpose, concat, broadcastTo, gatherColumns, gather by a constant; and of a
   * gather of whole rows by a computed index, all elements beyond the first of each row. */
  "moved",
  /** Entries of tables (rows of a table count once) read at a computed index: gather. */
  "lookedUp",
  /** Elements of x read at a computed index: gatherByRow, gatherByColumn. */
  "read",
  /** Results of comparisons. */
  "compared",
  /** Results of isNaN, and, or: what missing values and mixed comparisons add. */
  "masked",
  /** Results of add, sub, mul, max, select and cast, and arguments of reductions. */
  "arithmetic",
  /** Those of the comparisons and of the arithmetic whose arguments differ in shape, scalars aside: off TF.js's fast paths. */
  "stretched",
  /** Multiplications in matrix products. */
  "multiplied",
  /** Matrix products, each of a batch counted. */
  "products",
  /** Elements of the matrices that are computed: factors and products. */
  "operands",
  /** Elements of the matrices that are constants: they come from memory, however few the rows. */
  "constantOperands",
  /** Nodes that the rows visit in a fused walk, leaves at their mean depth: rows × trees × (mean depth + 1). */
  "walked",
] as const;

type CostFeature = (typeof costFeatureNames)[number];

/** The features of `strategy` lowering raw scores of `forest` for `target`, which it must not refuse. */
export function costFeatures(strategy: Pick<Strategy, "lower">, forest: Forest, target: Target): number[] {
  const build = createBuilder();
  const x = build.input("x", typeOf(forest.compare, [N, forest.nFeatures]));
  const value = strategy.lower(build, forest, x, "raw", target);
  const program = build.finish([{ name: "raw", value }]);
  const constants = new Set<ValueId>();
  const counts = new Map<CostFeature, number>([["call", 1]]);
  const count = (feature: CostFeature, amount: number): void => {
    counts.set(feature, (counts.get(feature) ?? 0) + amount);
  };
  for (const instruction of program.instructions) {
    if (instruction.op === "constant") {
      constants.add(instruction.results[0]!);
      continue;
    }
    if (instruction.op === "reshape") continue;
    count("instructions", 1);
    for (const [feature, amount] of workOf(program, instruction, constants, target.batchHint)) count(feature, amount);
  }
  return costFeatureNames.map((name) => counts.get(name) ?? 0);
}

function workOf(
  program: Program,
  instruction: Instruction,
  constants: ReadonlySet<ValueId>,
  rows: number,
): readonly (readonly [CostFeature, number])[] {
  const size = (value: ValueId | undefined): number =>
    value === undefined ? 0 : sizeOf(evaluateDims(program.types[value]!.shape, rows));
  const result = size(instruction.results[0]);
  const [first, second] = instruction.args;
  const stretched = instruction.args.some((arg) => size(arg) > 1 && size(arg) !== result) ? result : 0;
  switch (instruction.op) {
    case "gather": {
      if (second !== undefined && constants.has(second)) return [["moved", result]];
      return [
        ["lookedUp", size(second)],
        ["moved", result - size(second)],
      ];
    }
    case "gatherByRow":
    case "gatherByColumn":
      return [["read", result]];
    case "transpose":
    case "concat":
    case "broadcastTo":
    case "gatherColumns":
      return [["moved", result]];
    case "less":
    case "lessEqual":
    case "greater":
    case "greaterEqual":
    case "equal":
      return [
        ["compared", result],
        ["stretched", stretched],
      ];
    case "isNaN":
    case "and":
    case "or":
      return [["masked", result]];
    case "reduceSum":
    case "reduceMin":
    case "reduceMax":
      return [["arithmetic", size(first)]];
    case "matMul": {
      const inner = first === undefined ? 0 : evaluateDims(program.types[first]!.shape, rows).at(-1)!;
      const [height, width] = evaluateDims(program.types[instruction.results[0]!]!.shape, rows).slice(-2);
      return [
        ["multiplied", result * inner],
        ["products", result / (height! * width!)],
        ["operands", result + instruction.args.reduce((sum, arg) => sum + (constants.has(arg) ? 0 : size(arg)), 0)],
        ["constantOperands", instruction.args.reduce((sum, arg) => sum + (constants.has(arg) ? size(arg) : 0), 0)],
      ];
    }
    case "forest": {
      const { trees, meanDepth } = forestShape(instruction.attrs.forest);
      return [["walked", rows * trees * (meanDepth + 1)]];
    }
    default:
      return [
        ["arithmetic", result],
        ["stretched", stretched],
      ];
  }
}

const coefficientTable: { readonly [backend: string]: { readonly [device: string]: readonly number[] } } =
  costCoefficients;

/** Coefficients for a target: those of its device, else of the backend's "portable", else of `reference`. */
export function coefficientsFor(target: Pick<Target, "backend" | "device">): readonly number[] {
  const devices = Object.hasOwn(coefficientTable, target.backend) ? coefficientTable[target.backend] : undefined;
  if (devices !== undefined && Object.hasOwn(devices, target.device)) {
    return devices[target.device] ?? costCoefficients.reference.cpu;
  }
  return devices?.["portable"] ?? costCoefficients.reference.cpu;
}

/** Estimated seconds of one call with `target.batchHint` rows. */
export function estimateSeconds(strategy: Pick<Strategy, "lower">, forest: Forest, target: Target): number {
  const coefficients = coefficientsFor(target);
  return costFeatures(strategy, forest, target).reduce((sum, amount, i) => sum + amount * (coefficients[i] ?? 0), 0);
}
