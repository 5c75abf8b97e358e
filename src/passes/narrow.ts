/**
 * Rewrites a Program for a device without some element types: float64, float16 and bfloat16 become float32; 64-bit and small
 * integers become int32, small ones with their wrap-around kept. Run before the strategies. The executable rounds and checks
 * the inputs.
 *
 * Exact, but for what the narrower type cannot hold: floats are rounded, and an int64 that a Program computes (its inputs and
 * constants are checked) must fit int32. Comparisons with a float64 constant stay exact for float32 rows, because the constant
 * is rounded in the direction of the comparison (see `narrow-forest.ts` for why).
 */

import { UnsupportedError } from "../errors.js";
import type { Builder } from "../ir/builder.js";
import { type DType, isFloat, isInteger } from "../ir/dtype.js";
import { roundDownToFloat32, roundUpToFloat32 } from "../ir/float.js";
import type { PrimitiveName } from "../ir/primitive.js";
import type { Instruction, InstructionOf, Program, ValueId } from "../ir/program.js";
import type { Target } from "../ir/target.js";
import { int32, isStringData, numbersOf, scalar, type Tensor } from "../ir/tensor.js";
import { typeOf } from "../ir/types.js";
import { narrowForest } from "./narrow-forest.js";
import { lacksDType, needsNarrowing } from "./needs-narrowing.js";
import { rewrite } from "./rewrite.js";

const advice = "run the model on the backend reference";

/** What an element type becomes where the device lacks it. Throws UnsupportedError where it has nothing to offer. */
function narrowDType(dtype: DType, target: Target): DType {
  if (dtype === "string" || target.dtypes.has(dtype)) return dtype;
  const narrow: DType | undefined = isFloat(dtype) ? "float32" : isInteger(dtype) ? "int32" : undefined;
  if (narrow === undefined || !target.dtypes.has(narrow)) {
    throw new UnsupportedError("", `${target.backend} on ${target.device} has no element type for ${dtype}`, advice);
  }
  return narrow;
}

/**
 * The Program with the element types of `target` (and strings, which `split-host.ts` takes care of). Throws UnsupportedError
 * naming the instruction's origin where a constant does not fit, or unsigned 32- and 64-bit arithmetic would have to.
 */
export function narrow(program: Program, target: Target): Program {
  const lacks = (dtype: DType | undefined): boolean => lacksDType(target, dtype);
  if (!needsNarrowing(program, target)) return program;

  const constants = new Map<ValueId, Tensor>();
  for (const { op, attrs, results } of program.instructions) {
    if (op === "constant") for (const result of results) constants.set(result, attrs.tensor);
  }
  // Constants carry no origin of their own; the instruction that reads one says where it comes from.
  const readers = new Map<ValueId, string>();
  for (const { args, op, origin } of program.instructions) {
    for (const arg of args) if (!readers.has(arg)) readers.set(arg, origin ?? op);
  }
  const site: Site = { program, target, constants, readers, lacks };
  return rewrite(
    program,
    (build, instruction, args) => narrowInstruction(build, instruction, args, site),
    (type) => typeOf(narrowDType(type.dtype, target), type.shape, type.dictionary),
  );
}

interface Site {
  readonly program: Program;
  readonly target: Target;
  readonly constants: ReadonlyMap<ValueId, Tensor>;
  /** By value: the origin of the first instruction that reads it. */
  readonly readers: ReadonlyMap<ValueId, string>;
  lacks(dtype: DType | undefined): boolean;
}

/** Where a wider type wraps differently from int32; everything else is the same in any width. */
const wrapping: ReadonlySet<PrimitiveName> = new Set([
  "neg",
  "abs",
  "add",
  "sub",
  "mul",
  "div",
  "pow",
  "mod",
  "reduceSum",
  "reduceProd",
  "cumSum",
  "matMul",
]);

/** For `constant < x` and its kin: the comparison as `x > constant` would write it. */
const mirrored = { less: "greater", lessEqual: "greaterEqual", greater: "less", greaterEqual: "lessEqual" } as const;

