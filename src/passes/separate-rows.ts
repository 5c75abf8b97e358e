/**
 * A pass that keeps rows apart where a model flattens them: an axis of a·N elements that came from [N, a] (or [a, N]) stays those
 * two axes until it is divided again. The elements are the same, but each row's stand on an axis of their own, so that a Program
 * which only flattens and unflattens is row-wise.
 */

import { type Builder, createBuilder } from "../ir/builder.js";
import { type Dim, dependsOnN, N, productOf, sameDim } from "../ir/dims.js";
import { isElementwise } from "../ir/elementwise.js";
import type { PrimitiveAttrs, PrimitiveName } from "../ir/primitive.js";
import type { Instruction, InstructionOf, Program, ValueId } from "../ir/program.js";
import { rowAxis } from "../ir/types.js";

/** `value` has the axes [N, each] (or [each, N], where not rowsFirst) in place of the axis `axis` of each·N of the Program's value. */
interface Split {
  readonly value: ValueId;
  readonly axis: number;
  readonly rowsFirst: boolean;
  readonly each: number;
  /** Of the instruction that flattened the rows: where they mix, that one is to blame. */
  readonly origin?: string | undefined;
}

/**
 * What is the same all along the axis `axis` of each·N: a value of length 1 there. It goes with rows in any arrangement.
 */
interface Uniform {
  readonly value: ValueId;
  readonly axis: number;
}

const multipleOfN = (d: Dim): boolean => typeof d === "object" && d.N > 1 && d.plus === 0;

export function separateRows(program: Program): Program {
  if (!program.types.some(({ shape }) => shape.some(multipleOfN))) return program;
  const build = createBuilder();
  const site: Site = { program, build, plain: new Map(), splits: new Map(), uniforms: new Map() };
  for (const { name, value } of program.inputs) site.plain.set(value, build.input(name, program.types[value]!));
  for (const instruction of program.instructions) {
    site.origin = instruction.origin;
    build.setOrigin(instruction.origin);
    const [first] = instruction.results;
    const uniform = repeated(site, instruction);
    if (uniform !== undefined && first !== undefined) {
      site.uniforms.set(first, uniform);
      continue;
    }
    const split = separated(site, instruction);
    if (split !== undefined) {
      for (const [i, result] of instruction.results.entries()) {
        const { origin } = instruction;
        site.splits.set(result, { origin, ...split[i]! });
      }
      continue;
    }
    if (first === undefined) continue;
    const results = copied(site, instruction);
    for (const [i, result] of instruction.results.entries()) site.plain.set(result, results[i]!);
  }
  site.origin = undefined;
  build.setOrigin(undefined);
  return build.finish(program.outputs.map((o) => ({ ...o, value: plainOf(site, o.value) })));
}

interface Site {
  readonly program: Program;
  readonly build: Builder;
  readonly plain: Map<ValueId, ValueId>;
  readonly splits: Map<ValueId, Split>;
  readonly uniforms: Map<ValueId, Uniform>;
  /** Of the instruction at hand. */
  origin?: string | undefined;
}

/** The value as the Program has it, flattened again where it was kept apart. */
function plainOf(site: Site, value: ValueId): ValueId {
  const { program, build, plain, splits } = site;
  const known = plain.get(value);
  if (known !== undefined) return known;
  const uniform = site.uniforms.get(value);
  if (uniform !== undefined) {
    const whole = build.op("broadcastTo", [uniform.value], { shape: program.types[value]!.shape });
    plain.set(value, whole);
    return whole;
  }
  const split = splits.get(value)!;
  build.setOrigin(split.origin);
  const flat = build.op("reshape", [split.value], { shape: program.types[value]!.shape });
  build.setOrigin(site.origin);
  plain.set(value, flat);
  return flat;
}

function copied<P extends PrimitiveName>(site: Site, instruction: InstructionOf<P>): readonly ValueId[] {
  const { op, attrs, args } = instruction;
  if (op === "constant") {
    const { tensor, dictionary } = attrs as PrimitiveAttrs["constant"];
    return [site.build.constant(tensor, dictionary)];
  }
  // A reshape reads the separated form, which may already be what it makes.
  if (op === "reshape") return [divided(site, instruction as unknown as InstructionOf<"reshape">)];
  return site.build.emit(
    op,
    args.map((arg) => plainOf(site, arg)),
    attrs,
  );
}

function divided(site: Site, { args: [x = -1], attrs, results }: InstructionOf<"reshape">): ValueId {
  const split = site.splits.get(x);
  const shape = site.program.types[results[0]!]!.shape;
  if (split !== undefined) {
    const before = elementsBeforeRows(site.build.type(split.value).shape);
    if (before !== undefined && sameDim(before, elementsBeforeRows(shape) ?? "?")) {
      return site.build.op("reshape", [split.value], { shape });
    }
  }
  return site.build.op("reshape", [plainOf(site, x)], attrs);
}

