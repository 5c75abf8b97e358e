/**
 * Sums of products by named axes. Semantics: ai.onnx Einsum (12, 28), which is NumPy's einsum: "..." stands for axes that broadcast, a
 * name that an operand has twice takes its diagonal. Operands meet from left to right: axes that the rest does not need are summed first,
 * shared ones that it does not need become a matrix product, shared ones that it needs are a batch of those.
 */

import { ModelParseError, ShapeError } from "../src/errors.js";
import { broadcastDim, type Dim, formatDims, productOf } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { int64 } from "../src/ir/tensor.js";
import { knownDim } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** Names of axes of each operand and of the result; "." stands for "...". `result` undefined: as the equation without an arrow says. */
export interface EinsumAttrs {
  readonly operands: readonly string[];
  readonly result: string | undefined;
}

/** Numeric tensors of one element type → the same type. */
export const einsum: OperatorCompiler<EinsumAttrs> = {
  op: "Einsum",
  onDemand: true,
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
  compile(ctx, attrs, inputs) {
    const values = inputs.map((_, i) => operand(ctx, inputs, i));
    const { operands, result } = named(ctx, attrs, values);
    const sizes = sizesOf(ctx, values, operands);
    const labelled = values.map((value, i): Labelled => diagonal(ctx, { value, names: operands[i] ?? "" }));
    const [first, ...others] = labelled;
    if (first === undefined) throw new ShapeError("Einsum has no operands");
    const rest = (from: number) => result + operands.slice(from).join("");
    const product = others.reduce(
      (joined, other, i) =>
        multiplied(ctx, joined, summed(ctx, other, result + joined.names + rest(i + 2)), rest(i + 2), sizes),
      summed(ctx, first, rest(1)),
    );
    return [permuted(ctx, summed(ctx, product, result), result)];
  },
};

function parseEquation(equation: string, where: string, format: string): EinsumAttrs {
  const text = equation.replaceAll(" ", "").replaceAll("...", ".");
  const fail = (message: string): never => {
    throw new ModelParseError(format, where, `equation "${equation}" ${message}`);
  };
  if (!/^[A-Za-z]*\.?[A-Za-z]*(,[A-Za-z]*\.?[A-Za-z]*)*(->[A-Za-z]*\.?[A-Za-z]*)?$/.test(text)) fail("is malformed");
  const [left = "", result] = text.split("->");
  const unknown = [...(result ?? "")].find((name) => name !== "." && !left.includes(name));
  if (unknown !== undefined) fail(`has no operand with the axis ${unknown} of its result`);
  if (result !== undefined && new Set(result).size !== result.length) fail("names an axis of its result twice");
  if (result !== undefined && left.includes(".") !== result.includes(".")) fail('has "..." on one side only');
  return { operands: left.split(","), result };
}

/** The equation with a name for each axis that "..." stands for; they are digits of a private alphabet, counted from the last axis. */
function named(ctx: CompileContext, attrs: EinsumAttrs, values: readonly ValueId[]) {
  const alphabet = (count: number): string =>
    Array.from({ length: count }, (_, i) => String.fromCodePoint(0xe000 + count - 1 - i)).join("");
  let most = 0;
  const operands = attrs.operands.map((names, i) => {
    const { shape } = ctx.build.type(values[i] ?? -1);
    const given = names.replace(".", "").length;
    const more = shape.length - given;
    if (more < 0 || (more > 0 && !names.includes("."))) {
      throw new ShapeError(`axes "${names.replace(".", "...")}" for shape ${formatDims(shape)}`);
    }
    most = Math.max(most, names.includes(".") ? more : 0);
    return names.replace(".", alphabet(more));
  });
  const all = [...attrs.operands.join("").replaceAll(".", "")];
  // Without an arrow, the result has the broadcast axes, then those that occur once, in alphabetical order.
  const once = all.filter((name) => all.indexOf(name) === all.lastIndexOf(name)).sort();
  const result = attrs.result ?? `.${once.join("")}`;
  return { operands, result: result.replace(".", alphabet(most)) };
}

