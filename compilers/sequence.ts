/**
 * Lists of tensors: ai.onnx SequenceConstruct, SequenceEmpty, SequenceInsert, SequenceErase, SequenceAt, SequenceLength,
 * ConcatFromSequence (11), SplitToSequence (11, 24) and SequenceMap (17). A sequence exists while the model is compiled: what
 * leaves the model is one output for each of its tensors.
 */

import { DataDependentError, ModelParseError, ShapeError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView, Subgraph } from "../src/ir/sources.js";
import { int64 } from "../src/ir/tensor.js";
import { knownInt, knownInts, normaliseAxis } from "./shared/axes.js";
import { unifyLabels } from "./shared/labels.js";
import { checkOperands, flag, operand } from "./shared/operands.js";
import { stack } from "./shared/stack.js";

export type SequenceAttrs =
  | { readonly kind: "construct" | "empty" | "insert" | "erase" | "at" | "length" }
  | { readonly kind: "concat"; readonly axis: number; readonly newAxis: boolean }
  | { readonly kind: "split"; readonly axis: number; readonly keepDims: boolean }
  | { readonly kind: "map"; readonly body: Subgraph };

type Kind = SequenceAttrs["kind"];

/** Least and greatest number of inputs. */
const counts: Readonly<Record<Kind, readonly [number, number]>> = {
  construct: [1, Number.POSITIVE_INFINITY],
  empty: [0, 0],
  insert: [2, 3],
  erase: [1, 2],
  at: [2, 2],
  length: [1, 1],
  concat: [1, 1],
  split: [1, 2],
  map: [1, Number.POSITIVE_INFINITY],
};

const reader = (kind: Kind, since = 11) => [
  {
    since,
    read(node: NodeView): SequenceAttrs {
      checkOperands(node, counts[kind], kind === "map" ? Number.POSITIVE_INFINITY : 1);
      const { attrs } = node;
      switch (kind) {
        case "concat":
          return { kind, axis: attrs.int("axis"), newAxis: flag(node, "new_axis", false) };
        case "split":
          return { kind, axis: attrs.int("axis", 0), keepDims: flag(node, "keepdims", true) };
        case "map":
          return { kind, body: attrs.graph("body") };
        case "empty":
          // The element type says nothing that the tensors put in do not say.
          attrs.ignore("dtype");
          return { kind };
        default:
          return { kind };
      }
    },
  },
];