/** The product of the dimensions before N; undefined where no axis, or more than one, is N. */
function elementsBeforeRows(shape: readonly Dim[]): Dim | undefined {
  const axis = shape.findIndex((d) => sameDim(d, N));
  if (axis === -1 || shape.filter(dependsOnN).length !== 1) return undefined;
  const before = productOf(shape.slice(0, axis));
  return typeof before === "number" ? before : undefined;
}

/** The result where it is the same all along an axis of each·N: repeated along it, or made of such values and what has length 1 there. */
function repeated(site: Site, instruction: Instruction): Uniform | undefined {
  const { program, build, uniforms } = site;
  const [result = -1] = instruction.results;
  const shape = program.types[result]?.shape ?? [];
  const axis = shape.findIndex(multipleOfN);
  if (axis === -1 || shape.filter(dependsOnN).length !== 1) return undefined;
  const [x = -1] = instruction.args;
  if (instruction.op === "broadcastTo") {
    const from = program.types[x]!.shape;
    if (from.some(dependsOnN) || (from[axis - shape.length + from.length] ?? 1) !== 1) return undefined;
    return { value: build.op("broadcastTo", [plainOf(site, x)], { shape: shape.with(axis, 1) }), axis };
  }
  if (instruction.op === "reshape") {
    const given = uniforms.get(x);
    const same = program.types[x]!.shape.every((d, i) => sameDim(d, shape[i] ?? -1));
    return same && program.types[x]!.shape.length === shape.length ? given : undefined;
  }
  if (!isElementwise(instruction.op) || !instruction.args.some((arg) => uniforms.has(arg))) return undefined;
  const operands: ValueId[] = [];
  for (const arg of instruction.args) {
    const from = program.types[arg]!.shape;
    const given = uniforms.get(arg);
    if (given !== undefined) {
      if (given.axis - from.length !== axis - shape.length) return undefined;
      operands.push(given.value);
    } else if (from.some(dependsOnN)) return undefined;
    else operands.push(plainOf(site, arg));
  }
  const attrs = instruction.attrs as PrimitiveAttrs[typeof instruction.op];
  return { value: build.emit(instruction.op, operands, attrs)[0]!, axis };
}

/** The results kept apart; undefined where the instruction has none to keep apart, or cannot. */
function separated(site: Site, instruction: Instruction): readonly Split[] | undefined {
  const { build, splits, program } = site;
  const { op, args } = instruction;
  if (op === "reshape") return flattened(site, instruction);
  if (op === "concat") return joined(site, instruction);
  const found = args.map((arg) => splits.get(arg));
  const given = found.find((s) => s !== undefined);
  if (given === undefined) return undefined;
  if (isElementwise(op)) return elementwise(site, instruction, given);
  const [x, second] = found;
  const { axis } = given;
  /** An axis of the Program's value among those of the separated one. */
  const moved = (other: number): number => (other > axis ? other + 1 : other);
  switch (op) {
    case "gather": {
      const at = instruction.attrs.axis;
      if (x === undefined && second !== undefined) {
        if (program.types[args[0]!]!.shape.some(dependsOnN)) return undefined;
        const value = build.op("gather", [plainOf(site, args[0]!), second.value], instruction.attrs);
        return [{ ...second, value, axis: at + second.axis }];
      }
      if (x === undefined || second !== undefined || at === axis) return undefined;
      const indices = program.types[args[1]!]!;
      if (indices.shape.some(dependsOnN)) return undefined;
      const value = build.op("gather", [x.value, plainOf(site, args[1]!)], { axis: moved(at) });
      return [{ ...x, value, axis: at > axis ? axis : axis + indices.shape.length - 1 }];
    }
    case "transpose": {
      const { perm } = instruction.attrs;
      const expanded = perm.flatMap((from) => (from === axis ? [from, from + 1] : [moved(from)]));
      return [{ ...given, value: build.op("transpose", [given.value], { perm: expanded }), axis: perm.indexOf(axis) }];
    }
    case "reduceSum":
    case "reduceProd":
    case "reduceMax":
    case "reduceMin": {
      const { axes } = instruction.attrs;
      if (axes.includes(axis)) return undefined;
      const value = build.op(op, [given.value], { axes: axes.map(moved) });
      return [{ ...given, value, axis: axis - axes.filter((other) => other < axis).length }];
    }
    case "argMax":
    case "argMin": {
      const { attrs } = instruction;
      if (attrs.axis === axis) return undefined;
      const value = build.op(op, [given.value], { ...attrs, axis: moved(attrs.axis) });
      return [{ ...given, value, axis: attrs.axis < axis ? axis - 1 : axis }];
    }
    case "slice":
    case "cumSum":
    case "topK":
    case "softmax":
    case "logSoftmax": {
      if (instruction.attrs.axis === axis) return undefined;
      const attrs = { ...instruction.attrs, axis: moved(instruction.attrs.axis) };
      return build.emit(op, [given.value], attrs as PrimitiveAttrs[typeof op]).map((value) => ({ ...given, value }));
    }
    case "matMul": {
      const rank = program.types[args[0]!]!.shape.length;
      if (x === undefined || second !== undefined || rank !== 2 || axis !== 0) return undefined;
      if (program.types[args[1]!]!.shape.length !== 2) return undefined;
      return [{ ...x, value: build.op("matMul", [x.value, plainOf(site, args[1]!)]) }];
    }
  }
  return undefined;
}

