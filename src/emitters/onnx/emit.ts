/**
 * Writes a Program as an ONNX graph: instructions become the nodes of their formulations, outputs leave under their own names, and
 * outputs with a dictionary as the labels themselves. Its forests are lowered before.
 */

import { InternalError, UnsupportedError } from "../../errors.js";
import { dictionaryTensor } from "../../ir/dictionary-tensor.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import type { InstructionOf, Program, ValueId } from "../../ir/program.js";
import { type Dictionary, formatType, logicalDType, rowAxis, type TensorType } from "../../ir/types.js";
import { valueRanges } from "../ranges.js";
import type { Port } from "./encode.js";
import { type Formulation, isRefusal, type Refusal, type Scope, type Site } from "./formulation.js";
import { formulations } from "./formulations.js";
import { createGraph, type Graph, type Ref } from "./graph.js";
import { gather } from "./ops.js";

export interface EmittedGraph {
  readonly graph: Graph;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** Throws UnsupportedError, naming the instruction's origin, where plain operators cannot express it. */
export function emitGraph(program: Program): EmittedGraph {
  const graph = createGraph(new Set([...program.inputs, ...program.outputs].map((port) => port.name)));
  const ranges = valueRanges(program);
  const refs = new Map<ValueId, Ref>();
  const typeAt = (value: ValueId): TensorType => known(program.types[value], value);
  const inputs = program.inputs.map(({ name, value }): Port => {
    const { dtype, shape, dictionary } = typeAt(value);
    if (dictionary !== undefined) throw new InternalError(`input ${name} is encoded`);
    refs.set(value, { name, dtype });
    return { name, dtype, shape };
  });
  const scope: Scope = { graph, rowCount: () => rowCount(graph, program) };
  for (const instruction of program.instructions) {
    const results = instruction.results.map(typeAt);
    const written = formulate(scope, instruction, {
      args: instruction.args.map((a) => known(refs.get(a), a)),
      ranges: instruction.args.map((a) => ranges[a]),
      types: instruction.args.map(typeAt),
      results,
      origin: instruction.origin ?? instruction.op,
    });
    for (const [i, result] of instruction.results.entries()) {
      const [ref, type] = [written[i], results[i]];
      if (ref === undefined || type === undefined) throw new InternalError(`${instruction.op}: no result ${i}`);
      if (ref.dtype !== type.dtype) {
        throw new InternalError(`${instruction.op}: emitted as ${ref.dtype}, expected ${formatType(type)}`);
      }
      refs.set(result, ref);
    }
  }
  const taken = new Set(program.inputs.map((i) => i.name));
  const outputs = program.outputs.map(({ name, value }): Port => {
    if (taken.has(name)) throw new UnsupportedError(`output "${name}"`, "an input of the same name exists");
    taken.add(name);
    const [type, ref] = [typeAt(value), known(refs.get(value), value)];
    graph.result(name, type.dictionary === undefined ? ref : decoded(scope, ref, type.dictionary));
    return { name, dtype: logicalDType(type), shape: type.shape };
  });
  return { graph, inputs, outputs };
}

function known<T>(found: T | undefined, value: ValueId): T {
  if (found === undefined) throw new InternalError(`value ${value} was not emitted before it is used`);
  return found;
}

function formulate<P extends PrimitiveName>(
  scope: Scope,
  instruction: InstructionOf<P>,
  site: Omit<Site<unknown>, "attrs">,
): readonly Ref[] {
  const entry: Formulation<P> | Refusal = formulations[instruction.op];
  if (isRefusal(entry)) {
    throw new UnsupportedError(
      site.origin,
      `plain ONNX operators cannot express ${instruction.op}: ${entry.refuse}`,
      "run the model with compile(), or convert it to another target",
    );
  }
  return entry(scope, { ...site, attrs: instruction.attrs });
}

/** int64 [1]: the number of rows, from the first input that has them. */
function rowCount(graph: Graph, program: Program): Ref {
  for (const { name, value } of program.inputs) {
    const type = program.types[value];
    const axis = type === undefined ? -1 : rowAxis(type);
    if (type === undefined || typeof axis !== "number" || axis < 0) continue;
    const attributes = { start: { int: axis }, end: { int: axis + 1 } };
    const [count] = graph.op("Shape", [{ name, dtype: type.dtype }], attributes, ["int64"]);
    if (count !== undefined) return count;
  }
  throw new UnsupportedError("", "the number of rows is taken from an input, and no input has rows");
}

/** The labels themselves. */
const decoded = (scope: Scope, ref: Ref, dictionary: Dictionary): Ref =>
  gather(scope, scope.graph.constant(dictionaryTensor(dictionary)), ref, 0);
