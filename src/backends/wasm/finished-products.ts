/**
 * Products by constant weights whose kernel does what follows them, before it stores a sum: times a number, plus a constant, and then
 * a power or the larger one of it and a number. Found before an image is written (image.ts).
 */

import type { Instruction, InstructionOf, Program, ValueId } from "../../ir/program.js";
import { isStringData, type Tensor } from "../../ir/tensor.js";
import { takesFinish, takesIntercepts } from "./lowerings/linear.js";
import type { Finish } from "./lowerings/lowering.js";

/** By the last instruction that it stands for, of all that are not computed by themselves. */
export interface FinishedProduct {
  readonly product: InstructionOf<"matMul">;
  readonly finish: Finish;
}

export interface FinishedProducts {
  readonly byLast: ReadonlyMap<Instruction, FinishedProduct>;
  /** Those that are not computed by themselves. */
  readonly inside: ReadonlySet<Instruction>;
}

/** A number that is the same for all elements. */
function oneNumber({ shape, data }: Tensor): number | undefined {
  return data.length !== 1 || shape.length > 2 || isStringData(data) ? undefined : Number(data[0]);
}

/** Such a number where it is positive: only then a product by it is a zero of the same sign. */
function positiveNumber(tensor: Tensor): number | undefined {
  const number = oneNumber(tensor);
  return number !== undefined && number > 0 && Number.isFinite(number) ? number : undefined;
}

/** What the finish becomes with one more operation by a constant; undefined where the kernels do not do that. */
function extended(op: "add" | "mul" | "max", before: Finish, weights: Tensor, constant: Tensor): Finish | undefined {
  const { added, last } = before;
  if (last !== undefined) return undefined;
  if (op === "max") {
    const number = oneNumber(constant);
    return number === undefined || Number.isNaN(number) ? undefined : { ...before, last: { atLeast: number } };
  }
  if (added !== undefined || !takesIntercepts(weights, constant)) return undefined;
  if (op === "add") return { ...before, added: constant };
  const factor = before.factor === 1 ? positiveNumber(constant) : undefined;
  return factor === undefined ? undefined : { ...before, factor };
}

/** Nothing else reads what comes between a product and the last instruction that it stands for. */
export function finishedProducts(program: Program): FinishedProducts {
  const producers = new Map(program.instructions.flatMap((i) => i.results.map((r) => [r, i] as const)));
  const readers = new Map<ValueId, number>();
  const read = (value: ValueId): void => void readers.set(value, (readers.get(value) ?? 0) + 1);
  for (const { args } of program.instructions) for (const arg of args) read(arg);
  for (const { value } of program.outputs) read(value);
  const constantAt = (value: ValueId | undefined): Tensor | undefined => {
    const producer = producers.get(value ?? -1);
    return producer?.op === "constant" ? producer.attrs.tensor : undefined;
  };
  const byLast = new Map<Instruction, FinishedProduct>();
  const inside = new Set<Instruction>();
  /** The product that `value` is, as it stands so far; undefined where it is none, or is read more than `times`. */
  const productAt = (value: ValueId | undefined, times: number): FinishedProduct | undefined => {
    const producer = producers.get(value ?? -1);
    if (producer === undefined || readers.get(value ?? -1) !== times) return undefined;
    const known = byLast.get(producer);
    if (known !== undefined || producer.op !== "matMul") return known;
    const weights = constantAt(producer.args[1]);
    if (weights === undefined || !takesFinish(weights)) return undefined;
    return { product: producer, finish: { factor: 1, added: undefined, last: undefined } };
  };
  const add = (instruction: Instruction, product: FinishedProduct, between: readonly (ValueId | undefined)[]): void => {
    byLast.set(instruction, product);
    for (const value of between) {
      const producer = producers.get(value ?? -1);
      if (producer !== undefined) inside.add(producer);
    }
  };
  /** x · x, or x · x · x, where the product is x. */
  const addPower = (instruction: InstructionOf<"mul">): boolean => {
    const [x, y] = instruction.args;
    if (x === y) {
      const product = productAt(x, 2);
      if (product?.finish.last !== undefined || product === undefined) return false;
      add(instruction, { ...product, finish: { ...product.finish, last: { power: 2 } } }, [x]);
      return true;
    }
    for (const [square, base] of [
      [x, y],
      [y, x],
    ]) {
      const producer = producers.get(square ?? -1);
      if (producer?.op !== "mul" || readers.get(square ?? -1) !== 1) continue;
      const product = producer.args.every((arg) => arg === base) ? productAt(base, 3) : undefined;
      if (product === undefined || product.finish.last !== undefined) continue;
      add(instruction, { ...product, finish: { ...product.finish, last: { power: 3 } } }, [square, base]);
      return true;
    }
    return false;
  };
  for (const instruction of program.instructions) {
    const { op } = instruction;
    if (op !== "add" && op !== "mul" && op !== "max") continue;
    if (op === "mul" && addPower(instruction)) continue;
    for (const [value, other] of [instruction.args, instruction.args.toReversed()]) {
      const [before, constant] = [productAt(value, 1), constantAt(other)];
      const weights = constantAt(before?.product.args[1]);
      if (before === undefined || constant === undefined || weights === undefined) continue;
      const finish = extended(op, before.finish, weights, constant);
      if (finish === undefined) continue;
      add(instruction, { ...before, finish }, [value]);
      break;
    }
  }
  return { byLast, inside };
}
