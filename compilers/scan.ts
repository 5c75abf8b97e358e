/**
 * Runs a subgraph on the slices of its inputs along an axis. Semantics: ai.onnx Scan (9, 11 and later): states are carried from
 * slice to slice, other outputs are collected. Where no state changes, all slices are computed at once (exporters write pairwise
 * distances so); otherwise slice after slice, which needs their number. Version 8 does so for each element of a batch, axis 0.
 */

import { DataDependentError, LimitError, ModelParseError, ShapeError, UnsupportedError } from "../src/errors.js";
import { type Dim, formatDims, sameDim } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView, Subgraph } from "../src/ir/sources.js";
import { mostRounds, unrolledRounds } from "./loop.js";
import { knownDim, normaliseAxis } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";
import { stack } from "./shared/stack.js";
import { vectorizingBuilder } from "./shared/vectorizing-builder.js";

/** Axes and directions (1: from the end) of the scanned inputs and of the collected outputs. */
export interface ScanAttrs {
  readonly body: Subgraph;
  readonly states: number;
  readonly inputAxes: readonly number[];
  readonly inputReversed: readonly boolean[];
  readonly outputAxes: readonly number[];
  readonly outputReversed: readonly boolean[];
  /** Version 8: every input and output has a batch axis before its own axes. */
  readonly batched: boolean;
}

