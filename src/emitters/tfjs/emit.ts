/**
 * Writes a Program as a TF.js graph: inputs become placeholders, instructions the nodes of their formulations, outputs nodes
 * of their own names. The Program is narrowed before (float32, int32, bool) and its forests are lowered.
 */

import { InternalError, UnsupportedError } from "../../errors.js";
import { type Dim, formatDims } from "../../ir/dims.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import type { Instruction, InstructionOf, Program, ValueId } from "../../ir/program.js";
import { zeros } from "../../ir/tensor.js";
import { formatType, rowAxis, type TensorType } from "../../ir/types.js";
import { valueRanges } from "../ranges.js";
import { type Device, type Formulation, isRefusal, type Refusal, type Scope, type Site } from "./formulation.js";
import { deviceDType } from "./formulations/conversion.js";
import { fusedFormulations } from "./formulations/forests.js";
import { refuseText, textFormulations } from "./formulations/text.js";
import { formulations } from "./formulations.js";
import { createGraph, type Graph, type Ref } from "./graph-def.js";
import { number, parameter, reshape, slice } from "./ops.js";

/** A graph with the node names of the Program's inputs and outputs, in their order. */
export interface EmittedGraph {
  readonly graph: Graph;
  readonly inputs: readonly Ref[];
  readonly outputs: readonly Ref[];
}

/** Largest rank that the kernels of TF.js take. */
const maxRank = 6;

export interface GraphOptions {
  /** Keeps forests as nodes that need calypte/tfjs. */
  readonly fused?: boolean;
  /** For TensorFlow itself instead of TF.js; the device is "tensorflow". */
  readonly native?: boolean;
}

/** Throws UnsupportedError, naming the instruction's origin, where TF.js cannot run it. */
export function emitGraph(
  program: Program,
  device: Device,
  { fused = false, native = false }: GraphOptions = {},
): EmittedGraph {
  const names = nodeNames(program);
  const graph = createGraph(new Set([...names.inputs, ...names.outputs]));
  const ranges = valueRanges(program);
  const refs = new Map<ValueId, Ref>();
  const inputs = program.inputs.map((input, i) => {
    const { dtype, shape } = checkedType(typeAt(program, input.value), `input ${input.name}`);
    const ref = graph.placeholder(names.inputs[i] ?? input.name, dtype, shape);
    refs.set(input.value, ref);
    return ref;
  });
  const scope = createScope(graph, device, native, program, inputs);

  for (const instruction of program.instructions) {
    const results = instruction.results.map((r) => typeAt(program, r));
    for (const type of results) checkedType(type, instruction.origin ?? instruction.op);
    if (device === "webgl") {
      checkIntegers(instruction, ranges, program);
      checkSizes(instruction, program);
    }
    const written = results.every((t) => t.shape.includes(0))
      ? results.map((t) => emptyOf(scope, t))
      : formulate(scope, program, instruction, fused, {
          args: instruction.args.map((a) => refAt(refs, a)),
          ranges: instruction.args.map((a) => ranges[a]),
          types: instruction.args.map((a) => typeAt(program, a)),
          results,
          origin: instruction.origin,
        });
    for (const [i, result] of instruction.results.entries()) {
      const [ref, type] = [written[i], results[i]];
      if (ref === undefined || type === undefined) throw new InternalError(`${instruction.op}: no result ${i}`);
      if (ref.dtype !== deviceDType(type.dtype)) {
        throw new InternalError(`${instruction.op}: emitted as ${ref.dtype}, expected ${formatType(type)}`);
      }
      refs.set(result, { ...ref, shape: type.shape });
    }
  }
  const outputs = program.outputs.map((output, i) =>
    graph.result(names.outputs[i] ?? output.name, refAt(refs, output.value)),
  );
  return { graph, inputs, outputs };
}

function formulate<P extends PrimitiveName>(
  scope: Scope,
  program: Program,
  instruction: InstructionOf<P>,
  fused: boolean,
  site: Omit<Site<unknown>, "attrs">,
): readonly Ref[] {
  if (instruction.op !== "constant" && [...site.types, ...site.results].some((t) => t.dtype === "string")) {
    const onText: Formulation<P> | undefined = textFormulations[instruction.op];
    if (onText === undefined) throw refuseText(instruction, program);
    return onText(scope, { ...site, attrs: instruction.attrs });
  }
  const whole: Formulation<P> | undefined = fused ? fusedFormulations[instruction.op] : undefined;
  const entry: Formulation<P> | Refusal = whole ?? formulations[instruction.op];
  if (isRefusal(entry)) {
    throw new UnsupportedError(
      instruction.origin ?? "",
      `TF.js cannot run ${instruction.op}: ${entry.refuse}`,
      entry.alternative,
    );
  }
  return entry(scope, { ...site, attrs: instruction.attrs });
}

function typeAt(program: Program, value: ValueId): TensorType {
  const type = program.types[value];
  if (type === undefined) throw new InternalError(`value ${value} has no type`);
  return type;
}

function refAt(refs: ReadonlyMap<ValueId, Ref>, value: ValueId): Ref {
  const ref = refs.get(value);
  if (ref === undefined) throw new InternalError(`value ${value} was not emitted before it is used`);
  return ref;
}

