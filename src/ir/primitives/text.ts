/**
 * Primitives on texts. They run on the host, before what a device computes: their results are numbers (counts, ids, hashes), or texts for
 * others of their kind.
 */

import { DataError } from "../../errors.js";
import { type Dim, dependsOnN } from "../dims.js";
import type { Primitive, PrimitiveName } from "../primitive.js";
import { isStringData, sizeOf, type Tensor } from "../tensor.js";
import { murmurHash } from "../text/murmur-hash.js";
import type { Item } from "../text/n-grams.js";
import { splitText } from "../text/split-text.js";
import { tokensOf } from "../text/tokens.js";
import { formatType, rowAxis, type TensorType, typeOf } from "../types.js";
import { inferBroadcast } from "./binary.js";
import { broadcastShapes, broadcastStrides, forEachRun } from "./broadcast.js";
import { checkPlain, checkRank, one, refuse, two } from "./checks.js";

function text(op: PrimitiveName, args: readonly TensorType[]): TensorType {
  const x = one(op, args);
  if (x.dtype !== "string") refuse(op, `expects strings, got ${formatType(x)}`);
  return x;
}

function textsOf(op: PrimitiveName, { data }: Tensor): readonly string[] {
  return isStringData(data) ? data : refuse(op, "expects strings");
}

/** Rows of different widths in one matrix: how wide it becomes depends on all of them. */
const widthOfAll = (args: readonly TensorType[]): boolean => args.some((t) => t.shape.some(dependsOnN));

export const changeCase: Primitive<"changeCase"> = {
  infer: (args) => [text("changeCase", args)],
  evaluate(args, { to }) {
    const x = one("changeCase", args);
    const texts = textsOf("changeCase", x);
    const data = texts.map(to === "lower" ? (s) => s.toLowerCase() : (s) => s.toUpperCase());
    return [{ dtype: "string", shape: x.shape, data }];
  },
  accuracy: "exact",
};

/** The texts of x at which `keep` is false are left out of the last axis, the same number in each line of it. */
export const leaveOut: Primitive<"leaveOut"> = {
  infer(args) {
    const [x, out] = two("leaveOut", args);
    if (x.dtype !== "string" || out.dtype !== "bool")
      refuse("leaveOut", `expects strings and bools, got ${formatType(x)}`);
    if (x.shape.length === 0) refuse("leaveOut", "expects at least one axis");
    return [typeOf("string", [...x.shape.slice(0, -1), "?"])];
  },
  evaluate(args) {
    const [x, out] = two("leaveOut", args);
    const texts = textsOf("leaveOut", x);
    const width = x.shape.at(-1) ?? 0;
    const data: string[] = [];
    let wide: number | undefined;
    for (let from = 0; from < texts.length; from += width) {
      let kept = 0;
      for (let i = from; i < from + width; i++) {
        if (out.data[i] === 1) continue;
        data.push(texts[i]!);
        kept++;
      }
      // As ONNX says: nothing left is one empty text.
      if (kept === 0) data.push("");
      wide ??= Math.max(1, kept);
      if (wide !== Math.max(1, kept)) {
        throw new DataError("rows keep different numbers of words; pass them one by one");
      }
    }
    return [{ dtype: "string", shape: [...x.shape.slice(0, -1), wide ?? 1], data }];
  },
  mixesRows: (args) => widthOfAll(args),
  accuracy: "exact",
};

export const tokenize: Primitive<"tokenize"> = {
  infer: (args) => [typeOf("string", [...text("tokenize", args).shape, "?"])],
  evaluate(args, { tokens, pad }) {
    const x = one("tokenize", args);
    const rows = textsOf("tokenize", x).map((s) => tokensOf(s, tokens));
    return [padded(rows, x.shape, pad)];
  },
  mixesRows: (args) => widthOfAll(args),
  accuracy: "exact",
};

function padded(rows: readonly (readonly string[])[], shape: readonly number[], pad: string): Tensor {
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), 0);
  const data = new Array<string>(rows.length * width).fill(pad);
  for (const [i, row] of rows.entries()) for (let j = 0; j < row.length; j++) data[i * width + j] = row[j]!;
  return { dtype: "string", shape: [...shape, width], data };
}

export const splitTexts: Primitive<"splitTexts"> = {
  infer(args) {
    const x = text("splitTexts", args);
    return [typeOf("string", [...x.shape, "?"]), typeOf("int64", x.shape)];
  },
  evaluate(args, attrs) {
    const x = one("splitTexts", args);
    const rows = textsOf("splitTexts", x).map((s) => splitText(s, attrs));
    const counts = BigInt64Array.from(rows, (row) => BigInt(row.length));
    return [padded(rows, x.shape, ""), { dtype: "int64", shape: x.shape, data: counts }];
  },
  mixesRows: (args) => widthOfAll(args),
  accuracy: "exact",
};