function read(node: NodeView, batched = false): ScanAttrs {
  checkOperands(node, [batched ? 0 : 1, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY);
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  const { attrs } = node;
  const body = attrs.graph("body");
  const scanned = attrs.int("num_scan_inputs");
  // Version 8 has the lengths of sequences before the others.
  const count = node.inputCount - (batched ? 1 : 0);
  const states = count - scanned;
  const collected = body.outputs.length - states;
  if (scanned < 1 || states < 0 || collected < 0 || body.inputs.length !== count) {
    fail(
      `num_scan_inputs is ${scanned} of ${count}, but its body has ${body.inputs.length} inputs and ${body.outputs.length} outputs`,
    );
  }
  const list = (name: string, length: number): readonly number[] => {
    const values = attrs.ints(name, new Array<number>(length).fill(0));
    if (values.length !== length) fail(`${name} has ${values.length} entries, expected ${length}`);
    return values;
  };
  const directions = (name: string, length: number): readonly boolean[] => {
    const values = list(name, length);
    if (values.some((v) => v !== 0 && v !== 1)) fail(`${name} is [${values}], expected 0 or 1`);
    return values.map((v) => v === 1);
  };
  if (batched) {
    if (node.hasInput(0)) {
      throw new UnsupportedError(node.where, "sequences of different lengths", "export with target opset 9 or later");
    }
    return {
      body,
      states,
      inputAxes: new Array<number>(scanned).fill(0),
      inputReversed: directions("directions", scanned),
      outputAxes: new Array<number>(collected).fill(0),
      outputReversed: new Array<boolean>(collected).fill(false),
      batched,
    };
  }
  return {
    body,
    states,
    batched,
    inputAxes: list("scan_input_axes", scanned),
    inputReversed: directions("scan_input_directions", scanned),
    outputAxes: list("scan_output_axes", collected),
    outputReversed: directions("scan_output_directions", collected),
  };
}

/** (states…, scanned inputs…) → (final states…, collected outputs…). */
export const scan: OperatorCompiler<ScanAttrs> = {
  op: "Scan",
  onDemand: true,
  summary: "a subgraph run on every slice along an axis",
  sources: {
    "ai.onnx": {
      Scan: [
        { since: 8, read: (node) => read(node, true) },
        { since: 9, read: (node) => read(node) },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    if (!attrs.batched) {
      return scanAll(
        ctx,
        attrs,
        inputs.map((_, i) => operand(ctx, inputs, i)),
      );
    }
    const values = inputs.slice(1).map((_, i) => operand(ctx, inputs, i + 1));
    const [batch = 1] = values.map((value) => ctx.build.type(value).shape[0] ?? 1);
    const build = vectorizingBuilder(ctx.build, ctx.where, batch, new Set(values));
    const inner: CompileContext = {
      ...ctx,
      build,
      inline: (subgraph, given, builder = build) => ctx.inline(subgraph, given, builder),
    };
    return scanAll(inner, attrs, values).map(build.spread);
  },
};

function scanAll(ctx: CompileContext, attrs: ScanAttrs, values: readonly ValueId[]): readonly ValueId[] {
  const states = values.slice(0, attrs.states);
  const scanned = values.slice(attrs.states).map((value, i) => {
    const moved = moveAxis(ctx, value, normaliseAxis(attrs.inputAxes[i] ?? 0, ctx.build.type(value).shape.length), 0);
    return attrs.inputReversed[i] === true ? reversed(ctx, moved) : moved;
  });
  const sizes = scanned.map((value) => ctx.build.type(value).shape[0] ?? 1);
  const [size = 1] = sizes;
  if (sizes.some((d) => d !== "?" && size !== "?" && !sameDim(d, size))) {
    throw new ShapeError(`the scanned inputs differ in length: ${formatDims(sizes)}`);
  }
  return atOnce(ctx, attrs, states, scanned, size) ?? oneByOne(ctx, attrs, states, scanned, size);
}

/** All slices at once; undefined where a state changes, or the body has something that cannot be run so. */
function atOnce(
  ctx: CompileContext,
  attrs: ScanAttrs,
  states: readonly ValueId[],
  scanned: readonly ValueId[],
  size: Dim,
): readonly ValueId[] | undefined {
  const build = vectorizingBuilder(ctx.build, ctx.where, size, new Set(scanned));
  let results: readonly ValueId[];
  try {
    results = ctx.inline(attrs.body, [...states, ...scanned], build);
  } catch (error) {
    if (error instanceof DataDependentError) return undefined;
    throw error;
  }
  if (states.some((state, i) => results[i] !== state)) return undefined;
  const collected = results.slice(states.length).map((value, i) => {
    const all = build.spread(value);
    const axis = normaliseAxis(attrs.outputAxes[i] ?? 0, ctx.build.type(all).shape.length);
    return moveAxis(ctx, attrs.outputReversed[i] === true ? reversed(ctx, all) : all, 0, axis);
  });
  return [...states, ...collected];
}

function oneByOne(
  ctx: CompileContext,
  attrs: ScanAttrs,
  states: readonly ValueId[],
  scanned: readonly ValueId[],
  size: Dim,
): readonly ValueId[] {
  const { build } = ctx;
  const count = knownDim(ctx, size, "the number of slices");
  if (typeof count !== "number" || (!ctx.eager && count > unrolledRounds)) {
    throw new DataDependentError(
      ctx.where,
      `a state is carried over ${typeof count === "number" ? count : "all"} rows`,
    );
  }
  if (count > mostRounds) throw new LimitError(`${ctx.where}: ${count} slices are over the limit of ${mostRounds}`);
  const outputs = attrs.body.outputs.slice(states.length);
  const collected: ValueId[][] = outputs.map(() => []);
  let carried = states;
  for (let k = 0; k < count; k++) {
    const slices = scanned.map((value) => {
      const slice = build.op("slice", [value], { axis: 0, start: k, end: k + 1, step: 1 });
      return build.op("reshape", [slice], { shape: build.type(value).shape.slice(1) });
    });
    const results = ctx.inline(attrs.body, [...carried, ...slices]);
    carried = results.slice(0, states.length);
    for (const [i, value] of results.slice(states.length).entries()) collected[i]?.push(value);
  }
  const stacked = outputs.map((declared, i) => {
    const rounds = collected[i] ?? [];
    return stack(
      ctx,
      attrs.outputReversed[i] === true ? rounds.toReversed() : rounds,
      attrs.outputAxes[i] ?? 0,
      declared,
    );
  });
  return [...carried, ...stacked];
}

function moveAxis(ctx: CompileContext, value: ValueId, from: number, to: number): ValueId {
  if (from === to) return value;
  const rank = ctx.build.type(value).shape.length;
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== from);
  return ctx.build.op("transpose", [value], { perm: others.toSpliced(to, 0, from) });
}

/** From the last element of the first axis to the first. */
function reversed(ctx: CompileContext, value: ValueId): ValueId {
  const size = knownDim(ctx, ctx.build.type(value).shape[0], "the number of slices");
  const last: Dim = typeof size === "number" ? size - 1 : { N: size.N, plus: size.plus - 1 };
  return ctx.build.op("slice", [value], { axis: 0, start: last, end: -1, step: -1 });
}
