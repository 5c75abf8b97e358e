/**
 * Values that need no memory of their own: slices, columns, transposed and repeated ones that are read only by kernels which step
 * through their operands as they like. Such a kernel reads the elements where they lie. Before an image is written (image.ts).
 */

import { InternalError } from "../../errors.js";
import { addDims, type Dim, mulDims, sameDim } from "../../ir/dims.js";
import type { Instruction, InstructionOf, Program, ValueId } from "../../ir/program.js";
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
  | InstructionOf<"gatherColumns">
  | InstructionOf<"transpose">
  | InstructionOf<"broadcastTo">;

/** The distance of columns that are evenly spaced. */
function spacing(columns: Int32Array): number | undefined {
  const step = columns.length > 1 ? columns[1]! - columns[0]! : 1;
  return columns.every((c, i) => c === columns[0]! + i * step) ? step : undefined;
}

function isMover(instruction: Instruction): instruction is Mover {
  const { op } = instruction;
  if (op === "gatherColumns")
    return instruction.attrs.columns.length > 0 && spacing(instruction.attrs.columns) !== undefined;
  return op === "slice" || op === "transpose" || op === "broadcastTo";
}

/** How the mover steps through an argument that itself is stepped through by `steps`. */
function move(mover: Mover, { source, add, steps }: ValueView, shape: readonly Dim[]): ValueView {
  switch (mover.op) {
    case "slice": {
      const { axis, start, step } = mover.attrs;
      const skipped = mulDims(start, steps[axis]!);
      return { source, add: addDims(add, skipped), steps: steps.with(axis, mulDims(steps[axis]!, step)) };
    }
    case "gatherColumns": {
      const { columns } = mover.attrs;
      const skipped = mulDims(columns[0]!, steps[1]!);
      return { source, add: addDims(add, skipped), steps: [steps[0]!, mulDims(steps[1]!, spacing(columns) ?? 1)] };
    }
    case "transpose":
      return { source, add, steps: mover.attrs.perm.map((axis) => steps[axis]!) };
    case "broadcastTo":
      return { source, add, steps: repeatSteps(steps, shape, mover.attrs.shape) };
  }
}

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
  const given = new Set(program.outputs.map((o) => o.value));
  const viewable = new Set<ValueId>();
  const stepsThrough = (reader: Instruction): boolean => {
    const [arg, result] = [typeAt(reader.args[0]!), reader.results[0]!];
    // A cast to the same type is another name of the same bytes.
    if (isElementwise(reader.op)) return reader.op !== "cast" || reader.attrs.to !== arg.dtype;
    if (isMover(reader)) return viewable.has(result);
    const to = typeAt(result).shape;
    const steps = arg.shape.map(() => 0);
    return reader.op === "reshape" && viewable.has(result) && reshapeSteps(steps, arg.shape, to) !== undefined;
  };
  for (const instruction of live.toReversed()) {
    if (!isMover(instruction) && instruction.op !== "reshape") continue;
    const result = instruction.results[0]!;
    if (!given.has(result) && (readers.get(result) ?? []).every(stepsThrough)) viewable.add(result);
  }
  const views = new Map<ValueId, ValueView>();
  for (const instruction of live) {
    const result = instruction.results[0]!;
    if (!viewable.has(result)) continue;
    const source = instruction.args[0]!;
    const { shape, dtype } = typeAt(source);
    const known = views.get(source);
    if (isMover(instruction)) {
      views.set(result, move(instruction, known ?? { source, add: 0, steps: bytesBetween(shape, dtype) }, shape));
    } else if (known !== undefined) {
      const steps = reshapeSteps(known.steps, shape, typeAt(result).shape);
      if (steps === undefined) throw new InternalError("a view was reshaped beyond its steps");
      views.set(result, { ...known, steps });
    }
  }
  return views;
}
