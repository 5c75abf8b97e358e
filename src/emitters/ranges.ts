/**
 * What is known about the values of a Program without running it: closed intervals that also exclude NaN. Formulations use
 * them to leave out guards: a conversion to int32 that cannot overflow, an index that cannot leave its table, a maximum that
 * cannot meet NaN.
 */

import type { Instruction, Program, ValueId } from "../ir/program.js";
import { isBigIntData, isStringData, type Tensor } from "../ir/tensor.js";
import type { TensorType } from "../ir/types.js";

/** Every element lies in [low, high], and none is NaN. */
export type Range = readonly [low: number, high: number];

/** By value; undefined where nothing is known. */
export function valueRanges(program: Program): readonly (Range | undefined)[] {
  const ranges: (Range | undefined)[] = program.types.map((t) => (t.dtype === "bool" ? [0, 1] : undefined));
  const at = (id: ValueId | undefined): Range | undefined => (id === undefined ? undefined : ranges[id]);
  const producers = new Map<ValueId, Instruction>();
  for (const instruction of program.instructions) {
    const blended = blend(instruction, producers);
    const found =
      blended === undefined
        ? rangeOf(
            instruction,
            instruction.args.map(at),
            instruction.args.map((a) => program.types[a]),
          )
        : widened(joined(blended.map(at)), program.types[instruction.results[0] ?? 0], 2);
    for (const result of instruction.results) producers.set(result, instruction);
    const [first, ...others] = instruction.results;
    if (first !== undefined && found !== undefined) ranges[first] = found;
    if (instruction.op === "topK") {
      const length = program.types[instruction.args[0] ?? 0]?.shape[instruction.attrs.axis];
      for (const other of others) ranges[other] = typeof length === "number" ? [0, length - 1] : undefined;
    }
  }
  return ranges;
}

function rangeOf(
  instruction: Instruction,
  args: readonly (Range | undefined)[],
  types: readonly (TensorType | undefined)[],
): Range | undefined {
  const [a, b, c] = args;
  switch (instruction.op) {
    case "constant":
      return tensorRange(instruction.attrs.tensor);
    case "iota": {
      const length = instruction.attrs.shape[instruction.attrs.axis];
      return typeof length === "number" ? [0, Math.max(0, length - 1)] : undefined;
    }
    case "indexOf":
      return [-1, instruction.attrs.keys.data.length - 1];
    case "argMax":
    case "argMin": {
      const length = types[0]?.shape[instruction.attrs.axis];
      return typeof length === "number" ? [0, length - 1] : undefined;
    }
    case "reshape":
    case "transpose":
    case "broadcastTo":
    case "slice":
    case "gather":
    case "gatherColumns":
    case "gatherByRow":
    case "gatherByColumn":
    case "reduceMax":
    case "reduceMin":
      return a;
    case "concat":
      return joined(args);
    case "select":
      return joined([b, c]);
    case "cast":
      return a === undefined ? undefined : castRange(a, instruction.attrs.to);
    case "neg":
      return a === undefined ? undefined : checked([-a[1], -a[0]], types[0]);
    case "abs":
      return a === undefined ? undefined : checked([0, Math.max(Math.abs(a[0]), Math.abs(a[1]))], types[0]);
    case "floor":
    case "ceil":
    case "round":
      return a === undefined ? undefined : [Math.floor(a[0]), Math.ceil(a[1])];
    case "add":
      return a && b ? checked([a[0] + b[0], a[1] + b[1]], types[0]) : undefined;
    case "sub":
      return a && b ? checked([a[0] - b[1], a[1] - b[0]], types[0]) : undefined;
    case "mul": {
      if (a === undefined || b === undefined) return undefined;
      const ends = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]];
      return checked([Math.min(...ends), Math.max(...ends)], types[0]);
    }
    case "min":
      return a && b ? [Math.min(a[0], b[0]), Math.min(a[1], b[1])] : undefined;
    case "max":
      return a && b ? [Math.max(a[0], b[0]), Math.max(a[1], b[1])] : undefined;
    case "reduceSum":
      return sumRange(
        a,
        instruction.attrs.axes.map((axis) => types[0]?.shape[axis]),
        types[0],
      );
    case "matMul": {
      if (a === undefined || b === undefined) return undefined;
      const ends = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]];
      const terms = types[0]?.shape[types[0].shape.length - 1];
      return sumRange([Math.min(...ends), Math.max(...ends)], [terms], types[0]);
    }
    default:
      return undefined;
  }
}