function narrowInstruction(
  build: Builder,
  instruction: Instruction,
  args: readonly ValueId[],
  site: Site,
): readonly ValueId[] | undefined {
  const { program, target, lacks } = site;
  const where = instruction.origin ?? instruction.op;
  const resultType = program.types[instruction.results[0] ?? -1];
  const [arg = -1] = args;
  switch (instruction.op) {
    case "constant": {
      const { tensor, dictionary } = instruction.attrs;
      const reader = site.readers.get(instruction.results[0] ?? -1) ?? where;
      return lacks(tensor.dtype) ? [build.constant(narrowTensor(tensor, target, reader), dictionary)] : undefined;
    }
    case "dims":
      return lacks("int64")
        ? [build.op("cast", [build.op("dims", [], instruction.attrs)], { to: "int32" })]
        : undefined;
    case "iota": {
      const dtype = narrowDType(instruction.attrs.dtype, target);
      if (dtype !== "int32" && dtype !== "float32") return undefined;
      return [build.op("iota", [], { ...instruction.attrs, dtype })];
    }
    case "cast":
      return narrowCast(build, instruction, arg, site);
    case "indexOf": {
      const { keys } = instruction.attrs;
      return lacks(keys.dtype) ? [narrowIndexOf(build, instruction, arg, site)] : undefined;
    }
    case "deferred": {
      const { reason } = instruction.attrs;
      const why = reason.startsWith(`${where}: `) ? reason.slice(where.length + 2) : reason;
      throw new UnsupportedError(where, `${target.backend} cannot run what depends on the data: ${why}`, advice);
    }
    case "forest":
      return lacks("float64")
        ? [build.op("forest", args, { forest: narrowForest(instruction.attrs.forest) })]
        : undefined;
    case "forestLeaves":
      return lacks("float64")
        ? [build.op("forestLeaves", args, { forest: narrowForest(instruction.attrs.forest) })]
        : undefined;
    case "hash": {
      // A hash is of the bytes of the element: those of a narrower type have another.
      const given = program.types[instruction.args[0] ?? -1]?.dtype;
      if (!lacks(given) && !lacks(resultType?.dtype)) return undefined;
      throw new UnsupportedError(where, `${target.backend} cannot hash ${given} to ${resultType?.dtype}`, advice);
    }
    case "splitTexts": {
      if (!lacks("int64")) return undefined;
      const [parts = -1, counts = -1] = build.emit("splitTexts", args, instruction.attrs);
      return [parts, build.op("cast", [counts], { to: "int32" })];
    }
    case "less":
    case "lessEqual":
    case "greater":
    case "greaterEqual":
      return narrowComparison(build, instruction, args, site);
  }
  if (instruction.op === "bitwise" && lacks(resultType?.dtype)) {
    throw new UnsupportedError(where, `${target.backend} has no bits of ${resultType?.dtype}`, advice);
  }
  if (resultType === undefined || !lacks(resultType.dtype) || !wrapping.has(instruction.op)) return undefined;
  if (resultType.dtype === "uint32" || resultType.dtype === "uint64") {
    throw new UnsupportedError(where, `${target.backend} has no arithmetic for ${resultType.dtype}`, advice);
  }
  return emitCopy(build, instruction, args).map((result) => wrap(build, result, resultType.dtype));
}

function emitCopy<P extends PrimitiveName>(build: Builder, { op, attrs }: InstructionOf<P>, args: readonly ValueId[]) {
  return build.emit<P>(op, args, attrs);
}

/** Bits of the small integer types. */
const smallBits: { readonly [D in DType]?: number } = { int8: 8, int16: 16, uint8: 8, uint16: 16 };

/** An int32 taken modulo the range of a small integer type, which is what that type's own arithmetic would have given. */
function wrap(build: Builder, value: ValueId, dtype: DType): ValueId {
  const bits = smallBits[dtype];
  if (bits === undefined) return value;
  const int = (v: number): ValueId => build.constant(scalar("int32", v));
  const modulo = (v: ValueId): ValueId => build.op("mod", [v, int(2 ** bits)], { fmod: false });
  if (dtype.startsWith("uint")) return modulo(value);
  const half = int(2 ** (bits - 1));
  return build.op("sub", [modulo(build.op("add", [modulo(value), half])), half]);
}

function narrowCast(
  build: Builder,
  { attrs, args: given, origin }: InstructionOf<"cast">,
  arg: ValueId,
  { program, target, lacks }: Site,
): readonly ValueId[] | undefined {
  const from = program.types[given[0] ?? -1]?.dtype;
  const { to } = attrs;
  if (!lacks(from) && !lacks(to)) return undefined;
  const where = origin ?? "cast";
  if (to === "string") throw new UnsupportedError(where, `${target.backend} cannot write ${from} as text`, advice);
  const narrowTo = narrowDType(to, target);
  const convert = (value: ValueId): ValueId =>
    build.type(value).dtype === narrowTo && build.type(value).dictionary === undefined
      ? value
      : build.op("cast", [value], { to: narrowTo });
  if (from === to || !isInteger(to) || from === "bool") return [convert(arg)];
  if (to === "uint32" || to === "uint64") {
    throw new UnsupportedError(where, `${target.backend} has no element type for ${to}`, advice);
  }
  const bits = smallBits[to];
  if (bits === undefined || from === "string") return [convert(arg)];
  if (from !== undefined && isFloat(from)) {
    // A float outside the range becomes the nearest end of it.
    const [low, high] = to.startsWith("uint") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
    const bound = (v: number): ValueId => build.constant(scalar("float32", v));
    return [convert(build.op("max", [build.op("min", [arg, bound(high)]), bound(low)]))];
  }
  return [wrap(build, convert(arg), to)];
}

