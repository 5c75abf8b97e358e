/**
 * Runs a subgraph a number of times, or while a condition holds. Semantics: ai.onnx Loop (1, 11, 13 and later): values carried from
 * round to round, then values collected from all rounds. Rounds are lowered one after the other, so their number must be known;
 * otherwise the node waits for the data.
 */

import { DataDependentError, LimitError, ModelParseError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { Subgraph } from "../src/ir/sources.js";
import { bool, int64, isStringData } from "../src/ir/tensor.js";
import { checkOperands } from "./shared/operands.js";
import { stack } from "./shared/stack.js";

export interface LoopAttrs {
  readonly body: Subgraph;
}

/** Rounds that are lowered into the Program; more wait for the data. */
export const unrolledRounds = 32;
/** Rounds of one run, whatever they do. */
export const mostRounds = 2 ** 16;

/** (trip count, condition, carried values…) → (carried values…, collected values…), the latter with a first axis of rounds. */
export const loop: OperatorCompiler<LoopAttrs> = {
  op: "Loop",
  onDemand: true,
  summary: "a subgraph run round after round",
  labels: "keep",
  sequences: "take",
  sources: {
    "ai.onnx": {
      Loop: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [0, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY);
            const body = node.attrs.graph("body");
            const carried = Math.max(0, node.inputCount - 2);
            if (body.inputs.length !== carried + 2 || body.outputs.length < carried + 1) {
              throw new ModelParseError(
                node.format,
                node.where,
                `its body has ${body.inputs.length} inputs and ${body.outputs.length} outputs for ${carried} carried values`,
              );
            }
            return { body };
          },
        },
      ],
    },
  },
  compile(ctx, { body }, [trips, condition, ...initial]) {
    const count = trips === undefined ? Number.POSITIVE_INFINITY : Number(known(ctx, trips, "the trip count"));
    let goes = condition === undefined || Number(known(ctx, condition, "the condition")) !== 0;
    const limit = ctx.eager ? mostRounds : unrolledRounds;
    let carried = initial.map((value, i): ValueId => {
      if (value === undefined) throw new ModelParseError("onnx", ctx.where, `carried value ${i} is left out`);
      return value;
    });
    const outputs = body.outputs.slice(carried.length + 1);
    const collected: ValueId[][] = outputs.map(() => []);
    for (let round = 0; round < count && goes; round++) {
      if (round === limit) {
        const message = `runs more than ${limit} rounds`;
        throw ctx.eager ? new LimitError(`${ctx.where}: ${message}`) : new DataDependentError(ctx.where, message);
      }
      const index = ctx.build.constant(int64([round], []));
      const [next, ...results] = ctx.inline(body, [index, ctx.build.constant(bool([true], [])), ...carried]);
      carried = results.slice(0, carried.length);
      for (const [i, value] of results.slice(carried.length).entries()) collected[i]?.push(value);
      goes = next === undefined || Number(known(ctx, next, "the condition of the next round")) !== 0;
    }
    return [...carried, ...outputs.map((declared, i) => stack(ctx, collected[i] ?? [], 0, declared))];
  },
};

function known(ctx: CompileContext, value: ValueId, what: string): number | bigint {
  const constant = ctx.build.constantOf(value);
  const [element] = constant === undefined || isStringData(constant.data) ? [] : constant.data;
  if (element !== undefined) return element;
  throw new DataDependentError(ctx.where, `${what} is computed from the data`, "export without control flow");
}