const joined = (ranges: readonly (Range | undefined)[]): Range | undefined =>
  ranges.reduce((x, y) => (x && y ? [Math.min(x[0], y[0]), Math.max(x[1], y[1])] : undefined));

/**
 * a and b where the instruction is b + c·(a - b) with a condition c cast to a number: a select in arithmetic, which is neither
 * below both nor above.
 */
function blend(
  instruction: Instruction,
  producers: ReadonlyMap<ValueId, Instruction>,
): readonly [ValueId, ValueId] | undefined {
  if (instruction.op !== "add") return undefined;
  const from = (value: ValueId | undefined): Instruction | undefined =>
    value === undefined ? undefined : producers.get(value);
  const [base, product] = instruction.args;
  const times = from(product);
  if (times?.op !== "mul") return undefined;
  const [weight, span] = times.args;
  const condition = from(weight);
  const difference = from(span);
  if (condition?.op !== "cast" || difference?.op !== "sub") return undefined;
  const [a, b] = difference.args;
  const origin = from(condition.args[0]);
  const isBool = origin !== undefined && boolean.has(origin.op);
  return isBool && base !== undefined && b === base && a !== undefined ? [a, base] : undefined;
}

/** Primitives whose results are bool whatever their arguments are. */
const boolean: ReadonlySet<string> = new Set([
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
  "equal",
  "notEqual",
  "and",
  "or",
  "xor",
  "not",
  "isNaN",
  "isInf",
]);

/**
 * Infinite or overflowing bounds are forgotten: Inf - Inf is NaN, and integers wrap. Bounds of floats are rounded as the
 * elements are, which keeps their order.
 */
function checked(range: Range, type: TensorType | undefined): Range | undefined {
  const whole = type?.dtype === "int32";
  const limit = whole ? 2 ** 31 - 1 : 2 ** 100;
  if (!(Math.abs(range[0]) <= limit && Math.abs(range[1]) <= limit)) return undefined;
  return whole ? range : [Math.fround(range[0]), Math.fround(range[1])];
}

/** Bounds of a float that several roundings led to. Rounding moves nothing across zero: a sum of what is not negative is not. */
function widened(range: Range | undefined, type: TensorType | undefined, roundings: number): Range | undefined {
  if (range === undefined || type?.dtype === "int32") return range;
  const slack = roundings * 2 ** -23 * Math.max(Math.abs(range[0]), Math.abs(range[1]));
  const [low, high] = [range[0] - slack, range[1] + slack];
  return [range[0] >= 0 ? Math.max(0, low) : low, range[1] <= 0 ? Math.min(0, high) : high];
}

function castRange(range: Range, to: string): Range | undefined {
  if (to === "bool") return [0, 1];
  const fits = Math.abs(range[0]) < 2 ** 31 && Math.abs(range[1]) < 2 ** 31;
  if (to !== "int32") return fits ? [Math.fround(range[0]), Math.fround(range[1])] : undefined;
  return fits ? [Math.trunc(range[0]), Math.trunc(range[1])] : undefined;
}

function sumRange(
  range: Range | undefined,
  lengths: readonly unknown[],
  type: TensorType | undefined,
): Range | undefined {
  let count = 1;
  for (const length of lengths) {
    if (typeof length !== "number") return undefined;
    count *= length;
  }
  if (range === undefined) return undefined;
  const sum: Range = [Math.min(range[0] * count, range[0]), Math.max(range[1] * count, range[1])];
  return widened(checked(sum, type), type, count);
}

function tensorRange(tensor: Tensor): Range | undefined {
  const { data } = tensor;
  if (isStringData(data) || isBigIntData(data) || data.length === 0) return undefined;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (Number.isNaN(value)) return undefined;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