function checkedType(
  type: TensorType,
  where: string,
): { readonly dtype: Ref["dtype"]; readonly shape: readonly Dim[] } {
  const dtype = deviceDType(type.dtype);
  if (dtype === undefined) {
    throw new InternalError(`${where}: ${formatType(type)} reached the TF.js emitter without being narrowed`);
  }
  if (type.shape.length > maxRank) {
    throw new UnsupportedError(where, `TF.js takes tensors of rank ${maxRank} at most, got ${formatDims(type.shape)}`);
  }
  return { dtype, shape: type.shape };
}

/** WebGL holds integers in float textures, where they are exact to 2^24. */
function checkIntegers(
  instruction: Instruction,
  ranges: readonly (readonly [number, number] | undefined)[],
  program: Program,
): void {
  for (const result of instruction.results) {
    const range = ranges[result];
    if (typeAt(program, result).dtype !== "int32" || range === undefined) continue;
    if (Math.max(Math.abs(range[0]), Math.abs(range[1])) > 2 ** 24) {
      throw new UnsupportedError(
        instruction.origin ?? instruction.op,
        "TF.js on WebGL holds integers exactly only up to 2^24, and these may be larger",
        "choose another device, such as wasm",
      );
    }
  }
}

/** WebGL finds an element by a float32 number, exact to 2^24. Batches are cut into blocks; what does not grow with them cannot be. */
function checkSizes(instruction: Instruction, program: Program): void {
  for (const result of instruction.results) {
    const { shape } = typeAt(program, result);
    const elements = shape.reduce((size: number, d) => size * (typeof d === "number" ? d : 1), 1);
    if (elements > 2 ** 24) {
      throw new UnsupportedError(
        instruction.origin ?? instruction.op,
        `TF.js on WebGL finds elements exactly only up to 2^24, and a tensor here has ${elements} in one row`,
        "choose another device, such as wasm",
      );
    }
  }
}

/** Some kernels get tensors without elements wrong; none is needed to make one. */
function emptyOf(scope: Scope, type: TensorType): Ref {
  const dtype = deviceDType(type.dtype);
  if (dtype === undefined) throw new InternalError(`an empty ${type.dtype} tensor reached the TF.js emitter`);
  return reshape(scope, scope.graph.constant(zeros(dtype, [0])), type.shape);
}

/** N and ones [N] come from an input that has a row axis. */
function createScope(graph: Graph, device: Device, native: boolean, program: Program, inputs: readonly Ref[]): Scope {
  const rowInput = (): { readonly x: Ref; readonly axis: number } => {
    // A string says how many rows there are, but numbers can be made into ones.
    for (const text of [false, true]) {
      for (const [i, input] of program.inputs.entries()) {
        const [x, axis] = [inputs[i], rowAxis(typeAt(program, input.value))];
        if (x === undefined || (x.dtype === "string") !== text) continue;
        if (typeof axis === "number" && axis >= 0 && !x.shape.includes(0)) return { x, axis };
      }
    }
    throw new UnsupportedError("", "a TF.js graph finds the number of rows from an input, and no input has rows");
  };
  const scope: Scope = {
    graph,
    device,
    native,
    rowCount() {
      const { x, axis } = rowInput();
      const shape = graph.op("Shape", [x], { out_type: { type: "DT_INT32" } }, "int32", [x.shape.length]);
      return reshape(scope, slice(scope, shape, [axis], [1], [1]), []);
    },
    rowOnes() {
      const { x, axis } = rowInput();
      if (x.dtype === "string") {
        const rows = x.shape[axis] ?? 1;
        return graph.op("Fill", [reshape(scope, scope.rowCount(), [1]), number(scope, "float32", 1)], {}, "float32", [
          rows,
        ]);
      }
      const begin = x.shape.map(() => 0);
      const size = x.shape.map((_, i) => (i === axis ? -1 : 1));
      const rows = x.shape[axis] ?? 1;
      const one = slice(
        scope,
        x,
        begin,
        size,
        x.shape.map((d, i) => (i === axis ? d : 1)),
      );
      const column = graph.op("Reshape", [one, parameter(scope, [-1])], {}, one.dtype, [rows]);
      const marks = graph.op("OnesLike", [column], {}, column.dtype, [rows]);
      if (marks.dtype === "float32") return marks;
      return graph.op(
        "Cast",
        [marks],
        { SrcT: { type: marks.dtype === "bool" ? "DT_BOOL" : "DT_INT32" }, DstT: { type: "DT_FLOAT" } },
        "float32",
        [rows],
      );
    },
  };
  return scope;
}

/** Names that TensorFlow accepts; a Program's own where it does, so that `execute` takes and gives them. */
function nodeNames(program: Program): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } {
  const given = new Set([...program.inputs.map((i) => i.name), ...program.outputs.map((o) => o.name)]);
  const taken = new Set<string>();
  const choose = (name: string, fallback: string): string => {
    let chosen = name;
    const usable = /^[A-Za-z][A-Za-z0-9_.\-/]*$/.test(name) && !(name in {}) && !taken.has(name);
    if (!usable) {
      chosen = fallback;
      for (let i = 1; given.has(chosen) || taken.has(chosen); i++) chosen = `${fallback}_${i}`;
    }
    taken.add(chosen);
    return chosen;
  };
  return {
    inputs: program.inputs.map((input, i) => choose(input.name, `input_${i}`)),
    outputs: program.outputs.map((output, i) => choose(output.name, `output_${i}`)),
  };
}
