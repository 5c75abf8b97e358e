/**
 * A pass for devices with a kernel for `scatterByRow`: one value written into each row of zeros, and k such rows summed, is k values
 * added to one row. So do feature hashing's exporters spell a bag of words: a row of columns for each word, which are then summed.
 */

import type { Builder } from "../ir/builder.js";
import { type Dim, N, sameDim } from "../ir/dims.js";
import type { Instruction, InstructionOf, Program, ValueId } from "../ir/program.js";
import { isStringData, scalar } from "../ir/tensor.js";
import { rewrite } from "./rewrite.js";

/** Rows that are summed, as one scatter. */
interface Scatter {
  readonly columns: ValueId;
  readonly updates: ValueId;
  /** From the written values to the summed ones, which keep zeros. */
  readonly casts: readonly InstructionOf<"cast">[];
  readonly shape: readonly Dim[];
  /** Rows that are summed. */
  readonly each: number;
}

/**
 * The same sums, to the bit: a reduction adds the same values in the same order, and zeros between them, which change nothing in a
 * sum that begins with 0.
 */
export function sumScattered(program: Program): Program {
  if (!program.instructions.some((i) => i.op === "scatterByRow")) return program;
  const producers = new Map(program.instructions.flatMap((i) => i.results.map((r) => [r, i] as const)));
  return rewrite(program, (build, instruction, _args, renamed) => {
    const scatter = instruction.op === "reduceSum" ? scatterBehind(program, producers, instruction) : undefined;
    return scatter === undefined ? undefined : [summed(build, scatter, renamed)];
  });
}

function summed(build: Builder, { columns, updates, casts, shape, each }: Scatter, renamed: (v: ValueId) => ValueId) {
  let values = build.op("reshape", [renamed(updates)], { shape: [N, each] });
  for (const { attrs } of casts) values = build.op("cast", [values], attrs);
  const zero = build.op("cast", [build.constant(scalar("float32", 0))], { to: build.type(values).dtype });
  const rows = build.op("broadcastTo", [zero], { shape });
  const places = build.op("reshape", [renamed(columns)], { shape: [N, each] });
  return build.op("scatterByRow", [rows, places, values], { reduction: "add" });
}

type Producers = ReadonlyMap<ValueId, Instruction>;

/** The value before reshapes, whose elements are the same in the same order. */
function beforeReshapes(producers: Producers, value: ValueId): ValueId {
  let from = value;
  for (let i = producers.get(from); i?.op === "reshape"; i = producers.get(from)) from = i.args[0] ?? -1;
  return from;
}

/** Whether all elements are +0, whatever their number. */
function isZeros(producers: Producers, value: ValueId): boolean {
  let source = producers.get(value);
  while (source?.op === "reshape" || source?.op === "broadcastTo") source = producers.get(source.args[0] ?? -1);
  if (source?.op !== "constant") return false;
  const { data } = source.attrs.tensor;
  return !isStringData(data) && Array.from(data, Number).every((x) => Object.is(x, 0));
}

/** The scatter of one value a row that a sum of [N, k, width] along k stands for. */
function scatterBehind(
  program: Program,
  producers: Producers,
  { args: [x = -1], attrs, results: [result = -1] }: InstructionOf<"reduceSum">,
): Scatter | undefined {
  const shape = program.types[x]?.shape ?? [];
  const [rows = -1, each, width] = shape;
  if (shape.length !== 3 || attrs.axes.join() !== "1" || !sameDim(rows, N) || typeof each !== "number")
    return undefined;
  const casts: InstructionOf<"cast">[] = [];
  let source = producers.get(x);
  while (source?.op === "reshape" || source?.op === "cast") {
    if (source.op === "cast") casts.unshift(source);
    source = producers.get(source.args[0] ?? -1);
  }
  if (source?.op !== "scatterByRow" || source.attrs.reduction !== "none" || width === undefined) return undefined;
  const [zeros = -1, columns = -1, updates = -1] = source.args;
  const perRow = program.types[columns]?.shape ?? [];
  const written = program.types[zeros]?.shape ?? [];
  if (!sameDim(perRow[1] ?? -1, 1) || !sameDim(written[1] ?? -1, width) || !isZeros(producers, zeros)) return undefined;
  return {
    columns: beforeReshapes(producers, columns),
    updates: beforeReshapes(producers, updates),
    casts,
    shape: program.types[result]?.shape ?? [],
    each,
  };
}
