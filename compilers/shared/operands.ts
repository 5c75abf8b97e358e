/**
 * The inputs of a node: their number is checked when it is read, and the required ones are taken when it is lowered.
 * Part of the operator compilers; the counts are those of the operator's schema.
 */

import { InternalError, ModelParseError, UnsupportedError } from "../../src/errors.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import type { NodeView } from "../../src/ir/sources.js";

/** Least and greatest number of inputs; the least ones must be present. */
export type InputCount = readonly [least: number, most: number];

/** Throws ModelParseError where the node has another number of inputs or outputs than its schema allows. */
export function checkOperands(node: NodeView, [least, most]: InputCount, outputs = 1): void {
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  for (let i = 0; i < least; i++) {
    if (!node.hasInput(i)) fail(`input ${i} is missing, ${node.op} needs ${least}`);
  }
  for (let i = most; i < node.inputCount; i++) {
    if (node.hasInput(i))
      fail(`${node.inputCount} inputs, but ${node.op} of version ${node.version} takes at most ${most}`);
  }
  for (let i = outputs; i < node.outputCount; i++) {
    if (node.hasOutput(i)) {
      fail(`${node.outputCount} outputs, but ${node.op} of version ${node.version} has at most ${outputs}`);
    }
  }
}

/** A required input. Its presence was checked by `checkOperands`. */
export function operand(ctx: CompileContext, inputs: readonly (ValueId | undefined)[], index: number): ValueId {
  const value = inputs[index];
  if (value === undefined) throw new InternalError(`${ctx.where}: input ${index} was lowered without a value`);
  return value;
}

/** A boolean attribute, written as 0 or 1. Throws ModelParseError for any other number. */
export function flag(node: NodeView, name: string, fallback: boolean): boolean {
  const value = node.attrs.int(name, fallback ? 1 : 0);
  if (value !== 0 && value !== 1) {
    throw new ModelParseError(node.format, node.where, `attribute ${name} must be 0 or 1, got ${value}`);
  }
  return value === 1;
}

/** Throws UnsupportedError unless the value has a floating-point element type. */
export function requireFloat(ctx: CompileContext, value: ValueId, what: string): void {
  const { dtype } = ctx.build.type(value);
  if (dtype === "float32" || dtype === "float64" || dtype === "float16" || dtype === "bfloat16") return;
  throw new UnsupportedError(
    ctx.where,
    `${what} is computed on floating-point numbers, got ${dtype}`,
    "put a Cast before it",
  );
}
