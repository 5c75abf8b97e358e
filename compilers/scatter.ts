/**
 * Writes elements at computed places. Semantics: ai.onnx ScatterElements (11, 13; 16 and 18 with reductions), Scatter (9, its older
 * name) and ScatterND (11, 13; 16 and 18 with reductions). Of equal places the last update counts, or all of them meet in the reduction.
 */

import { ModelParseError, ShapeError } from "../src/errors.js";
import { formatDims, sameDims } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { PrimitiveAttrs } from "../src/ir/primitive.js";
import type { NodeView } from "../src/ir/sources.js";
import { normaliseAxis } from "./shared/axes.js";
import { decodeNumbers, unifyLabels } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";
import { alongAxis, byTuples } from "./shared/positions.js";

type Reduction = PrimitiveAttrs["scatterByRow"]["reduction"];

const reductions: readonly Reduction[] = ["none", "add", "mul", "max", "min"];

/** `axis` undefined: by index tuples. */
export interface ScatterAttrs {
  readonly axis: number | undefined;
  readonly reduction: Reduction;
}

function read(node: NodeView, elements: boolean, reduces: boolean): ScatterAttrs {
  checkOperands(node, [3, 3]);
  const text = reduces ? node.attrs.string("reduction", "none") : "none";
  const reduction = reductions.find((name) => name === text);
  if (reduction === undefined) {
    throw new ModelParseError(node.format, node.where, `reduction "${text}" is none of ${reductions.join(", ")}`);
  }
  return { axis: elements ? node.attrs.int("axis", 0) : undefined, reduction };
}

const readers = (elements: boolean) => [
  { since: elements ? 9 : 11, read: (node: NodeView) => read(node, elements, false) },
  { since: 16, read: (node: NodeView) => read(node, elements, true) },
];

/** (data, indices, updates of the type of the data) → the data with the updates. */
export const scatter: OperatorCompiler<ScatterAttrs> = {
  op: "Scatter",
  onDemand: true,
  summary: "writes elements at computed places",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Scatter: [{ since: 9, read: (node) => read(node, true, false) }],
      ScatterElements: readers(true),
      ScatterND: readers(false),
    },
  },
  compile(ctx, { axis, reduction }, inputs) {
    const { build } = ctx;
    const indices = decodeNumbers(ctx, operand(ctx, inputs, 1));
    const [data = -1, updates = -1] = unifyLabels(ctx, [operand(ctx, inputs, 0), operand(ctx, inputs, 2)]);
    const { shape } = build.type(data);
    const own = build.type(updates).shape;
    const indexed =
      axis === undefined
        ? byTuples(ctx, shape, indices, 0)
        : { ...alongAxis(ctx, shape, indices, normaliseAxis(axis, shape.length)), result: build.type(indices).shape };
    if (!sameDims(indexed.result, own) && ![...indexed.result, ...own].includes("?")) {
      throw new ShapeError(`updates of shape ${formatDims(own)}, expected ${formatDims(indexed.result)}`);
    }
    const { positions, rows, width } = indexed;
    const flat = build.op("reshape", [data], { shape: [rows, width] });
    const values = build.op("reshape", [updates], { shape: build.type(positions).shape });
    return [build.op("reshape", [build.op("scatterByRow", [flat, positions, values], { reduction })], { shape })];
  },
};
