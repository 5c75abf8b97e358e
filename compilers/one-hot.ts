/**
 * One-hot vectors of indices. Semantics: ai.onnx OneHot (9, 11, 28): an index outside [-depth, depth) gives a vector of off values;
 * version 9 does not count from the end.
 */

import { ShapeError } from "../src/errors.js";
import type { Dim } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { knownInt, normaliseAxis } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

/** `fromEnd`: negative indices count from the end. */
export interface OneHotAttrs {
  readonly axis: number;
  readonly fromEnd: boolean;
}

/** (indices numeric, depth: a constant, values [off, on]) → the shape of indices with the depth inserted at the axis, in the type of values. */
export const oneHot: OperatorCompiler<OneHotAttrs> = {
  op: "OneHot",
  onDemand: true,
  summary: "one-hot vectors of indices",
  sources: {
    "ai.onnx": {
      OneHot: [
        {
          since: 9,
          read(node) {
            checkOperands(node, [3, 3]);
            return { axis: node.attrs.int("axis", -1), fromEnd: false };
          },
        },
        {
          since: 11,
          read(node) {
            checkOperands(node, [3, 3]);
            return { axis: node.attrs.int("axis", -1), fromEnd: true };
          },
        },
      ],
    },
  },
  compile(ctx, { axis: written, fromEnd }, inputs) {
    const { build } = ctx;
    const given = operand(ctx, inputs, 0);
    const depth = knownInt(ctx, operand(ctx, inputs, 1), "the depth of OneHot");
    if (!Number.isInteger(depth) || depth < 1) throw new ShapeError(`the depth is ${depth}, expected 1 or more`);
    const values = operand(ctx, inputs, 2);
    const { dtype, shape } = build.type(given);
    const axis = normaliseAxis(written, shape.length + 1);
    const indices = dtype === "int64" ? given : build.op("cast", [given], { to: "int64" });
    const column = build.op("reshape", [indices], { shape: shape.toSpliced(axis, 0, 1) });
    const codes: readonly Dim[] = new Array<Dim>(shape.length + 1).fill(1).with(axis, depth);
    const iota = build.op("iota", [], { axis, shape: codes, dtype: "int64" });
    const hit = build.op("equal", [column, iota]);
    const hits = fromEnd
      ? build.op("or", [hit, build.op("equal", [build.op("add", [column, scalarLike(build, column, depth)]), iota])])
      : hit;
    const pick = (at: number) => {
      const element = build.op("slice", [values], { axis: 0, start: at, end: at + 1, step: 1 });
      return build.op("reshape", [element], { shape: [] });
    };
    return [build.op("select", [hits, pick(1), pick(0)])];
  },
};
