/**
 * The distinct elements of a tensor, or its distinct slices along an axis. Semantics: ai.onnx Unique (11, 28), which follows
 * numpy.unique: NaN equals NaN and comes last, -0 equals 0, texts are ordered by code points. How many there are depends on the data.
 */

import { DataDependentError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { int64, sizeOf, type Tensor } from "../src/ir/tensor.js";
import { normaliseAxis } from "./shared/axes.js";
import { decodeNumbers, decodeStrings } from "./shared/labels.js";
import { checkOperands, flag, operand } from "./shared/operands.js";

export interface UniqueAttrs {
  /** Undefined: of the flattened tensor. */
  readonly axis: number | undefined;
  /** Ascending; otherwise in the order of their first occurrence. */
  readonly sorted: boolean;
}

/** A tensor → its distinct slices, int64 vectors: where each first stands, which one each slice is, how often each occurs. */
export const unique: OperatorCompiler<UniqueAttrs> = {
  op: "Unique",
  onDemand: true,
  summary: "distinct elements or slices, and their counts",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Unique: [
        {
          since: 11,
          read(node) {
            checkOperands(node, [1, 1], 4);
            return {
              axis: node.attrs.has("axis") ? node.attrs.int("axis") : undefined,
              sorted: flag(node, "sorted", true),
            };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const given = operand(ctx, inputs, 0);
    const texts = build.type(given).dictionary?.dtype === "string";
    const x = texts ? decodeStrings(ctx, given) : decodeNumbers(ctx, given);
    const known = build.constantOf(x);
    if (known === undefined) throw new DataDependentError(ctx.where, "the input of Unique is computed from the data");
    const axis = attrs.axis === undefined ? undefined : normaliseAxis(attrs.axis, known.shape.length);
    const { first, inverse, counts } = distinct(known, axis, attrs.sorted);
    const lines = axis === undefined ? build.op("reshape", [x], { shape: [known.data.length] }) : x;
    return [
      build.op("gather", [lines, build.constant(int64(first))], { axis: axis ?? 0 }),
      ...[first, inverse, counts].map((list) => build.constant(int64(list))),
    ];
  },
};

interface Distinct {
  readonly first: readonly number[];
  readonly inverse: readonly number[];
  readonly counts: readonly number[];
}

function distinct({ shape, data }: Tensor, axis: number | undefined, sorted: boolean): Distinct {
  const length = axis === undefined ? data.length : (shape[axis] ?? 0);
  const inner = axis === undefined ? 1 : sizeOf(shape.slice(axis + 1));
  const outer = axis === undefined ? 1 : sizeOf(shape.slice(0, axis));
  /** Slices by their elements, the first that differs. */
  const compare = (a: number, b: number): number => {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const order = compareElements(data[(o * length + a) * inner + i], data[(o * length + b) * inner + i]);
        if (order !== 0) return order;
      }
    }
    return 0;
  };
  // Sorting is stable: the first of equal slices comes first.
  const order = Array.from({ length }, (_, i) => i).sort(compare);
  const groups: number[][] = [];
  for (const at of order) {
    const group = groups.at(-1);
    if (group !== undefined && compare(group[0]!, at) === 0) group.push(at);
    else groups.push([at]);
  }
  if (!sorted) groups.sort((a, b) => a[0]! - b[0]!);
  const inverse = new Array<number>(length).fill(0);
  for (const [k, group] of groups.entries()) for (const at of group) inverse[at] = k;
  return { first: groups.map((group) => group[0]!), inverse, counts: groups.map((group) => group.length) };
}

function compareElements(a: number | bigint | string | undefined, b: number | bigint | string | undefined): number {
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  if (a === b) return 0;
  if (a !== undefined && b !== undefined) {
    if (a < b) return -1;
    if (a > b) return 1;
  }
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** By code points, which is the order of UTF-8's bytes; UTF-16's differs beyond 2^16. */
function compareTexts(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return x.length - y.length;
}
