/**
 * Writes a Program instruction by instruction: infers types, folds what is constant, and knows integer vectors in terms of N
 * (so that ONNX's Shape → Gather → Concat → Reshape chains end in a static shape).
 */

import { InternalError, LimitError } from "../errors.js";
import { affine, type Dim, dependsOnN, evaluateDims } from "./dims.js";
import { evaluateInstruction, inferInstruction } from "./evaluate.js";
import type { PrimitiveAttrs, PrimitiveName } from "./primitive.js";
import type { Instruction, InstructionOf, Program, ProgramInput, ProgramOutput, ValueId } from "./program.js";
import { int64, numbersOf, sizeOf, type Tensor } from "./tensor.js";
import { type Dictionary, type TensorType, typeOf } from "./types.js";

/** Attributes may be left out where the primitive has none. */
export type AttrsArgument<P extends PrimitiveName> =
  Readonly<Record<never, never>> extends PrimitiveAttrs[P] ? [attrs?: PrimitiveAttrs[P]] : [attrs: PrimitiveAttrs[P]];

export interface Builder {
  input(name: string, type: TensorType): ValueId;
  constant(value: Tensor, dictionary?: Dictionary): ValueId;
  /** Emits an instruction with one result. */
  op<P extends PrimitiveName>(op: P, args: readonly ValueId[], ...attrs: AttrsArgument<P>): ValueId;
  /** Emits an instruction with any number of results. */
  emit<P extends PrimitiveName>(op: P, args: readonly ValueId[], attrs: PrimitiveAttrs[P]): readonly ValueId[];
  type(value: ValueId): TensorType;
  /** The value where it is known at compile time, whatever the batch. */
  constantOf(value: ValueId): Tensor | undefined;
  /** The elements of a small integer value where they are known in terms of N. */
  dimsOf(value: ValueId): readonly Dim[] | undefined;
  /** Text put on the instructions that follow; see `InstructionOf.origin`. */
  setOrigin(origin: string | undefined): void;
  finish(outputs: readonly ProgramOutput[]): Program;
}

/** Largest tensor that folding may create from smaller ones. */
const foldLimit = 1 << 16;
/** Batch sizes at which integer arithmetic on dimensions is probed for being affine in N. */
const probes = [3, 5, 64, 77, 1_000_003] as const;

/** Values that a builder makes before it gives up: loops inside loops make many of a small file. */
const mostValues = 2 ** 18;
/** Elements of one result, where it computes at once. */
const mostElements = 2 ** 27;

/**
 * `eager`: every instruction is computed when it is emitted, whatever its size; all arguments must be constants. Throws LimitError
 * where a result or their number is too large.
 */
