/** What CumSum and CumProd share: values that run along an axis. Semantics: ai.onnx CumSum (11, 14), CumProd (26). */

import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import type { NodeView } from "../../src/ir/sources.js";
import { knownInt, normaliseAxis } from "./axes.js";
import { checkOperands, flag, operand } from "./operands.js";

export interface RunningAttrs {
  /** An element itself is left out. */
  readonly exclusive: boolean;
  /** From the end. */
  readonly reverse: boolean;
}

export function readRunning(node: NodeView): RunningAttrs {
  checkOperands(node, [2, 2]);
  return { exclusive: flag(node, "exclusive", false), reverse: flag(node, "reverse", false) };
}

/** The axis, which is the second input and a constant. `what` names it in errors. */
export function runningAxis(ctx: CompileContext, inputs: readonly (ValueId | undefined)[], what: string): number {
  const { shape } = ctx.build.type(operand(ctx, inputs, 0));
  return normaliseAxis(knownInt(ctx, operand(ctx, inputs, 1), what), shape.length);
}
