/**
 * Formulations on strings: moving them, and finding them in a list of keys with TF.js's hash tables. A graph with look-ups runs
 * asynchronously (`predictAsync`, `executeAsync`). TF.js has no operator that looks into a text.
 */

import { InternalError, UnsupportedError } from "../../../errors.js";
import type { Dim } from "../../../ir/dims.js";
import { need } from "../../../ir/need.js";
import type { PrimitiveName } from "../../../ir/primitive.js";
import type { Instruction, InstructionOf, Program } from "../../../ir/program.js";
import { int32, isStringData, numbersOf } from "../../../ir/tensor.js";
import type { Formulation, Scope } from "../formulation.js";
import type { Ref } from "../graph-def.js";
import * as ops from "../ops.js";
import * as movement from "./movement.js";

/** By pieces of one column: GatherV2 takes no strings on every device, Slice and Concat do. */
function pick(s: Scope, x: Ref, axis: number, indices: readonly number[], shape: readonly Dim[]): Ref {
  const one = (index: number): Ref =>
    ops.slice(
      s,
      x,
      x.shape.map((_, i) => (i === axis ? index : 0)),
      x.shape.map((_, i) => (i === axis ? 1 : -1)),
      x.shape.map((d, i) => (i === axis ? 1 : d)),
    );
  const columns = indices.map(one);
  return columns.length === 1 ? need(columns[0]) : ops.concat(s, columns, axis, shape);
}

const gatherColumns: Formulation<"gatherColumns"> = (s, { args, attrs, results }) => [
  pick(s, need(args[0]), 1, Array.from(attrs.columns), results[0]?.shape ?? []),
];

const gather: Formulation<"gather"> = (s, { args, attrs, results, origin }) => {
  const [x, by] = [need(args[0]), need(args[1])];
  const indices = s.graph.constantOf(by);
  if (indices === undefined || by.shape.length !== 1) {
    throw new UnsupportedError(
      origin ?? "",
      "TF.js picks strings at fixed places only",
      "run it on the backend reference",
    );
  }
  return [pick(s, x, attrs.axis, Array.from(numbersOf(indices.data)), results[0]?.shape ?? [])];
};

/** Keys that occur twice keep their first index. The table answers a vector, whatever the shape of what is looked up. */
const indexOf: Formulation<"indexOf"> = (s, { args, attrs, results }) => {
  const x = need(args[0]);
  const { data } = attrs.keys;
  if (!isStringData(data)) throw new InternalError("strings are looked up among numbers");
  const first = new Map<string, number>();
  for (const [i, key] of data.entries()) if (!first.has(key)) first.set(key, i);
  const shape = results[0]?.shape ?? x.shape;
  const flat = s.graph.op("Reshape", [x, ops.parameter(s, [-1])], {}, "string", ["?"]);
  const table = s.graph.table([...first.keys()], int32([...first.values()]));
  const found = s.graph.op(
    "LookupTableFindV2",
    [table, flat, ops.number(s, "int32", -1)],
    { Tin: { type: "DT_STRING" }, Tout: { type: "DT_INT32" } },
    "int32",
    ["?"],
  );
  return [ops.reshape(s, found, shape)];
};

/** By primitive, where an argument is a string. */
export const textFormulations: { readonly [P in PrimitiveName]?: Formulation<P> } = {
  reshape: movement.reshape,
  concat: movement.concat,
  slice: movement.slice,
  gatherColumns,
  gather,
  indexOf,
};

const touchesText = (program: Program, instruction: Instruction): boolean =>
  [...instruction.args, ...instruction.results].some((v) => program.types[v]?.dtype === "string");

const mostNamed = 6;

/** The error for an instruction on text that TF.js lacks. It names all such nodes, which are what has to be cut off. */
export function refuseText<P extends PrimitiveName>(instruction: InstructionOf<P>, program: Program): UnsupportedError {
  const nodes = new Set(
    program.instructions.flatMap((i) =>
      i.op === "constant" || textFormulations[i.op] !== undefined || !touchesText(program, i) ? [] : [i.origin ?? i.op],
    ),
  );
  const named = [...nodes].slice(0, mostNamed).join(", ");
  const more = nodes.size > mostNamed ? ` and ${nodes.size - mostNamed} more` : "";
  return new UnsupportedError(
    instruction.origin ?? "",
    `TF.js has no operator for ${instruction.op}: its graphs look texts up, and do no more with them`,
    `cut ${named}${more} off the model, and convert the rest with their results as inputs`,
  );
}
