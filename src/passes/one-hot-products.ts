/**
 * A pass for devices that pick faster than they multiply: one-hot rows times a matrix are rows of the matrix. Wherever columns of a
 * product's left side depend on nothing but a code (what `indexOf` gives), their part of the product is worked out for every code
 * here, in float64, and picked by `gather`; the other columns are multiplied as before. What is done between code and product does
 * not matter: it is evaluated. So unknown codes give what they gave (zeros, NaN, a category of their own). A sum of float32 is
 * rounded once more than before, which is within the accuracy of matMul (src/ir/primitives/linear-algebra.ts), provided that the magnitudes of its
 * terms do not add up beyond float32.
 */

import { InternalError } from "../errors.js";
import type { Builder } from "../ir/builder.js";
import { type Dim, N, sameDim } from "../ir/dims.js";
import { evaluateInstruction, instructionMixesRows } from "../ir/evaluate.js";
import type { Instruction, Program, ValueId } from "../ir/program.js";
import { float64, isStringData, numbersOf, scalar, sizeOf, type Tensor } from "../ir/tensor.js";
import type { TensorType } from "../ir/types.js";
import { rewrite } from "./rewrite.js";

/** More elements than this are not tabulated: a value for each code, or all of them multiplied. */
const mostElements = 2 ** 22;

/** The elements of a row of [N, …] with all other dimensions known. */
function rowWidth({ shape }: TensorType): number | undefined {
  const [rows, ...others] = shape;
  if (rows === undefined || typeof rows !== "object" || rows.N !== 1 || rows.plus !== 0) return undefined;
  return others.every((d): d is number => typeof d === "number") ? sizeOf(others) : undefined;
}

interface Codes {
  /** The code, if any, that the value depends on, and nothing else. */
  codeOf(value: ValueId): ValueId | undefined;
  /** Such a value for the codes -1, 0, …, one a row. */
  tableOf(value: ValueId): Tensor;
}

function findCodes(program: Program): Codes {
  const constants = new Map<ValueId, Tensor>();
  const codes = new Map<ValueId, ValueId>();
  const counts = new Map<ValueId, number>();
  const members = new Map<ValueId, Instruction[]>();
  const typesOf = (values: readonly ValueId[]): TensorType[] => values.map((v) => program.types[v]!);
  const mark = (instruction: Instruction): void => {
    const [result] = instruction.results;
    const width = result === undefined ? undefined : rowWidth(program.types[result]!);
    if (result === undefined || width === undefined || instruction.results.length !== 1) return;
    if (instruction.op === "indexOf") {
      const count = instruction.attrs.keys.data.length + 1;
      if (width !== 1 || count > mostElements) return;
      codes.set(result, result);
      counts.set(result, count);
      members.set(result, []);
      return;
    }
    const [code, ...more] = new Set(instruction.args.filter((a) => !constants.has(a)).map((a) => codes.get(a)));
    if (code === undefined || more.length > 0 || (counts.get(code) ?? 0) * width > mostElements) return;
    const [args, results] = [typesOf(instruction.args), typesOf(instruction.results)];
    if (results[0]!.dtype === "string" || instructionMixesRows(instruction, args, results)) return;
    codes.set(result, code);
    members.get(code)?.push(instruction);
  };
  for (const instruction of program.instructions) {
    if (instruction.op === "constant") constants.set(instruction.results[0]!, instruction.attrs.tensor);
    else mark(instruction);
  }
  const tables = new Map<ValueId, Tensor>();
  const tabulate = (code: ValueId): void => {
    const count = counts.get(code) ?? 0;
    const shape = [count, ...program.types[code]!.shape.slice(1).map(Number)];
    tables.set(code, { dtype: "int32", shape, data: Int32Array.from({ length: count }, (_, i) => i - 1) });
    for (const instruction of members.get(code) ?? []) {
      const args = instruction.args.map((a) => constants.get(a) ?? tables.get(a)!);
      tables.set(instruction.results[0]!, evaluateInstruction(instruction, args, count)[0]!);
    }
  };
  return {
    codeOf: (value) => codes.get(value),
    tableOf(value) {
      const code = codes.get(value);
      if (code !== undefined && !tables.has(code)) tabulate(code);
      const table = tables.get(value);
      if (table === undefined) throw new InternalError(`value ${value} depends on more than a code`);
      return table;
    },
  };
}

/** Some columns of a product's left side. */
interface Piece {
  readonly value: ValueId;
  readonly width: number;
}

const sameButOnes = (x: readonly Dim[], y: readonly Dim[]): boolean => {
  const [a, b] = [x, y].map((dims) => dims.filter((d) => d !== 1));
  return a!.length === b!.length && a!.every((d, i) => sameDim(d, b![i]!));
};