/** Tensors and sequences → a sequence, a tensor of one, or its length (int64 scalar). */
export const sequence: OperatorCompiler<SequenceAttrs> = {
  op: "Sequence",
  onDemand: true,
  summary: "lists of tensors",
  labels: "keep",
  sequences: "take",
  sources: {
    "ai.onnx": {
      SequenceConstruct: reader("construct"),
      SequenceEmpty: reader("empty"),
      SequenceInsert: reader("insert"),
      SequenceErase: reader("erase"),
      SequenceAt: reader("at"),
      SequenceLength: reader("length"),
      ConcatFromSequence: reader("concat"),
      SplitToSequence: reader("split"),
      SequenceMap: reader("map", 17),
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const list = (i = 0): readonly ValueId[] => {
      const elements = ctx.elementsOf(operand(ctx, inputs, i));
      if (elements === undefined) throw new ShapeError(`input ${i} is a tensor, expected a sequence`);
      return elements;
    };
    switch (attrs.kind) {
      case "construct":
        return [ctx.sequence(inputs.map((_, i) => tensorAt(ctx, inputs, i)))];
      case "empty":
        return [ctx.sequence([])];
      case "insert": {
        const at = inputs[2] === undefined ? list().length : position(ctx, inputs[2], list().length + 1);
        return [ctx.sequence(list().toSpliced(at, 0, tensorAt(ctx, inputs, 1)))];
      }
      case "erase": {
        const at = inputs[1] === undefined ? list().length - 1 : position(ctx, inputs[1], list().length);
        if (at < 0) throw new ShapeError("the sequence is empty");
        return [ctx.sequence(list().toSpliced(at, 1))];
      }
      case "at":
        return [list()[position(ctx, tensorAt(ctx, inputs, 1), list().length)]!];
      case "length":
        return [build.constant(int64([list().length], []))];
      case "concat": {
        const [first] = list();
        if (first === undefined) throw new ShapeError("the sequence is empty");
        if (attrs.newAxis) return [stack(ctx, list(), attrs.axis, { name: "the sequence" })];
        const axis = normaliseAxis(attrs.axis, build.type(first).shape.length);
        return [list().length === 1 ? first : build.op("concat", unifyLabels(ctx, list()), { axis })];
      }
      case "split":
        return [ctx.sequence(split(ctx, tensorAt(ctx, inputs, 0), inputs[1], attrs))];
      case "map":
        return map(ctx, attrs.body, inputs, list());
    }
  },
};

function tensorAt(ctx: CompileContext, inputs: readonly (ValueId | undefined)[], i: number): ValueId {
  const value = operand(ctx, inputs, i);
  if (ctx.elementsOf(value) !== undefined) throw new ShapeError(`input ${i} is a sequence, expected a tensor`);
  return value;
}

/** A position in [0, count), counted from the end where it is negative. */
function position(ctx: CompileContext, value: ValueId, count: number): number {
  const given = knownInt(ctx, value, "a position in a sequence");
  const at = given < 0 ? given + count : given;
  if (at < 0 || at >= count) throw new ShapeError(`position ${given} is outside of a sequence of ${count}`);
  return at;
}

function split(
  ctx: CompileContext,
  x: ValueId,
  sizesInput: ValueId | undefined,
  { axis: written, keepDims }: { readonly axis: number; readonly keepDims: boolean },
): readonly ValueId[] {
  const { build } = ctx;
  const { shape } = build.type(x);
  const axis = normaliseAxis(written, shape.length);
  const size = shape[axis];
  if (typeof size !== "number") throw new DataDependentError(ctx.where, "the axis has no fixed size to split");
  const given = sizesInput === undefined ? undefined : knownInts(ctx, sizesInput, "the sizes of SplitToSequence");
  const scalar = sizesInput === undefined || build.type(sizesInput).shape.length === 0;
  const [length = 1] = given ?? [1];
  if (scalar && length < 1) throw new ShapeError(`parts of ${length} elements`);
  const sizes = scalar
    ? Array.from({ length: Math.ceil(size / length) }, (_, i) => Math.min(length, size - i * length))
    : (given ?? []);
  if (sizes.some((n) => n < 0) || sizes.reduce((sum, n) => sum + n, 0) !== size) {
    throw new ShapeError(`${size} elements do not split into [${sizes}]`);
  }
  let start = 0;
  return sizes.map((n) => {
    const part = build.op("slice", [x], { axis, start, end: start + n, step: 1 });
    start += n;
    // Without sizes, every slice is a part, whose axis may go.
    return sizesInput === undefined && !keepDims
      ? build.op("reshape", [part], { shape: shape.toSpliced(axis, 1) })
      : part;
  });
}

/** The body's outputs for each element of the first sequence, and those beside it in others; tensors are the same for all. */
function map(
  ctx: CompileContext,
  body: Subgraph,
  inputs: readonly (ValueId | undefined)[],
  elements: readonly ValueId[],
): readonly ValueId[] {
  const results: ValueId[][] = body.outputs.map(() => []);
  for (const [k, element] of elements.entries()) {
    const values = inputs.map((_, i): ValueId => {
      if (i === 0) return element;
      const other = operand(ctx, inputs, i);
      const others = ctx.elementsOf(other);
      if (others === undefined) return other;
      const beside = others[k];
      if (beside === undefined) throw new ModelParseError("onnx", ctx.where, `input ${i} is a shorter sequence`);
      return beside;
    });
    for (const [i, value] of ctx.inline(body, values).entries()) results[i]?.push(value);
  }
  return results.map((list) => ctx.sequence(list));
}
