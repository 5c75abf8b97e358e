/**
 * ai.onnx TfIdfVectorizer 9: counts of n-grams. Semantics: ONNX and onnxruntime 1.32 (tfidfvectorizer.cc); the
 * weight of an n-gram is the one at its place in the pool. Integers of 32 bits are looked up as 64-bit ones.
 */

import { LimitError, ModelParseError, ShapeError, UnsupportedError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { type Counting, GramTable, type Item } from "../src/ir/text/n-grams.js";
import { formatType, logicalDType } from "../src/ir/types.js";
import { decodeNumbers } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";
import { stringOperand } from "./shared/strings.js";

export interface TfIdfVectorizerAttrs {
  readonly table: GramTable;
  readonly counting: Counting;
  readonly items: "strings" | "integers";
}

/** Columns of the result; a vocabulary beyond that would not fit the memory of one row's answer. */
const mostColumns = 2 ** 26;
/** Work per row grows with it. */
const mostSkips = 1000;

function read(node: NodeView): TfIdfVectorizerAttrs {
  checkOperands(node, [1, 1]);
  const { attrs } = node;
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  const mode = attrs.string("mode");
  if (mode !== "TF" && mode !== "IDF" && mode !== "TFIDF")
    return fail(`mode is ${JSON.stringify(mode)}, expected TF, IDF or TFIDF`);
  const [least, most] = [attrs.int("min_gram_length"), attrs.int("max_gram_length")];
  if (least < 1 || most < least) fail(`n-grams of ${least} to ${most} items, expected 1 or more`);
  const maxSkip = attrs.int("max_skip_count");
  if (maxSkip < 0 || maxSkip > mostSkips) fail(`max_skip_count is ${maxSkip}, expected 0 to ${mostSkips}`);

  const texts = attrs.has("pool_strings");
  if (texts === attrs.has("pool_int64s")) fail("expected either pool_strings or pool_int64s");
  const pool: readonly Item[] = texts ? attrs.strings("pool_strings") : attrs.int64s("pool_int64s");
  const counts = attrs.ints("ngram_counts");
  const columns = attrs.ints("ngram_indexes");
  const grams = gramsOf(pool, counts, fail);
  if (columns.length !== grams.length) fail(`${grams.length} n-grams in the pool, but ${columns.length} ngram_indexes`);
  const wrong = columns.find((c) => c < 0);
  if (wrong !== undefined) fail(`ngram_indexes holds ${wrong}`);
  const width = columns.reduce((highest, c) => Math.max(highest, c + 1), 0);
  if (width > mostColumns) throw new LimitError(`${node.where}: ${width} columns are over the limit of ${mostColumns}`);
  const weights = attrs.has("weights") ? attrs.floats("weights") : new Float32Array(grams.length).fill(1);
  if (weights.length !== grams.length) fail(`${grams.length} n-grams in the pool, but ${weights.length} weights`);
  if (mode !== "TF" && new Set(columns).size < columns.length) {
    throw new UnsupportedError(
      node.where,
      "several n-grams with weights share a column",
      "give each its own in ngram_indexes",
    );
  }
  checkDistinct(grams, fail);
  return {
    table: new GramTable(grams, columns, weights, width),
    counting: { least, most, maxSkip, mode },
    items: texts ? "strings" : "integers",
  };
}

/** Entry n - 1 of `counts` is where the n-grams of n items begin in the pool. */
function gramsOf(
  pool: readonly Item[],
  counts: readonly number[],
  fail: (message: string) => never,
): readonly (readonly Item[])[] {
  const grams: (readonly Item[])[] = [];
  for (const [i, from] of counts.entries()) {
    const to = counts[i + 1] ?? pool.length;
    if (from < 0 || to < from || to > pool.length || (to - from) % (i + 1) !== 0) {
      fail(`ngram_counts [${counts.slice(0, 8)}] does not divide a pool of ${pool.length} items`);
    }
    for (let at = from; at < to; at += i + 1) grams.push(pool.slice(at, at + i + 1));
  }
  if ((counts[0] ?? pool.length) !== 0) fail(`ngram_counts starts at ${counts[0]}, expected 0`);
  return grams;
}

function checkDistinct(grams: readonly (readonly Item[])[], fail: (message: string) => never): void {
  const seen = new Set<string>();
  for (const gram of grams) {
    const key = JSON.stringify(gram.map(String));
    if (seen.has(key)) fail(`the pool holds ${key.slice(0, 80)} twice`);
    seen.add(key);
  }
}

/** Items [C] or [N, C], strings or integers → float32 [columns] or [N, columns]. */
export const tfIdfVectorizer: OperatorCompiler<TfIdfVectorizerAttrs> = {
  op: "TfIdfVectorizer",
  onDemand: true,
  summary: "counts n-grams of words, characters or integers",
  labels: "keep",
  sources: { "ai.onnx": { TfIdfVectorizer: [{ since: 9, read }] } },
  compile(ctx, { table, counting, items }, inputs) {
    const x = items === "strings" ? stringOperand(ctx, inputs, 0) : decodeNumbers(ctx, operand(ctx, inputs, 0));
    const type = ctx.build.type(x);
    const dtype = logicalDType(type);
    if (items === "integers" && dtype !== "int64" && dtype !== "int32") {
      throw new ShapeError(`${ctx.where}: expected int64 or int32, got ${formatType(type)}`);
    }
    return [ctx.build.op("nGrams", [x], { ...counting, table })];
  },
};