export function createBuilder({ eager = false }: { readonly eager?: boolean } = {}): Builder {
  const inputs: ProgramInput[] = [];
  const types: TensorType[] = [];
  const instructions: Instruction[] = [];
  const constants = new Map<ValueId, Tensor>();
  const dims = new Map<ValueId, readonly Dim[]>();
  let origin: string | undefined;

  const newValue = (type: TensorType): ValueId => {
    if (types.length >= mostValues) {
      throw new LimitError(`${origin ?? "model"}: more than ${mostValues} values, the limit of one program or run`);
    }
    return types.push(type) - 1;
  };

  const typeAt = (value: ValueId): TensorType => {
    const type = types[value];
    if (type === undefined) throw new InternalError(`value ${value} does not exist`);
    return type;
  };

  const constantTensors = (args: readonly ValueId[]): readonly Tensor[] | undefined => {
    const found: Tensor[] = [];
    for (const arg of args) {
      const value = constants.get(arg);
      if (value === undefined) return undefined;
      found.push(value);
    }
    return found;
  };

  /** Integer results whose elements are affine in N, probed at several batch sizes; undefined where they are not. */
  const probeDims = <P extends PrimitiveName>(
    instruction: InstructionOf<P>,
    resultTypes: readonly TensorType[],
  ): readonly Dim[] | undefined => {
    const [result] = resultTypes;
    if (resultTypes.length !== 1 || result === undefined || instruction.args.length === 0) return undefined;
    if (result.dtype !== "int64" && result.dtype !== "int32") return undefined;
    if (result.shape.some(dependsOnN)) return undefined;
    const known = instruction.args.map((arg) => dims.get(arg));
    if (known.some((k) => k === undefined)) return undefined;
    const runs = probes.map((n) => {
      const args = known.map((k, i): Tensor => {
        const type = typeAt(instruction.args[i]!);
        const shape = evaluateDims(type.shape, n);
        const values = evaluateDims(k!, n);
        return type.dtype === "int64" ? int64(values, shape) : { dtype: "int32", shape, data: Int32Array.from(values) };
      });
      return Array.from(numbersOf(evaluateInstruction(instruction, args, n)[0]!.data));
    });
    const [first, second] = [runs[0]!, runs[1]!];
    if (first.length > 64 || runs.some((r) => r.length !== first.length)) return undefined;
    const found = first.map((v, i): Dim => {
      const a = (second[i]! - v) / (probes[1] - probes[0]);
      return affine(a, v - a * probes[0]);
    });
    const holds = runs.every((run, r) => {
      const want = evaluateDims(found, probes[r]!);
      return run.every((v, i) => v === want[i]);
    });
    return holds ? found : undefined;
  };

  const emit = <P extends PrimitiveName>(
    op: P,
    args: readonly ValueId[],
    attrs: PrimitiveAttrs[P],
  ): readonly ValueId[] => {
    const argTypes = args.map(typeAt);
    const draft: InstructionOf<P> = { op, args, attrs, results: [] };
    const resultTypes = inferInstruction(draft, argTypes);
    if (eager) return computeNow(draft, resultTypes);
    const known = args.length > 0 ? constantTensors(args) : undefined;
    if (known !== undefined && resultTypes.every((t) => t.shape.every((d) => typeof d === "number"))) {
      const size = resultTypes.reduce((sum, t) => sum + sizeOf(evaluateDims(t.shape, 0)), 0);
      const given = known.reduce((sum, t) => sum + t.data.length, 0);
      if (size <= Math.max(foldLimit, given)) {
        return evaluateInstruction(draft, known, 0).map((value, i) => constant(value, resultTypes[i]!.dictionary));
      }
    }
    const found = probeDims(draft, resultTypes);
    if (found?.every((d) => !dependsOnN(d))) {
      const [value] = evaluateInstruction(
        draft,
        args.map((arg) => asTensor(typeAt(arg), dims.get(arg)!)),
        1,
      );
      return [constant(value!, resultTypes[0]!.dictionary)];
    }
    const results = resultTypes.map(newValue);
    push({ op, args, attrs, results, ...(origin === undefined ? {} : { origin }) });
    if (found !== undefined) dims.set(results[0]!, found);
    if (op === "dims") dims.set(results[0]!, (attrs as PrimitiveAttrs["dims"]).dims);
    return results;
  };

  const computeNow = <P extends PrimitiveName>(draft: InstructionOf<P>, resultTypes: readonly TensorType[]) => {
    const known = constantTensors(draft.args);
    if (known === undefined) throw new InternalError(`${draft.op} has arguments that are not known`);
    for (const { shape } of resultTypes) {
      const size = sizeOf(shape.map((d) => (typeof d === "number" ? d : 1)));
      if (size <= mostElements) continue;
      throw new LimitError(`${origin ?? draft.op}: a result of ${size} elements is over the limit of ${mostElements}`);
    }
    return evaluateInstruction(draft, known, 0).map((value, i) => constant(value, resultTypes[i]!.dictionary));
  };

  const push = <P extends PrimitiveName>(instruction: InstructionOf<P>): void => {
    // The mapped union cannot be built from a generic member without this one widening.
    instructions.push(instruction as unknown as Instruction);
  };

  const constant = (value: Tensor, dictionary?: Dictionary): ValueId => {
    const id = newValue(typeOf(value.dtype, value.shape, dictionary));
    const attrs = dictionary === undefined ? { tensor: value } : { tensor: value, dictionary };
    if (!eager) push({ op: "constant", args: [], attrs, results: [id] });
    constants.set(id, value);
    if ((value.dtype === "int64" || value.dtype === "int32") && value.data.length <= 64) {
      dims.set(id, Array.from(numbersOf(value.data)));
    }
    return id;
  };

  return {
    input(name, type) {
      const value = newValue(type);
      inputs.push({ name, value });
      return value;
    },
    constant,
    op(op, args, ...attrs) {
      const results = emit(op, args, (attrs[0] ?? {}) as PrimitiveAttrs[typeof op]);
      if (results.length !== 1) throw new InternalError(`${op} has ${results.length} results, expected one`);
      return results[0]!;
    },
    emit,
    type: typeAt,
    constantOf: (value) => constants.get(value),
    dimsOf: (value) => dims.get(value),
    setOrigin(text) {
      origin = text;
    },
    finish: (outputs) => ({ inputs, types, instructions, outputs }),
  };
}

function asTensor(type: TensorType, values: readonly Dim[]): Tensor {
  const numbers = evaluateDims(values, 1);
  const shape = evaluateDims(type.shape, 1);
  return type.dtype === "int64" ? int64(numbers, shape) : { dtype: "int32", shape, data: Int32Array.from(numbers) };
}
