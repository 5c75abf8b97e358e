/**
 * Activation functions with at most two parameters. Semantics: ai.onnx Relu (1–14), LeakyRelu (1, 6, 16), Elu (1, 6, 22), Celu
 * (12), Selu (6, 22), ThresholdedRelu (10, 22), HardSigmoid (1, 6, 22), HardSwish (14, 22), Mish (18, 22), Swish (24), Shrink (9),
 * Softplus and Softsign (1, 22).
 */

import type { Builder } from "../src/ir/builder.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { SourceReader } from "../src/ir/sources.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

interface Activation {
  readonly since: number;
  /** Parameters of the operator and their defaults in the schema (float32). */
  readonly alpha?: number;
  readonly beta?: number;
  readonly gamma?: number;
  readonly bias?: number;
  readonly lambd?: number;
  apply(build: Builder, x: ValueId, parameters: Parameters): ValueId;
}

interface Parameters {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly bias: number;
  readonly lambd: number;
}

/** x where it is positive (or NaN), else `negative`. */
const positiveOr = (build: Builder, x: ValueId, negative: ValueId): ValueId =>
  build.op("select", [build.op("lessEqual", [x, scalarLike(build, x, 0)]), negative, x]);

/** factor · (e^(x / scale) - 1) */
const exponential = (build: Builder, x: ValueId, factor: number, scale = 1): ValueId => {
  const inner = scale === 1 ? x : build.op("div", [x, scalarLike(build, x, scale)]);
  return build.op("mul", [build.op("expm1", [inner]), scalarLike(build, x, factor)]);
};

/** log(1 + e^x) = max(x, 0) + log1p(e^-|x|): no overflow for large x. */
function softplus(build: Builder, x: ValueId): ValueId {
  const tail = build.op("log1p", [build.op("exp", [build.op("neg", [build.op("abs", [x])])])]);
  return build.op("add", [build.op("max", [x, scalarLike(build, x, 0)]), tail]);
}

const activations: { readonly [name: string]: Activation } = {
  Relu: { since: 1, apply: (build, x) => build.op("max", [x, scalarLike(build, x, 0)]) },
  LeakyRelu: {
    since: 1,
    alpha: Math.fround(0.01),
    apply: (build, x, { alpha }) => positiveOr(build, x, build.op("mul", [x, scalarLike(build, x, alpha)])),
  },
  Elu: { since: 1, alpha: 1, apply: (build, x, { alpha }) => positiveOr(build, x, exponential(build, x, alpha)) },
  Celu: {
    since: 12,
    alpha: 1,
    apply: (build, x, { alpha }) => positiveOr(build, x, exponential(build, x, alpha, alpha)),
  },
  Selu: {
    since: 6,
    alpha: Math.fround(1.6732631921768188),
    gamma: Math.fround(1.0507010221481323),
    apply: (build, x, { alpha, gamma }) =>
      build.op("mul", [positiveOr(build, x, exponential(build, x, alpha)), scalarLike(build, x, gamma)]),
  },
  ThresholdedRelu: {
    since: 10,
    alpha: 1,
    apply: (build, x, { alpha }) =>
      build.op("select", [build.op("greater", [x, scalarLike(build, x, alpha)]), x, scalarLike(build, x, 0)]),
  },
  HardSigmoid: {
    since: 1,
    alpha: Math.fround(0.2),
    beta: 0.5,
    apply(build, x, { alpha, beta }) {
      const line = build.op("add", [build.op("mul", [x, scalarLike(build, x, alpha)]), scalarLike(build, x, beta)]);
      return build.op("max", [build.op("min", [line, scalarLike(build, x, 1)]), scalarLike(build, x, 0)]);
    },
  },
  Softplus: { since: 1, apply: softplus },
  HardSwish: {
    since: 14,
    apply(build, x) {
      const line = build.op("add", [build.op("mul", [x, scalarLike(build, x, 1 / 6)]), scalarLike(build, x, 0.5)]);
      const gate = build.op("max", [build.op("min", [line, scalarLike(build, x, 1)]), scalarLike(build, x, 0)]);
      return build.op("mul", [x, gate]);
    },
  },
  Mish: {
    since: 18,
    apply: (build, x) => build.op("mul", [x, build.op("tanh", [softplus(build, x)])]),
  },
  Swish: {
    since: 24,
    alpha: 1,
    apply: (build, x, { alpha }) =>
      build.op("mul", [x, build.op("sigmoid", [build.op("mul", [x, scalarLike(build, x, alpha)])])]),
  },
  Shrink: {
    since: 9,
    bias: 0,
    lambd: 0.5,
    apply(build, x, { bias, lambd }) {
      const moved = (op: "add" | "sub") => build.op(op, [x, scalarLike(build, x, bias)]);
      const low = build.op("select", [
        build.op("less", [x, scalarLike(build, x, -lambd)]),
        moved("add"),
        scalarLike(build, x, 0),
      ]);
      return build.op("select", [build.op("greater", [x, scalarLike(build, x, lambd)]), moved("sub"), low]);
    },
  },
  Softsign: {
    since: 1,
    apply: (build, x) => build.op("div", [x, build.op("add", [build.op("abs", [x]), scalarLike(build, x, 1)])]),
  },
};

/** The function and its parameters; those that it does not have are 0. */
export interface ActivationAttrs {
  readonly name: string;
  readonly parameters: Parameters;
  readonly activation: Activation;
}

/** Any floating-point tensor (Relu: any signed number) → the same type. */
export const activation: OperatorCompiler<ActivationAttrs> = {
  op: "Activation",
  summary: "activation functions: Relu and its kin, Softplus, Softsign, HardSigmoid, Swish, Mish, Shrink",
  sources: {
    "ai.onnx": Object.fromEntries(
      Object.entries(activations).map(([name, entry]): [string, readonly SourceReader<ActivationAttrs>[]] => [
        name,
        [
          {
            since: entry.since,
            read(node) {
              checkOperands(node, [1, 1]);
              const parameter = (key: keyof Parameters): number => {
                const fallback = entry[key];
                return fallback === undefined ? 0 : node.attrs.float(key, fallback);
              };
              return {
                name,
                activation: entry,
                parameters: {
                  alpha: parameter("alpha"),
                  beta: parameter("beta"),
                  gamma: parameter("gamma"),
                  bias: parameter("bias"),
                  lambd: parameter("lambd"),
                },
              };
            },
          },
        ],
      ]),
    ),
  },
  compile(ctx, { name, activation: entry, parameters }, inputs) {
    const x = operand(ctx, inputs, 0);
    if (name !== "Relu" && name !== "Shrink") requireFloat(ctx, x, name);
    return [entry.apply(ctx.build, x, parameters)];
  },
};
