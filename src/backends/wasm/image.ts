/**
 * Program → image: each instruction becomes calls (kernel-table.ts), each value a buffer. Reshapes are other names of a buffer;
 * outputs are computed where they leave, unless they are also constants, inputs or other outputs. Every instruction must have been
 * found able to run (`refusal`).
 */

import { InternalError } from "../../errors.js";
import { evaluateDim, productOf } from "../../ir/dims.js";
import { bytesPerElement } from "../../ir/dtype.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import type { Instruction, InstructionOf, Program, ValueId } from "../../ir/program.js";
import { isStringData, type Tensor } from "../../ir/tensor.js";
import type { TensorType } from "../../ir/types.js";
import { Op } from "./codes.js";
import { finishedProducts } from "./finished-products.js";
import { outputBit, type SlotSize } from "./image-format.js";
import { type Buffer, type Call, type Image, writeImage } from "./image-writer.js";
import { kernelTable } from "./kernel-table.js";
import {
  broadcastView,
  bytesBetween,
  constantBuffer,
  elements,
  type Finish,
  type Lowering,
  type Site,
  typeCode,
  type View,
} from "./lowerings/lowering.js";
import { viewsOf } from "./views.js";

/** Bytes of a value for a block of rows. */
function bytesOf(type: TensorType, rows: number): number {
  return evaluateDim(productOf(type.shape), rows) * bytesPerElement[type.dtype];
}

/** a and b of the a·rows + b bytes that an input or output takes. */
export function slotSize(type: TensorType): SlotSize {
  const fixed = bytesOf(type, 0);
  return { perRow: bytesOf(type, 1) - fixed, fixed };
}

/** Instructions whose result has the same bytes as their argument. */
function renames(instruction: Instruction, types: readonly TensorType[]): boolean {
  if (instruction.op === "reshape") return true;
  return instruction.op === "cast" && types[instruction.args[0]!]?.dtype === instruction.attrs.to;
}

/** A forest that compares in float64 takes float32 rows as they are: its thresholds are rounded the right way when it is laid out. */
function castsAway(program: Program): ReadonlyMap<Instruction, ValueId> {
  const producers = new Map(program.instructions.flatMap((i) => i.results.map((r) => [r, i] as const)));
  const found = new Map<Instruction, ValueId>();
  for (const instruction of program.instructions) {
    if (instruction.op !== "forest" && instruction.op !== "forestLeaves") continue;
    const producer = producers.get(instruction.args[0]!);
    if (producer?.op !== "cast" || producer.attrs.to !== "float64") continue;
    const source = producer.args[0]!;
    if (program.types[source]?.dtype === "float32") found.set(instruction, source);
  }
  return found;
}

/** The outputs that each instruction is needed for, a bit each; instructions that none needs are absent. */
function masksOf(program: Program, argsOf: (i: Instruction) => readonly ValueId[]): ReadonlyMap<Instruction, number> {
  const needed = new Map<ValueId, number>();
  for (const [i, { value }] of program.outputs.entries()) needed.set(value, (needed.get(value) ?? 0) | outputBit(i));
  const masks = new Map<Instruction, number>();
  for (const instruction of program.instructions.toReversed()) {
    const mask = instruction.results.reduce((m, r) => m | (needed.get(r) ?? 0), 0) >>> 0;
    if (mask === 0) continue;
    masks.set(instruction, mask);
    for (const arg of argsOf(instruction)) needed.set(arg, (needed.get(arg) ?? 0) | mask);
  }
  return masks;
}

