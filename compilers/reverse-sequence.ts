/**
 * Turns the beginnings of sequences around. Semantics: ai.onnx ReverseSequence (10, 28): of each batch element its first
 * sequence_lens elements along the time axis, the rest stays.
 */

import { ModelParseError, ShapeError } from "../src/errors.js";
import { formatDims } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { numbersOf } from "../src/ir/tensor.js";
import { knownDim } from "./shared/axes.js";
import { castTo } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";
import { byTuples, pick } from "./shared/positions.js";
import { scalarOf } from "./shared/values.js";

export interface ReverseSequenceAttrs {
  /** The batch is the second axis. */
  readonly timeFirst: boolean;
}

/** (x of rank 2 or more, lengths int64 [batch]) → the type of x. */
export const reverseSequence: OperatorCompiler<ReverseSequenceAttrs> = {
  op: "ReverseSequence",
  onDemand: true,
  summary: "turns the beginnings of sequences around",
  sources: {
    "ai.onnx": {
      ReverseSequence: [
        {
          since: 10,
          read(node) {
            checkOperands(node, [2, 2]);
            const [batch, time] = [node.attrs.int("batch_axis", 1), node.attrs.int("time_axis", 0)];
            if ((batch === 0 && time === 1) || (batch === 1 && time === 0)) return { timeFirst: time === 0 };
            throw new ModelParseError(
              node.format,
              node.where,
              `batch_axis is ${batch} and time_axis ${time}, expected 0 and 1 in either order`,
            );
          },
        },
      ],
    },
  },
  compile(ctx, { timeFirst }, inputs) {
    const { build } = ctx;
    const [x, lengths] = [operand(ctx, inputs, 0), operand(ctx, inputs, 1)];
    const rank = build.type(x).shape.length;
    if (rank < 2) throw new ShapeError(`expected two axes or more, got ${formatDims(build.type(x).shape)}`);
    const perm = Array.from({ length: rank }, (_, i) => (i < 2 ? 1 - i : i));
    const data = timeFirst ? build.op("transpose", [x], { perm }) : x;
    const { shape } = build.type(data);
    const [batch = 1, time = 1] = shape;
    const steps = knownDim(ctx, time, "the number of time steps");
    const constant = build.constantOf(lengths);
    const wrong =
      constant === undefined || typeof steps !== "number"
        ? undefined
        : numbersOf(constant.data).find((length) => length < 0 || length > steps);
    if (wrong !== undefined) throw new ShapeError(`a sequence has length ${wrong}, but there are ${steps} steps`);
    const step = build.op("iota", [], { axis: 1, shape: [1, steps], dtype: "int64" });
    const length = build.op("reshape", [castTo(ctx, lengths, "int64")], { shape: [batch, 1] });
    const mirrored = build.op("sub", [build.op("sub", [length, scalarOf(build, "int64", 1)]), step]);
    const from = build.op("select", [build.op("less", [step, length]), mirrored, step]);
    const tuples = build.op("reshape", [from], { shape: [batch, time, 1] });
    const picked = pick(ctx, data, byTuples(ctx, shape, tuples, 1));
    const result = build.op("reshape", [picked], { shape });
    return [timeFirst ? build.op("transpose", [result], { perm }) : result];
  },
};
