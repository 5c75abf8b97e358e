/**
 * A pass that finds squared distances written as tensor operators, Σ (x - y)² over pairs of vectors (as exporters write nearest
 * neighbours), and makes them one primitive, which needs no tensor of pairs by features. Two transpositions that undo each other go.
 */

import type { Builder } from "../ir/builder.js";
import { type Dim, dependsOnN } from "../ir/dims.js";
import type { Instruction, Program, ValueId } from "../ir/program.js";
import { rewrite } from "./rewrite.js";

/** Vectors [rows, F] in a tensor of one more axis. */
interface Vectors {
  readonly value: ValueId;
  readonly rows: Dim;
}

/** What a reduceSum sums: the squared differences of `left` along the first axis and `right` along the second. */
interface Pairs {
  readonly left: Vectors;
  readonly right: Vectors;
  readonly features: Dim;
}

export function fuseDistances(program: Program): Program {
  const producers = new Map(program.instructions.flatMap((i) => i.results.map((r) => [r, i] as const)));
  if (!program.instructions.some((i) => pairsOf(program, producers, i) !== undefined)) return program;
  /** By value of the new Program: what it is the transpose of. */
  const transposes = new Map<ValueId, ValueId>();
  const transpose = (build: Builder, x: ValueId): ValueId => {
    const known = transposes.get(x);
    if (known !== undefined) return known;
    const value = build.op("transpose", [x], { perm: [1, 0] });
    transposes.set(value, x);
    return value;
  };
  return rewrite(program, (build, instruction, [x = -1], renamed) => {
    if (instruction.op === "transpose" && build.type(x).shape.length === 2 && instruction.attrs.perm[0] === 1) {
      return [transpose(build, x)];
    }
    const pairs = pairsOf(program, producers, instruction);
    if (pairs === undefined) return undefined;
    const matrix = ({ value, rows }: Vectors) =>
      build.op("reshape", [renamed(value)], { shape: [rows, pairs.features] });
    const [left, right] = [matrix(pairs.left), matrix(pairs.right)];
    // Rows of the batch come first: a kernel takes them one after the other, against vectors that stay.
    if (!dependsOnN(pairs.right.rows)) return [build.op("squaredDistances", [left, right])];
    return [transpose(build, build.op("squaredDistances", [right, left]))];
  });
}

function pairsOf(program: Program, producers: ReadonlyMap<ValueId, Instruction>, sum: Instruction): Pairs | undefined {
  if (sum.op !== "reduceSum" || sum.attrs.axes.length !== 1 || sum.attrs.axes[0] !== 2) return undefined;
  const square = producers.get(sum.args[0] ?? -1);
  if (square?.op !== "mul" || square.args[0] !== square.args[1]) return undefined;
  const difference = producers.get(square.args[0] ?? -1);
  if (difference?.op !== "sub") return undefined;
  const { dtype, shape } = program.types[difference.results[0]!]!;
  const [p, q, features] = shape;
  if ((dtype !== "float32" && dtype !== "float64") || shape.length !== 3) return undefined;
  if (p === undefined || q === undefined || features === undefined || shape.includes("?")) return undefined;
  if (p === 1 || q === 1 || (dependsOnN(p) && dependsOnN(q))) return undefined;
  const along = (axis: 0 | 1): Vectors | undefined => {
    const value = difference.args.find((arg) => {
      const own = program.types[arg]!.shape;
      const [a, b, c] = [own.at(-3) ?? 1, own.at(-2) ?? 1, own.at(-1) ?? 1];
      return (c !== 1) === (features !== 1) && (axis === 0 ? a !== 1 && b === 1 : a === 1 && b !== 1);
    });
    return value === undefined ? undefined : { value, rows: axis === 0 ? p : q };
  };
  const [left, right] = [along(0), along(1)];
  return left === undefined || right === undefined ? undefined : { left, right, features };
}