/**
 * x < c ⇔ x < c↑, x ≤ c ⇔ x ≤ c↓, x > c ⇔ x > c↓, x ≥ c ⇔ x ≥ c↑ for every float32 x, where c↓ and c↑ are the float32
 * neighbours of c.
 */
function narrowComparison(
  build: Builder,
  { op, args: given }: InstructionOf<"less" | "lessEqual" | "greater" | "greaterEqual">,
  args: readonly ValueId[],
  { constants, lacks }: Site,
): readonly ValueId[] | undefined {
  if (!lacks("float64")) return undefined;
  const [left, right] = [constants.get(given[0] ?? -1), constants.get(given[1] ?? -1)];
  const constant = right ?? left;
  if (constant?.dtype !== "float64" || (left !== undefined && right !== undefined)) return undefined;
  const relation = right === undefined ? mirrored[op] : op;
  const round = relation === "lessEqual" || relation === "greater" ? roundDownToFloat32 : roundUpToFloat32;
  const rounded = build.constant({
    dtype: "float32",
    shape: constant.shape,
    data: Float32Array.from(numbersOf(constant.data), round),
  });
  return [build.op(op, right === undefined ? [rounded, args[1] ?? -1] : [args[0] ?? -1, rounded])];
}

function narrowTensor(tensor: Tensor, target: Target, where: string): Tensor {
  const { shape, data } = tensor;
  const dtype = narrowDType(tensor.dtype, target);
  if (isStringData(data)) return tensor;
  if (dtype === "float32") {
    const result = new Float32Array(data.length);
    for (let i = 0; i < result.length; i++) {
      const value = Number(data[i]);
      result[i] = value;
      if (!Number.isFinite(result[i]!) && Number.isFinite(value)) {
        throw new UnsupportedError(
          where,
          `the constant ${value} is beyond the range of float32, the widest type there is`,
          advice,
        );
      }
    }
    return { dtype, shape, data: result };
  }
  const result = new Int32Array(data.length);
  for (let i = 0; i < result.length; i++) {
    if (!fitsInt32(data[i]!)) {
      throw new UnsupportedError(
        where,
        `the constant ${data[i]} does not fit int32, the widest integer type there is`,
        advice,
      );
    }
    result[i] = Number(data[i]);
  }
  return { dtype: "int32", shape, data: result };
}

const fitsInt32 = (value: number | bigint): boolean => value >= -2147483648 && value <= 2147483647;

/**
 * Integer keys that do not fit are never met, and are left out; the places of the others are looked up afterwards. Floats that
 * round to one float32 could no longer be told apart.
 */
function narrowIndexOf(
  build: Builder,
  { attrs, origin }: InstructionOf<"indexOf">,
  arg: ValueId,
  { target }: Site,
): ValueId {
  const { keys, dictionary } = attrs;
  const where = origin ?? "indexOf";
  const labelled = dictionary === undefined ? {} : { dictionary };
  const { data } = keys;
  if (isStringData(data)) return build.op("indexOf", [arg], attrs);
  const places: number[] = [];
  for (let i = 0; i < data.length; i++) if (isFloat(keys.dtype) || fitsInt32(data[i]!)) places.push(i);
  if (places.length < data.length) {
    const fitting = {
      dtype: "int32",
      shape: [places.length],
      data: Int32Array.from(places, (i) => Number(data[i])),
    } as const;
    const found = build.op("indexOf", [arg], { keys: fitting });
    const table = build.constant(int32([-1, ...places]), dictionary);
    return build.op("gather", [table, build.op("add", [found, build.constant(scalar("int32", 1))])], { axis: 0 });
  }
  const narrowed = narrowTensor(keys, target, where);
  if (isFloat(keys.dtype)) checkDistinct(numbersOf(data), numbersOf(narrowed.data), where);
  return build.op("indexOf", [arg], { keys: narrowed, ...labelled });
}

function checkDistinct(wide: ArrayLike<number>, slim: ArrayLike<number>, where: string): void {
  const seen = new Map<number, number>();
  for (let i = 0; i < wide.length; i++) {
    const other = seen.get(slim[i]!);
    if (other !== undefined && other !== wide[i] && !Number.isNaN(other)) {
      throw new UnsupportedError(where, `the keys ${other} and ${wide[i]} are one number in float32`, advice);
    }
    seen.set(slim[i]!, wide[i]!);
  }
}
