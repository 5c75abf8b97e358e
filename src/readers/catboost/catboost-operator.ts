/**
 * The one node of a CatBoost Model: X [N, columns] float32 (or, where a column holds texts, every column as a vector) → `predict` and, for classifiers, `probabilities`, by primitives after the
 * forest. Marks the raw scores (CatBoost's RawFormulaVal: scale · sum + bias, -Infinity for a class that was never seen in training)
 * and the leaf indices.
 */

import { InternalError } from "../../errors.js";
import type { Forest } from "../../ir/forest.js";
import type { BoundOperator, CompileContext } from "../../ir/operator.js";
import type { ValueId } from "../../ir/program.js";
import { float64, int32, scalar, strings } from "../../ir/tensor.js";
import type { ClassLabels } from "./class-labels.js";
import type { Link } from "./objectives.js";

export interface CatboostAttrs {
  /** Made when it is first asked for. */
  readonly forest: () => Forest;
  /** Where some column holds texts: how many columns the node takes, and the texts that matter of each such column. */
  readonly table: { readonly columns: number; readonly texts: ReadonlyMap<number, readonly string[]> } | undefined;
  readonly scale: number;
  /** One per output of the forest. */
  readonly bias: readonly number[];
  readonly link: Link;
  /** For the links of classifiers but "multi-label". */
  readonly classes: ClassLabels | undefined;
  /** Raw score above which a binary model says the second class. */
  readonly scoreThreshold: number;
}

export function catboostOperator(attrs: CatboostAttrs): BoundOperator {
  return { op: "CatBoost", labels: "decode", compile: (ctx, inputs) => compile(ctx, attrs, inputs) };
}

function compile(
  ctx: CompileContext,
  attrs: CatboostAttrs,
  inputs: readonly (ValueId | undefined)[],
): readonly ValueId[] {
  const { build } = ctx;
  const x = attrs.table === undefined ? given(ctx, inputs, 0) : joined(ctx, attrs.table, inputs);
  const { link, classes } = attrs;
  const forest = attrs.forest();
  const raw = rawScores(ctx, attrs, forest, x);
  ctx.mark("rawScore", raw);
  ctx.mark("leafIndices", build.op("forestLeaves", [x], { forest }));
  const number = (value: number): ValueId => build.constant(scalar("float64", value));
  const column = (k: number): ValueId => build.op("gatherColumns", [raw], { columns: Int32Array.of(k) });
  const vector = (value: ValueId): ValueId =>
    build.op("reshape", [value], { shape: [build.type(value).shape[0] ?? "?"] });
  const label = (index: ValueId): ValueId => {
    const labels = classes?.labels;
    if (labels === undefined) return index;
    const all = build.constant(int32(labels.values.map((_, i) => i)), labels);
    return build.op("gather", [all, index], { axis: 0 });
  };
  const best = (): ValueId => label(build.op("argMax", [raw], { axis: 1, last: false }));

  switch (link) {
    case "identity":
      return [forest.nOutputs === 1 ? vector(raw) : raw];
    case "exponent":
      return [build.op("exp", [vector(raw)])];
    case "uncertainty": {
      const variance = build.op("exp", [build.op("mul", [column(1), number(2)])]);
      return [build.op("concat", [column(0), variance], { axis: 1 })];
    }
    case "binary": {
      const [above, p] = [build.op("greater", [vector(raw), number(attrs.scoreThreshold)]), build.op("sigmoid", [raw])];
      const q = build.op("sigmoid", [build.op("neg", [raw])]);
      const index = build.op("cast", [above], { to: "int32" });
      return [label(index), build.op("concat", [q, p], { axis: 1 })];
    }
    case "softmax":
      return [best(), build.op("softmax", [raw], { axis: 1 })];
    case "one-vs-all":
      return [best(), build.op("sigmoid", [raw])];
    case "multi-label": {
      const above = build.op("greater", [raw, number(0)]);
      return [build.op("cast", [above], { to: "int32" }), build.op("sigmoid", [raw])];
    }
  }
}

/** float64 [N, outputs], or [N, classes] where classes lack a score. */
function rawScores(ctx: CompileContext, attrs: CatboostAttrs, forest: Forest, x: ValueId): ValueId {
  const { build } = ctx;
  const { scale, bias, classes } = attrs;
  let raw = build.op("forest", [x], { forest });
  if (scale !== 1) raw = build.op("mul", [raw, build.constant(scalar("float64", scale))]);
  if (bias.some((b) => b !== 0)) raw = build.op("add", [raw, build.constant(float64(bias))]);
  const count = classes?.labels.values.length ?? 0;
  if (attrs.link === "binary" || classes === undefined || count <= forest.nOutputs) return raw;
  // One more column, -Infinity, is copied to every class without a score.
  const none = build.op("broadcastTo", [build.constant(scalar("float64", Number.NEGATIVE_INFINITY))], {
    shape: [build.type(raw).shape[0] ?? "?", 1],
  });
  const columns = new Int32Array(count).fill(forest.nOutputs);
  for (const [k, to] of classes.classOfScore.entries()) columns[to] = k;
  return build.op("gatherColumns", [build.op("concat", [raw, none], { axis: 1 })], { columns });
}

function given(ctx: CompileContext, inputs: readonly (ValueId | undefined)[], index: number): ValueId {
  const input = inputs[index];
  if (input === undefined) throw new InternalError(`${ctx.where} has no input ${index}`);
  return input;
}

/** Columns [N] of numbers and texts → float32 [N, columns], each text as its place in the column's list. */
function joined(
  ctx: CompileContext,
  table: NonNullable<CatboostAttrs["table"]>,
  inputs: readonly (ValueId | undefined)[],
): ValueId {
  const { build } = ctx;
  const parts = Array.from({ length: table.columns }, (_, c) => {
    let column = given(ctx, inputs, c);
    const texts = table.texts.get(c);
    if (texts !== undefined) {
      column = build.op("cast", [build.op("indexOf", [column], { keys: strings(texts) })], { to: "float32" });
    }
    return build.op("reshape", [column], { shape: [build.type(column).shape[0] ?? "?", 1] });
  });
  return build.op("concat", parts, { axis: 1 });
}