/** The values that `x` [N, k] joins, from left to right. */
function piecesOf(program: Program, x: ValueId): readonly Piece[] {
  const producers = new Map(program.instructions.flatMap((i) => i.results.map((r) => [r, i] as const)));
  const shapeOf = (value: ValueId): readonly Dim[] => program.types[value]!.shape;
  const pieces: Piece[] = [];
  const left: ValueId[] = [x];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    const producer = producers.get(value);
    const shape = shapeOf(value);
    // Beside rows and the joined axis there are only axes of length 1.
    const flat = shape.slice(1, -1).every((d) => d === 1);
    if (producer?.op === "concat" && flat && producer.attrs.axis === shape.length - 1 && shape.length > 1) {
      left.push(...producer.args.toReversed());
    } else if (producer?.op === "reshape" && sameButOnes(shapeOf(producer.args[0]!), shape))
      left.push(producer.args[0]!);
    else pieces.push({ value, width: rowWidth(program.types[value]!) ?? 0 });
  }
  return pieces;
}

/** Rows [from, from + count) of a matrix. */
function rowsOf(matrix: Tensor, from: number, count: number): Tensor {
  const width = matrix.shape[1]!;
  if (isStringData(matrix.data)) throw new InternalError("a matrix of strings is multiplied");
  return { dtype: matrix.dtype, shape: [count, width], data: matrix.data.slice(from * width, (from + count) * width) };
}

/** table [codes, w] · rows of weights from `from` on, in float64. */
function multiplied(table: Tensor, width: number, weights: Tensor, from: number): Tensor {
  const [x, w] = [numbersOf(table.data), numbersOf(weights.data)];
  const [codes, n] = [table.shape[0]!, weights.shape[1]!];
  const sums = new Float64Array(codes * n);
  for (let c = 0; c < codes; c++) {
    for (let i = 0; i < width; i++) {
      const factor = x[c * width + i]!;
      for (let j = 0; j < n; j++) sums[c * n + j]! += factor * w[(from + i) * n + j]!;
    }
  }
  return float64(sums, [codes, n]);
}

interface Site {
  readonly build: Builder;
  readonly codes: Codes;
  /** The value in the new Program. */
  renamed(value: ValueId): ValueId;
}

/** The value as [N, width]. */
const columns = ({ build }: Site, value: ValueId, width: number): ValueId =>
  build.type(value).shape.length === 2 ? value : build.op("reshape", [value], { shape: [N, width] });

/** The product of `pieces` and `weights`; undefined where none depends on a code. */
function multiply(site: Site, pieces: readonly Piece[], weights: Tensor): ValueId | undefined {
  const { build, codes, renamed } = site;
  const { dtype } = weights;
  let [from, sum]: [number, ValueId | undefined] = [0, undefined];
  const others: ValueId[] = [];
  const kept: Tensor[] = [];
  for (const { value, width } of pieces) {
    const code = codes.codeOf(value);
    if (code === undefined) {
      others.push(columns(site, renamed(value), width));
      kept.push(rowsOf(weights, from, width));
    } else {
      const place = build.op("add", [renamed(code), build.constant(scalar("int32", 1))]);
      const table = build.constant(multiplied(codes.tableOf(value), width, weights, from));
      const picked = build.op("gather", [table, build.op("reshape", [place], { shape: [N] })], { axis: 0 });
      sum = sum === undefined ? picked : build.op("add", [sum, picked]);
    }
    from += width;
  }
  if (sum === undefined) return undefined;
  if (dtype !== "float64") sum = build.op("cast", [sum], { to: dtype });
  if (others.length === 0) return sum;
  const joined = (values: readonly ValueId[], axis: number): ValueId =>
    values.length === 1 ? values[0]! : build.op("concat", values, { axis });
  const matrix = joined(
    kept.map((rows) => build.constant(rows)),
    0,
  );
  return build.op("add", [sum, build.op("matMul", [joined(others, 1), matrix])]);
}

/** Products of which no column depends on a code alone stay as they are. */
export function gatherOneHotProducts(program: Program): Program {
  const products = program.instructions.filter((i) => i.op === "matMul");
  if (products.length === 0 || !program.instructions.some((i) => i.op === "indexOf")) return program;
  const codes = findCodes(program);
  const constants = new Map<ValueId, Tensor>();
  const names = new Map<ValueId, ValueId>();
  const renamed = (value: ValueId): ValueId => names.get(value)!;
  return rewrite(program, (build, instruction, args) => {
    for (const [i, arg] of instruction.args.entries()) names.set(arg, args[i]!);
    if (instruction.op === "constant") constants.set(instruction.results[0]!, instruction.attrs.tensor);
    if (instruction.op !== "matMul") return undefined;
    const [x, y] = instruction.args;
    const weights = constants.get(y ?? -1);
    const type = program.types[x ?? -1];
    const plain =
      type?.shape.length === 2 &&
      rowWidth(type) !== undefined &&
      (type.dtype === "float32" || type.dtype === "float64");
    if (x === undefined || weights?.shape.length !== 2 || !plain) return undefined;
    const product = multiply({ build, codes, renamed }, piecesOf(program, x), weights);
    return product === undefined ? undefined : [product];
  });
}