function sizesOf(
  ctx: CompileContext,
  values: readonly ValueId[],
  operands: readonly string[],
): ReadonlyMap<string, Dim> {
  const sizes = new Map<string, Dim>();
  for (const [i, names] of operands.entries()) {
    const { shape } = ctx.build.type(values[i] ?? -1);
    for (const [axis, name] of [...names].entries()) {
      const [size = 1, known = 1] = [shape[axis], sizes.get(name)];
      const joint = broadcastDim(known, size);
      if (joint === undefined)
        throw new ShapeError(`an axis of the equation has the sizes ${formatDims([known, size])}`);
      sizes.set(name, joint);
    }
  }
  return sizes;
}

/** A value and the names of its axes. */
interface Labelled {
  readonly value: ValueId;
  readonly names: string;
}

/** Of axes with one name, the elements at equal places: both axes as one, every (size + 1)-th element. */
function diagonal(ctx: CompileContext, { value, names }: Labelled): Labelled {
  const { build } = ctx;
  const twice = [...names].find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return { value, names };
  const [first, second] = [names.indexOf(twice), names.lastIndexOf(twice)];
  const { shape } = build.type(value);
  const size = knownDim(ctx, shape[first], "the size of a diagonal");
  if (typeof size !== "number" || shape[second] !== size) {
    throw new ShapeError(`the diagonal of axes of ${formatDims([shape[first] ?? 1, shape[second] ?? 1])}`);
  }
  const others = [...names].map((_, i) => i).filter((i) => i !== first && i !== second);
  const turned = build.op("transpose", [value], { perm: [...others, first, second] });
  const kept = others.map((i) => shape[i] ?? 1);
  const flat = build.op("reshape", [turned], { shape: [...kept, size * size] });
  const places = build.constant(int64(Array.from({ length: size }, (_, i) => i * (size + 1))));
  const picked = build.op("gather", [flat, places], { axis: kept.length });
  return diagonal(ctx, { value: picked, names: others.map((i) => names[i]).join("") + twice });
}

/** Sums the axes away that occur nowhere in `needed`. */
function summed(ctx: CompileContext, { value, names }: Labelled, needed: string): Labelled {
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
function multiplied(
  ctx: CompileContext,
  a: Labelled,
  given: Labelled,
  needed: string,
  sizes: ReadonlyMap<string, Dim>,
): Labelled {
  const { build } = ctx;
  const b = summed(ctx, given, needed + a.names);
  const pick = (names: string, test: (name: string) => boolean) => [...names].filter(test).join("");
  const batch = pick(a.names, (name) => b.names.includes(name) && needed.includes(name));
  const contracted = pick(a.names, (name) => b.names.includes(name) && !needed.includes(name));
  const left = pick(a.names, (name) => !b.names.includes(name));
  const right = pick(b.names, (name) => !a.names.includes(name));
  const own = (x: Labelled, names: string): readonly Dim[] => {
    const { shape } = build.type(x.value);
    return [...names].map((name) => shape[x.names.indexOf(name)] ?? "?");
  };
  /** A contracted axis of 1 that broadcasts is repeated: each of its partner's elements counts. */
  const full = (x: Labelled): Labelled => {
    const { shape } = build.type(x.value);
    const want = [...x.names].map((name, i) => (contracted.includes(name) ? (sizes.get(name) ?? 1) : (shape[i] ?? 1)));
    if (want.every((d, i) => d === shape[i])) return x;
    return { ...x, value: build.op("broadcastTo", [x.value], { shape: want }) };
  };
  const flat = (x: Labelled, rows: string, columns: string): ValueId => {
    const shape = [...own(x, batch), ...[rows, columns].map((names) => joint(ctx, own(x, names)))];
    return build.op("reshape", [permuted(ctx, x, batch + rows + columns)], { shape });
  };
  const product = build.op("matMul", [flat(full(a), left, contracted), flat(full(b), contracted, right)]);
  const batchShape = build.type(product).shape.slice(0, batch.length);
  const shape = [...batchShape, ...own(a, left), ...own(b, right)];
  return { value: build.op("reshape", [product], { shape }), names: batch + left + right };
}

function joint(ctx: CompileContext, dims: readonly Dim[]): Dim {
  const [only] = dims;
  return dims.length === 1 && only !== undefined ? only : knownDim(ctx, productOf(dims), "the size of joined axes");
}
