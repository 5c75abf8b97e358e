/**
 * A recurrent layer, as skl2onnx writes running sums before opset 11. Semantics: ai.onnx RNN (7, 14, 22) in one direction, for sequences of
 * one length: H_t = f(X_t Wᵀ + H_{t-1} Rᵀ + Wb + Rb). Steps are lowered one after the other, so their number must be known.
 */

import { DataDependentError, LimitError, ModelParseError, ShapeError, UnsupportedError } from "../src/errors.js";
import { type Dim, formatDims } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { zeros } from "../src/ir/tensor.js";
import { mostRounds } from "./loop.js";
import { knownDim } from "./shared/axes.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

type Activation =
  | { readonly kind: "Tanh" | "Relu" | "Sigmoid" }
  | { readonly kind: "Affine"; readonly alpha: number; readonly beta: number };

export interface RnnAttrs {
  readonly hidden: number;
  readonly reverse: boolean;
  readonly activation: Activation;
  /** What the activation sees lies within ± this. */
  readonly clip: number | undefined;
}

/** Steps that are written out before the data is there. */
const mostSteps = 256;

function readActivation(node: NodeView): Activation {
  const [kind = "Tanh", ...more] = node.attrs.strings("activations", ["Tanh"]);
  const [alpha] = node.attrs.floats("activation_alpha", []);
  const [beta] = node.attrs.floats("activation_beta", []);
  if (more.length > 0) throw new ModelParseError(node.format, node.where, "several activations, expected one");
  if (kind === "Tanh" || kind === "Relu" || kind === "Sigmoid") return { kind };
  if (kind === "Affine" && alpha !== undefined && beta !== undefined) return { kind, alpha, beta };
  throw new UnsupportedError(node.where, `activation ${kind}`, "use Tanh, Relu, Sigmoid, or Affine with its numbers");
}

function read(node: NodeView): RnnAttrs {
  checkOperands(node, [3, 6], 2);
  const { attrs } = node;
  const activation = readActivation(node);
  const clip = attrs.has("clip") ? attrs.float("clip") : undefined;
  const hidden = attrs.int("hidden_size");
  const direction = attrs.string("direction", "forward");
  const layout = node.version < 14 ? 0 : attrs.int("layout", 0);
  if (direction !== "forward" && direction !== "reverse") {
    throw new UnsupportedError(node.where, `direction ${direction}`, "calypte reads RNN in one direction");
  }
  if (layout !== 0) throw new UnsupportedError(node.where, `layout ${layout}`, "export it with the time first");
  if (node.hasInput(4)) throw new UnsupportedError(node.where, "sequences of different lengths");
  return { hidden, reverse: direction === "reverse", activation, clip };
}

/** (X [T, N, I], W [1, H, I], R [1, H, H], B [1, 2H], –, H_0 [1, N, H]) → all states [T, 1, N, H], and the last one [1, N, H]. */
export const rnn: OperatorCompiler<RnnAttrs> = {
  op: "Rnn",
  summary: "a recurrent layer, step by step",
  onDemand: true,
  sources: { "ai.onnx": { RNN: [{ since: 7, read }] } },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, "RNN");
    const { dtype, shape } = build.type(x);
    const [time, batch = 1, width = 1] = shape;
    if (shape.length !== 3) throw new ShapeError(`expected [time, batch, inputs], got ${formatDims(shape)}`);
    const steps = knownDim(ctx, time, "the number of time steps");
    if (typeof steps !== "number" || (steps > mostSteps && !ctx.eager)) {
      throw new DataDependentError(ctx.where, `it runs over an open number of steps, or more than ${mostSteps}`);
    }
    if (steps > mostRounds) throw new LimitError(`${ctx.where}: ${steps} steps are over the limit of ${mostRounds}`);
    if (steps === 0) throw new ShapeError("a sequence of no steps has no last state");
    const { hidden } = attrs;
    const weights = matrixOf(ctx, operand(ctx, inputs, 1), [hidden, width]);
    const recurrence = matrixOf(ctx, operand(ctx, inputs, 2), [hidden, hidden]);
    const [, , , biases, , initial] = inputs;
    const bias = biases === undefined ? undefined : biasOf(ctx, biases, hidden);
    let state =
      initial === undefined
        ? build.op("broadcastTo", [build.constant(zeros(dtype, [1, hidden]))], { shape: [batch, hidden] })
        : build.op("reshape", [initial], { shape: [batch, hidden] });
    const states = new Array<ValueId>(steps).fill(state);
    for (let n = 0; n < steps; n++) {
      const t = attrs.reverse ? steps - 1 - n : n;
      const slice = build.op("slice", [x], { axis: 0, start: t, end: t + 1, step: 1 });
      const input = build.op("reshape", [slice], { shape: [batch, width] });
      const sum = build.op("add", [build.op("matMul", [input, weights]), build.op("matMul", [state, recurrence])]);
      state = activate(ctx, attrs, bias === undefined ? sum : build.op("add", [sum, bias]));
      states[t] = build.op("reshape", [state], { shape: [1, 1, batch, hidden] });
    }
    const last = build.op("reshape", [state], { shape: [1, batch, hidden] });
    return [steps === 1 ? states[0]! : build.op("concat", states, { axis: 0 }), last];
  },
};

/** [1, H, K] of the one direction → [K, H]. */
function matrixOf(ctx: CompileContext, value: ValueId, [rows, columns]: readonly [number, Dim]): ValueId {
  const { build } = ctx;
  const { shape } = build.type(value);
  if (shape.length !== 3 || shape[0] !== 1 || shape[1] !== rows || shape[2] !== columns) {
    throw new ShapeError(`weights have shape ${formatDims(shape)}, expected ${formatDims([1, rows, columns])}`);
  }
  const matrix = build.op("reshape", [value], { shape: shape.slice(1) });
  return build.op("transpose", [matrix], { perm: [1, 0] });
}

/** [1, 2H]: the biases of input and recurrence, which are added. */
function biasOf(ctx: CompileContext, value: ValueId, hidden: number): ValueId {
  const { build } = ctx;
  const { shape } = build.type(value);
  if (shape.length !== 2 || shape[0] !== 1 || shape[1] !== 2 * hidden) {
    throw new ShapeError(`biases have shape ${formatDims(shape)}, expected [1, ${2 * hidden}]`);
  }
  const half = (k: number): ValueId =>
    build.op("slice", [value], { axis: 1, start: k * hidden, end: (k + 1) * hidden, step: 1 });
  return build.op("add", [half(0), half(1)]);
}

function activate(ctx: CompileContext, { activation, clip }: RnnAttrs, value: ValueId): ValueId {
  const { build } = ctx;
  const number = (x: number): ValueId => scalarLike(build, value, x);
  const x = clip === undefined ? value : build.op("min", [build.op("max", [value, number(-clip)]), number(clip)]);
  switch (activation.kind) {
    case "Tanh":
      return build.op("tanh", [x]);
    case "Sigmoid":
      return build.op("sigmoid", [x]);
    case "Relu":
      return build.op("max", [x, number(0)]);
    case "Affine":
      return build.op("add", [build.op("mul", [x, number(activation.alpha)]), number(activation.beta)]);
  }
}