/** The image of `program`, whose outputs are numbered as they stand there. */
export function buildImage(program: Program): Image {
  const { types } = program;
  const direct = castsAway(program);
  const argsOf = (instruction: Instruction): readonly ValueId[] => {
    const source = direct.get(instruction);
    return source === undefined ? instruction.args : [source];
  };
  const masks = masksOf(program, argsOf);
  const live = program.instructions.filter((i) => masks.has(i));

  const views = viewsOf(program, live, argsOf);
  const roots = new Map<ValueId, ValueId>();
  for (const instruction of live) {
    if (!renames(instruction, types) || views.has(instruction.results[0]!)) continue;
    const source = instruction.args[0]!;
    roots.set(instruction.results[0]!, roots.get(source) ?? source);
  }
  const rootOf = (value: ValueId): ValueId => roots.get(value) ?? value;

  const buffers = new Map<ValueId, Buffer>();
  const constants = new Map<ValueId, Tensor>();
  for (const [slot, { value }] of program.inputs.entries()) buffers.set(value, { kind: "input", slot });
  for (const instruction of live) {
    if (instruction.op !== "constant") continue;
    const { tensor } = instruction.attrs;
    if (isStringData(tensor.data)) throw new InternalError("a constant of strings reached an image");
    buffers.set(instruction.results[0]!, constantBuffer(tensor.data));
    constants.set(instruction.results[0]!, tensor);
  }
  // The outputs that are not computed in their own place are copied at the end.
  const copied: number[] = [];
  for (const [slot, { value }] of program.outputs.entries()) {
    if (buffers.has(rootOf(value))) copied.push(slot);
    else buffers.set(rootOf(value), { kind: "output", slot });
  }
  const bufferOf = (value: ValueId): Buffer => {
    const root = rootOf(value);
    const known = buffers.get(root);
    if (known !== undefined) return known;
    const type = types[root]!;
    const buffer: Buffer = { kind: "work", size: (rows) => bytesOf(type, rows) };
    buffers.set(root, buffer);
    return buffer;
  };

  const viewOf = (value: ValueId): View => {
    const view = views.get(value);
    if (view !== undefined) return { address: { buffer: bufferOf(view.source), add: view.add }, steps: view.steps };
    const type = types[value]!;
    return { address: { buffer: bufferOf(value), add: 0 }, steps: bytesBetween(type.shape, type.dtype) };
  };

  const finished = finishedProducts(program);
  const calls: Call[] = [];
  let forestRows = 0;
  const siteFor = <P extends PrimitiveName>(
    instruction: Pick<InstructionOf<P>, "attrs" | "results">,
    args: readonly ValueId[],
    mask: number,
    finish?: Finish,
  ): Site<P> => ({
    attrs: instruction.attrs,
    finish,
    args: args.map((a) => types[a]!),
    results: instruction.results.map((r) => types[r]!),
    arg: (i) => bufferOf(args[i]!),
    view: (i) => viewOf(args[i]!),
    result: (i) => bufferOf(instruction.results[i]!),
    constantOf: (i) => constants.get(args[i]!),
    scratch: (size) => ({ kind: "work", size }),
    call: (family, params) => calls.push({ family, params, mask }),
    wantRows(rows) {
      forestRows = Math.max(forestRows, rows);
    },
  });
  const lower = <P extends PrimitiveName>(
    instruction: InstructionOf<P>,
    args: readonly ValueId[],
    mask: number,
    finish?: Finish,
  ): void => {
    const lowering: Lowering<P> | string = kernelTable[instruction.op];
    if (typeof lowering === "string") throw new InternalError(`${instruction.op} reached an image: ${lowering}`);
    lowering.lower(siteFor(instruction, args, mask, finish));
  };
  for (const instruction of live) {
    if (instruction.op === "constant" || renames(instruction, types) || finished.inside.has(instruction)) continue;
    if (views.has(instruction.results[0]!)) continue;
    const whole = finished.byLast.get(instruction);
    if (whole !== undefined) {
      const product = { ...whole.product, results: instruction.results };
      lower(product, product.args, masks.get(instruction) ?? 0, whole.finish);
    } else lower(instruction, argsOf(instruction), masks.get(instruction) ?? 0);
  }
  for (const slot of copied) {
    const { value } = program.outputs[slot]!;
    const type = types[value]!;
    const site = siteFor<"reshape">({ attrs: { shape: type.shape }, results: [value] }, [value], outputBit(slot));
    const to = broadcastView({ kind: "output", slot }, type, type.shape);
    elements(site, Op.COPY, typeCode(type.dtype), type.shape, [broadcastView(bufferOf(value), type, type.shape)], to);
  }
  const slots = (list: readonly { readonly value: ValueId }[]) => list.map(({ value }) => slotSize(types[value]!));
  return writeImage({ calls, inputs: slots(program.inputs), outputs: slots(program.outputs), forestRows });
}
