/**
 * Sums of products by named axes. Semantics: ai.onnx Einsum (12, 28) for one or two operands, without "..." and without an axis
 * named twice in an operand: axes that only one operand has and the result lacks are summed first, shared ones that the result lacks
 * become a matrix product, shared ones that it has are a batch of those.
 */

import { ModelParseError, ShapeError, UnsupportedError } from "../src/errors.js";
import { type Dim, formatDims, productOf } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { knownDim } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** One text of axis names per operand, and that of the result. */
export interface EinsumAttrs {
  readonly operands: readonly string[];
  readonly result: string;
}

/** One or two numeric tensors of one element type → the same type. */
export const einsum: OperatorCompiler<EinsumAttrs> = {
  op: "Einsum",
  summary: "sums of products by named axes",
  sources: {
    "ai.onnx": {
      Einsum: [
        {
          since: 12,
          read(node) {
            checkOperands(node, [Math.max(1, node.inputCount), node.inputCount]);
            const attrs = parseEquation(node.attrs.string("equation"), node.where, node.format);
            if (attrs.operands.length !== node.inputCount) {
              const message = `the equation has ${attrs.operands.length} operands, the node ${node.inputCount} inputs`;
              throw new ModelParseError(node.format, node.where, message);
            }
            return attrs;
          },
        },
      ],
    },
  },
  compile(ctx, { operands, result }, inputs) {
    const [left = "", right] = operands;
    const a = labelled(ctx, operand(ctx, inputs, 0), left, result + (right ?? ""));
    if (right === undefined) return [permuted(ctx, a, result)];
    const b = labelled(ctx, operand(ctx, inputs, 1), right, result + left);
    return [permuted(ctx, product(ctx, a, b, result), result)];
  },
};

function parseEquation(equation: string, where: string, format: string): EinsumAttrs {
  const text = equation.replaceAll(" ", "");
  if (!/^[A-Za-z.,]*(->[A-Za-z.]*)?$/.test(text))
    throw new ModelParseError(format, where, `equation "${equation}" is malformed`);
  const [left = "", right] = text.split("->");
  const operands = left.split(",");
  const twice = [...operands, right ?? ""].some((names) => new Set(names).size !== names.length);
  if (text.includes(".") || twice || operands.length > 2) {
    throw new UnsupportedError(
      where,
      `Einsum "${equation}" is not supported`,
      "use one or two operands of distinct named axes",
    );
  }
  const all = [...operands.join("")];
  // Without an arrow, the result has the axes that occur once, in alphabetical order.
  const result =
    right ??
    all
      .filter((name) => all.indexOf(name) === all.lastIndexOf(name))
      .sort()
      .join("");
  const unknown = [...result].find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw new ModelParseError(format, where, `axis ${unknown} of equation "${equation}" has no operand`);
  return { operands, result };
}

/** A value and the names of its axes. */
interface Labelled {
  readonly value: ValueId;
  readonly names: string;
}

/** Names the axes, and sums those away that occur nowhere in `needed`. */
function labelled(ctx: CompileContext, value: ValueId, names: string, needed: string): Labelled {
  const { shape } = ctx.build.type(value);
  if (shape.length !== names.length) throw new ShapeError(`axes "${names}" for shape ${formatDims(shape)}`);
  const axes = [...names].flatMap((name, i) => (needed.includes(name) ? [] : [i]));
  if (axes.length === 0) return { value, names };
  const kept = [...names].filter((_, i) => !axes.includes(i)).join("");
  return { value: ctx.build.op("reduceSum", [value], { axes }), names: kept };
}

function permuted(ctx: CompileContext, { value, names }: Labelled, order: string): ValueId {
  if (names === order) return value;
  return ctx.build.op("transpose", [value], { perm: [...order].map((name) => names.indexOf(name)) });
}

/** [batch…, left…, contracted…] × [batch…, contracted…, right…], each group but the batch flattened to one axis. */
function product(ctx: CompileContext, a: Labelled, b: Labelled, result: string): Labelled {
  const { build } = ctx;
  const pick = (names: string, test: (name: string) => boolean) => [...names].filter(test).join("");
  const batch = pick(a.names, (name) => b.names.includes(name) && result.includes(name));
  const contracted = pick(a.names, (name) => b.names.includes(name) && !result.includes(name));
  const left = pick(a.names, (name) => !b.names.includes(name));
  const right = pick(b.names, (name) => !a.names.includes(name));
  const sizes = (x: Labelled, names: string): readonly Dim[] => {
    const { shape } = build.type(x.value);
    return [...names].map((name) => shape[x.names.indexOf(name)] ?? "?");
  };
  const flat = (x: Labelled, rows: string, columns: string): ValueId => {
    const shape = [...sizes(x, batch), ...[rows, columns].map((names) => joint(ctx, sizes(x, names)))];
    return build.op("reshape", [permuted(ctx, x, batch + rows + columns)], { shape });
  };
  const multiplied = build.op("matMul", [flat(a, left, contracted), flat(b, contracted, right)]);
  const shape = [...sizes(a, batch), ...sizes(a, left), ...sizes(b, right)];
  return { value: build.op("reshape", [multiplied], { shape }), names: batch + left + right };
}

function joint(ctx: CompileContext, dims: readonly Dim[]): Dim {
  const [only] = dims;
  return dims.length === 1 && only !== undefined ? only : knownDim(ctx, productOf(dims), "the size of joined axes");
}
