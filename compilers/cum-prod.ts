/**
 * Running products along an axis. Semantics: ai.onnx CumProd (26): exclusive leaves an element itself out, reverse runs from the end.
 * Factors are multiplied one after the other, so the axis must have a known, small size, or the data must be there.
 */

import { DataDependentError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { operand } from "./shared/operands.js";
import { type RunningAttrs, readRunning, runningAxis } from "./shared/running.js";
import { scalarLike } from "./shared/values.js";

/** Longest axis that is written out. */
const longestAxis = 256;

/** (x numeric, axis: a constant) → the type of x. */
export const cumProd: OperatorCompiler<RunningAttrs> = {
  op: "CumProd",
  onDemand: true,
  summary: "running products along an axis",
  sources: {
    "ai.onnx": {
      CumProd: [{ since: 26, read: readRunning }],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { shape } = build.type(x);
    const axis = runningAxis(ctx, inputs, "the axis of CumProd");
    const size = shape[axis] ?? 1;
    if (typeof size !== "number" || (size > longestAxis && !ctx.eager)) {
      throw new DataDependentError(ctx.where, `products run along an axis that is open or longer than ${longestAxis}`);
    }
    if (size === 0) return [x];
    const element = (k: number): ValueId => build.op("slice", [x], { axis, start: k, end: k + 1, step: 1 });
    const order = Array.from({ length: size }, (_, k) => (attrs.reverse ? size - 1 - k : k));
    const one = build.op("broadcastTo", [scalarLike(build, x, 1)], { shape: shape.with(axis, 1) });
    const products = new Array<ValueId>(size).fill(one);
    let product = one;
    for (const [n, k] of order.entries()) {
      if (attrs.exclusive) products[k] = product;
      product = n === 0 ? element(k) : build.op("mul", [product, element(k)]);
      if (!attrs.exclusive) products[k] = product;
    }
    return [size === 1 ? products[0]! : build.op("concat", products, { axis })];
  },
};
