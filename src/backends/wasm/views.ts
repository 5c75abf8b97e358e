/**
 * Values that need no memory of their own: slices, columns, transposed and repeated ones that are read only by kernels which step
 * through their operands as they like. Such a kernel reads the elements where they lie. Before an image is written (image.ts).
 */

import { InternalError } from "../../errors.js";
import { addDims, type Dim, mulDims, sameDim } from "../../ir/dims.js";
import type { Instruction, InstructionOf, Program, ValueId } from "../../ir/program.js";
import { numbersOf, type Tensor } from "../../ir/tensor.js";
import type { TensorType } from "../../ir/types.js";
import { isElementwise } from "./kernel-table.js";
import { bytesBetween, repeatSteps } from "./lowerings/lowering.js";

/** Elements of `source`, beginning `add` bytes behind its first one; `steps` are the bytes between neighbours along each axis. */
export interface ValueView {
  readonly source: ValueId;
  readonly add: Dim;
  readonly steps: readonly Dim[];
}

/** An instruction that gives elements of its argument in another arrangement. */
type Mover =
  | InstructionOf<"slice">
  | InstructionOf<"gather">
  | InstructionOf<"gatherColumns">
  | InstructionOf<"transpose">
  | InstructionOf<"broadcastTo">;

/** Indices that are evenly spaced. */
interface Spaced {
  readonly first: number;
  readonly step: number;
}

function spaced(indices: ArrayLike<number>): Spaced | undefined {
  const first = indices[0];
  if (first === undefined) return undefined;
  const step = indices.length > 1 ? indices[1]! - first : 1;
  return Array.from(indices).every((c, i) => c === first + i * step) ? { first, step } : undefined;
}

/** Movers, and what they pick where they pick by index. */
function moversOf(program: Program, live: readonly Instruction[]): ReadonlyMap<Mover, Spaced | undefined> {
  const constants = new Map<ValueId, Tensor>();
  const movers = new Map<Mover, Spaced | undefined>();
  for (const instruction of live) {
    const { op } = instruction;
    if (op === "constant") constants.set(instruction.results[0]!, instruction.attrs.tensor);
    else if (op === "gatherColumns") {
      const picked = spaced(instruction.attrs.columns);
      if (picked !== undefined) movers.set(instruction, picked);
    } else if (op === "gather") {
      const length = program.types[instruction.args[0]!]?.shape[instruction.attrs.axis];
      const indices = constants.get(instruction.args[1]!);
      if (indices === undefined || typeof length !== "number" || indices.shape.length > 1) continue;
      const numbers = numbersOf(indices.data);
      const picked = spaced(numbers);
      // A wrong index is reported by the kernel.
      if (picked !== undefined && Array.from(numbers).every((i) => i >= 0 && i < length))
        movers.set(instruction, picked);
    } else if (op === "slice" || op === "transpose" || op === "broadcastTo") movers.set(instruction, undefined);
  }
  return movers;
}

/** How the mover steps through an argument that itself is stepped through by `steps`. */
function move(
  mover: Mover,
  picked: Spaced,
  { source, add, steps }: ValueView,
  shape: readonly Dim[],
  rank: number,
): ValueView {
  const along = (axis: number, first: Dim, step: number): ValueView => {
    const own = steps[axis]!;
    return { source, add: addDims(add, mulDims(first, own)), steps: steps.with(axis, mulDims(own, step)) };
  };
  switch (mover.op) {
    case "slice":
      return along(mover.attrs.axis, mover.attrs.start, mover.attrs.step);
    case "gatherColumns":
      return along(1, picked.first, picked.step);
    case "gather": {
      const { axis } = mover.attrs;
      const view = along(axis, picked.first, picked.step);
      return rank < shape.length ? { ...view, steps: view.steps.toSpliced(axis, 1) } : view;
    }
    case "transpose":
      return { source, add, steps: mover.attrs.perm.map((axis) => steps[axis]!) };
    case "broadcastTo":
      return { source, add, steps: repeatSteps(steps, shape, mover.attrs.shape) };
  }
}

const isMover = (i: Instruction): i is Mover =>
  i.op === "slice" || i.op === "gather" || i.op === "gatherColumns" || i.op === "transpose" || i.op === "broadcastTo";

/** The steps of the same elements where only axes of length 1 come or go; undefined for any other reshape. */
function reshapeSteps(steps: readonly Dim[], from: readonly Dim[], to: readonly Dim[]): readonly Dim[] | undefined {
  const kept = from.flatMap((length, i) => (length === 1 ? [] : [{ length, step: steps[i]! }]));
  let next = 0;
  const result: Dim[] = [];
  for (const length of to) {
    if (length === 1) {
      result.push(0);
      continue;
    }
    const axis = kept[next++];
    if (axis === undefined || !sameDim(axis.length, length)) return undefined;
    result.push(axis.step);
  }
  return next === kept.length ? result : undefined;
}

/** The views among the results of `live`, the instructions that are computed, which read `argsOf` them. */
export function viewsOf(
  program: Program,
  live: readonly Instruction[],
  argsOf: (instruction: Instruction) => readonly ValueId[],
): ReadonlyMap<ValueId, ValueView> {
  const typeAt = (value: ValueId): TensorType => program.types[value]!;
  const readers = new Map<ValueId, Instruction[]>();
  for (const instruction of live) {
    for (const arg of argsOf(instruction)) readers.set(arg, [...(readers.get(arg) ?? []), instruction]);
  }
  const movers: ReadonlyMap<Instruction, Spaced | undefined> = moversOf(program, live);
  const given = new Set(program.outputs.map((o) => o.value));
  const viewable = new Set<ValueId>();
  const stepsThrough = (value: ValueId, reader: Instruction): boolean => {
    const [arg, result] = [typeAt(reader.args[0]!), reader.results[0]!];
    // A cast to the same type is another name of the same bytes.
    if (isElementwise(reader.op)) return reader.op !== "cast" || reader.attrs.to !== arg.dtype;
    if (movers.has(reader)) return viewable.has(result) && reader.args[0] === value;
    const to = typeAt(result).shape;
    const steps = arg.shape.map(() => 0);
    return reader.op === "reshape" && viewable.has(result) && reshapeSteps(steps, arg.shape, to) !== undefined;
  };
  for (const instruction of live.toReversed()) {
    if (!movers.has(instruction) && instruction.op !== "reshape") continue;
    const result = instruction.results[0]!;
    if (!given.has(result) && (readers.get(result) ?? []).every((r) => stepsThrough(result, r))) viewable.add(result);
  }
  const views = new Map<ValueId, ValueView>();
  for (const instruction of live) {
    const result = instruction.results[0]!;
    if (!viewable.has(result)) continue;
    const source = instruction.args[0]!;
    const { shape, dtype } = typeAt(source);
    const known = views.get(source);
    if (isMover(instruction)) {
      const before = known ?? { source, add: 0, steps: bytesBetween(shape, dtype) };
      const picked = movers.get(instruction) ?? { first: 0, step: 1 };
      views.set(result, move(instruction, picked, before, shape, typeAt(result).shape.length));
    } else if (known !== undefined) {
      const steps = reshapeSteps(known.steps, shape, typeAt(result).shape);
      if (steps === undefined) throw new InternalError("a view was reshaped beyond its steps");
      views.set(result, { ...known, steps });
    }
  }
  return views;
}