/** A reshape to an axis of each·N whose elements stand row by row. */
function flattened(site: Site, { args: [x = -1], results }: InstructionOf<"reshape">): readonly Split[] | undefined {
  const { program, build, splits } = site;
  const shape = program.types[results[0]!]!.shape;
  const axis = shape.findIndex(multipleOfN);
  const each = shape[axis];
  if (typeof each !== "object" || shape.filter(dependsOnN).length !== 1) return undefined;
  const source = splits.get(x)?.value ?? plainOf(site, x);
  const have = elementsBeforeRows(build.type(source).shape);
  const before = productOf(shape.slice(0, axis));
  if (typeof have !== "number" || typeof before !== "number" || build.type(source).shape.includes("?"))
    return undefined;
  const rowsFirst = have === before;
  if (!rowsFirst && have !== before * each.N) return undefined;
  const apart: readonly Dim[] = rowsFirst ? [N, each.N] : [each.N, N];
  const value = build.op("reshape", [source], { shape: shape.toSpliced(axis, 1, ...apart) });
  return [{ value, axis, rowsFirst, each: each.N }];
}

/** Several tensors of N rows, one after the other: side by side on an axis before the rows'. Or separated ones along another axis. */
function joined(site: Site, { args, attrs }: InstructionOf<"concat">): readonly Split[] | undefined {
  const { program, build, splits } = site;
  const { axis } = attrs;
  const found = args.map((arg) => splits.get(arg));
  const [first] = found;
  if (first !== undefined) {
    if (first.axis === axis || found.some((s) => s === undefined || !alike(s, first))) return undefined;
    const values = found.flatMap((s) => (s === undefined ? [] : [s.value]));
    return [{ ...first, value: build.op("concat", values, { axis: axis > first.axis ? axis + 1 : axis }) }];
  }
  if (args.length < 2 || args.some((arg) => splits.has(arg) || rowAxis(program.types[arg]!) !== axis)) return undefined;
  const lines = args.map((arg) =>
    build.op("reshape", [plainOf(site, arg)], { shape: program.types[arg]!.shape.toSpliced(axis, 0, 1) }),
  );
  return [{ value: build.op("concat", lines, { axis }), axis, rowsFirst: false, each: args.length }];
}

const alike = (a: Split, b: Split): boolean => a.axis === b.axis && a.rowsFirst === b.rowsFirst && a.each === b.each;

function elementwise(site: Site, instruction: Instruction, given: Split): readonly Split[] | undefined {
  const { program, build, splits } = site;
  const rankOf = (value: ValueId): number => program.types[value]!.shape.length;
  /** The place of the axis from the end, which is what broadcasting aligns. */
  const fromEnd = (value: ValueId, axis: number): number => rankOf(value) - axis;
  const lead = instruction.args.find((arg) => splits.get(arg) === given)!;
  const place = fromEnd(lead, given.axis);
  const operands: ValueId[] = [];
  for (const arg of instruction.args) {
    const split = splits.get(arg);
    if (split !== undefined) {
      if (fromEnd(arg, split.axis) !== place || !alike({ ...split, axis: given.axis }, given)) return undefined;
      operands.push(split.value);
      continue;
    }
    const uniform = site.uniforms.get(arg);
    if (uniform !== undefined && fromEnd(arg, uniform.axis) !== place) return undefined;
    const value = uniform?.value ?? plainOf(site, arg);
    const { shape } = build.type(value);
    const at = shape.length - place;
    if (at >= 0 && shape[at] !== 1) return undefined;
    // Axes before the place move one to the left.
    operands.push(at > 0 ? build.op("reshape", [value], { shape: shape.toSpliced(at, 0, 1) }) : value);
  }
  const value = build.emit(instruction.op, operands, instruction.attrs as PrimitiveAttrs[typeof instruction.op])[0]!;
  return [{ ...given, value, axis: rankOf(instruction.results[0]!) - place }];
}