export const nGrams: Primitive<"nGrams"> = {
  infer(args, { table, tokens }) {
    const x = one("nGrams", args);
    checkPlain("nGrams", x);
    const { columns } = table;
    if (tokens !== undefined) {
      // Each text is a row of its own.
      return [typeOf("float32", [...text("nGrams", args).shape, columns])];
    }
    if (x.dtype !== "string" && x.dtype !== "int64" && x.dtype !== "int32") {
      refuse("nGrams", `expects strings or integers, got ${formatType(x)}`);
    }
    if (x.shape.length === 1) return [typeOf("float32", [columns])];
    checkRank("nGrams", x, 2);
    const rows: Dim = x.shape[0] ?? 1;
    return [typeOf("float32", [rows, columns])];
  },
  evaluate(args, { table, tokens, ...counting }) {
    const x = one("nGrams", args);
    const { columns } = table;
    if (tokens !== undefined) {
      const data = new Float32Array(x.data.length * columns);
      for (const [i, s] of textsOf("nGrams", x).entries())
        table.count(tokensOf(s, tokens), counting, data, i * columns);
      return [{ dtype: "float32", shape: [...x.shape, columns], data }];
    }
    const rows = x.shape.length === 1 ? 1 : x.shape[0]!;
    const width = x.shape.at(-1) ?? 0;
    const items: readonly Item[] =
      x.dtype === "int32" ? Array.from(x.data as Int32Array, BigInt) : Array.from<Item>(x.data as ArrayLike<Item>);
    const data = new Float32Array(rows * columns);
    for (let r = 0; r < rows; r++) table.count(items.slice(r * width, (r + 1) * width), counting, data, r * columns);
    return [{ dtype: "float32", shape: x.shape.length === 1 ? [columns] : [rows, columns], data }];
  },
  mixesRows: ([x], { tokens }) => tokens === undefined && x !== undefined && rowAxis(x) !== -1 && x.shape.length === 1,
  accuracy: "exact",
};

export const matchesExpression: Primitive<"matchesExpression"> = {
  infer: (args) => [typeOf("bool", text("matchesExpression", args).shape)],
  evaluate(args, { expression }) {
    const x = one("matchesExpression", args);
    const texts = textsOf("matchesExpression", x);
    const data = Uint8Array.from(texts, (s) => Number(expression.longestFrom(s, 0) === s.length));
    return [{ dtype: "bool", shape: x.shape, data }];
  },
  accuracy: "exact",
};

export const joinTexts: Primitive<"joinTexts"> = {
  infer(args) {
    const [x, y] = two("joinTexts", args);
    if (x.dtype !== "string" || y.dtype !== "string") {
      refuse("joinTexts", `expects strings, got ${formatType(x)} and ${formatType(y)}`);
    }
    return [typeOf("string", inferBroadcast("joinTexts", x, y))];
  },
  evaluate(args) {
    const [x, y] = two("joinTexts", args);
    const [xs, ys] = [textsOf("joinTexts", x), textsOf("joinTexts", y)];
    const shape = broadcastShapes("joinTexts", [x.shape, y.shape]);
    const data = new Array<string>(sizeOf(shape)).fill("");
    const strides = [broadcastStrides(x.shape, shape), broadcastStrides(y.shape, shape)];
    forEachRun(shape, strides, [0, 0], (at, offsets, steps, length) => {
      for (let k = 0; k < length; k++)
        data[at + k] = xs[offsets[0]! + k * steps[0]!]! + ys[offsets[1]! + k * steps[1]!]!;
    });
    return [{ dtype: "string", shape, data }];
  },
  accuracy: "exact",
};

export const hash: Primitive<"hash"> = {
  infer(args, { signed }) {
    const x = one("hash", args);
    checkPlain("hash", x);
    const known = ["string", "int32", "uint32", "int64", "uint64", "float32", "float64"];
    if (!known.includes(x.dtype)) refuse("hash", `has no rule for ${formatType(x)}`);
    return [typeOf(signed ? "int32" : "uint32", x.shape)];
  },
  evaluate(args, { seed, signed }) {
    const x = one("hash", args);
    const data = signed ? new Int32Array(x.data.length) : new Uint32Array(x.data.length);
    if (isStringData(x.data)) {
      const encoder = new TextEncoder();
      // UTF-8 takes three bytes of a UTF-16 unit at most.
      const longest = x.data.reduce((most, s) => Math.max(most, s.length), 0);
      const bytes = new Uint8Array(3 * longest);
      for (const [i, s] of x.data.entries()) data[i] = murmurHash(bytes, encoder.encodeInto(s, bytes).written, seed);
    } else {
      const width = x.data.BYTES_PER_ELEMENT;
      const bytes = new Uint8Array(x.data.buffer, x.data.byteOffset, x.data.byteLength);
      for (let i = 0; i < data.length; i++) {
        data[i] = murmurHash(littleEndian(bytes.subarray(i * width, (i + 1) * width)), width, seed);
      }
    }
    return [{ dtype: signed ? "int32" : "uint32", shape: x.shape, data }];
  },
  accuracy: "exact",
};

const hostIsLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const littleEndian = (bytes: Uint8Array): Uint8Array => (hostIsLittle ? bytes : Uint8Array.from(bytes).reverse());
