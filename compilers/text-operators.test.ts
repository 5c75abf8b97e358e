/** The operators on text against onnxruntime, and what they refuse. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DataError, ModelParseError, UnsupportedError } from "../src/errors.js";
import { register } from "../src/ir/operator.js";
import { float32, float64, int32, int64, strings } from "../src/ir/tensor.js";
import type { OnnxAttribute, OnnxNode } from "../test-models/onnx-file.js";
import { cast } from "./cast.js";
import { comparison } from "./comparison.js";
import { concat } from "./concat.js";
import { flatten } from "./flatten.js";
import { gather } from "./gather.js";
import { labelEncoder } from "./label-encoder.js";
import { murmurHash3 } from "./murmur-hash3.js";
import { regexFullMatch } from "./regex-full-match.js";
import { reshape } from "./reshape.js";
import {
  expectLikeOnnxruntime,
  graphOf,
  lower,
  type NodeGraph,
  type Operand,
  runLowered,
} from "./shared/single-node.testing.js";
import { stringConcat } from "./string-concat.js";
import { stringNormalizer } from "./string-normalizer.js";
import { stringSplit } from "./string-split.js";
import { tfIdfVectorizer } from "./tf-idf-vectorizer.js";
import { tokenizer } from "./tokenizer.js";
import { where } from "./where.js";

const operators = [
  register(cast),
  register(comparison),
  register(concat),
  register(flatten),
  register(gather),
  register(labelEncoder),
  register(murmurHash3),
  register(regexFullMatch),
  register(reshape),
  register(stringConcat),
  register(stringNormalizer),
  register(stringSplit),
  register(tfIdfVectorizer),
  register(tokenizer),
  register(where),
];

type Attributes = Readonly<Record<string, OnnxAttribute>>;

const rows = (values: readonly string[], shape?: readonly number[]): Operand => ({ rows: strings(values, shape) });
const node = (op: string, attributes: Attributes, inputs: readonly Operand[], domain?: string): NodeGraph =>
  graphOf({ op, attributes, inputs, opset: 20, ...(domain === undefined ? {} : { domain }) });
const tokens = (attributes: Attributes, x: Operand): NodeGraph =>
  node(
    "Tokenizer",
    { mark: { int: 0 }, mincharnum: { int: 1 }, pad_value: { string: "#" }, ...attributes },
    [x],
    "com.microsoft",
  );

const several = ["a b,c", "", "The end.", "日本語 text", "😀 x😀", "  spaces  ", "tab\tnew\nline", "e\u0301 é"];

describe("Tokenizer", () => {
  const cases: readonly (readonly [string, Attributes])[] = [
    ["words", { tokenexp: { string: "[a-zA-Z0-9_]+" } }],
    ["letters of any script", { tokenexp: { string: "\\p{L}+" } }],
    ["characters by expression", { tokenexp: { string: "." } }],
    ["long words", { tokenexp: { string: "\\S+" }, mincharnum: { int: 3 } }],
    ["separators", { separators: { strings: [" ", "[.]", ",", "\\t"] } }],
    ["a separator of longest matches", { separators: { strings: [" |  "] } }],
    ["characters", { separators: { strings: [""] } }],
    ["marked words", { tokenexp: { string: "[a-z]+" }, mark: { int: 1 } }],
    ["marked pieces", { separators: { strings: [" "] }, mark: { int: 1 } }],
  ];
  test.each(cases)("%s", async (_, attributes) => {
    await expectLikeOnnxruntime(tokens(attributes, rows(several)), operators, {}, [8, 1]);
    await expectLikeOnnxruntime(tokens(attributes, rows(several, [4, 2])), operators, {}, [4, 1]);
  });

  test("gives no columns where no text has tokens, and no rows for none", () => {
    const graph = tokens({ tokenexp: { string: "[a-z]+" } }, rows(["", "1"]));
    expect(runLowered(graph, operators, 2)).toEqual([strings([], [2, 0])]);
    expect(runLowered(graph, operators, 0)).toEqual([strings([], [0, 0])]);
  });

  const refused: readonly (readonly [string, Attributes, RegExp])[] = [
    ["neither rule", {}, /either separators or tokenexp/],
    ["both rules", { tokenexp: { string: "a" }, separators: { strings: [" "] } }, /either separators or tokenexp/],
    ["look-ahead", { tokenexp: { string: "a(?=b)" } }, /regular expression "a\(\?=b\)": the group .* not one of RE2's/],
    ["no least length", { tokenexp: { string: "a" }, mincharnum: { int: 0 } }, /mincharnum is 0/],
    ["characters of two", { separators: { strings: [""] }, mincharnum: { int: 2 } }, /single characters/],
  ];
  test.each(refused)("refuses %s", (_, attributes, message) => {
    const read = () => lower(tokens(attributes, rows(["a"])), operators);
    expect(read).toThrow(ModelParseError);
    expect(read).toThrow(message);
  });

  test("refuses separators that match nothing, where onnxruntime loses text, and numbers", () => {
    expect(() => lower(tokens({ separators: { strings: ["x*"] } }, rows(["a"])), operators)).toThrow(UnsupportedError);
    expect(() => lower(tokens({ tokenexp: { string: "a" } }, { rows: float32([1]) }), operators)).toThrow(
      /expected strings, got float32\[N\]/,
    );
  });
});

describe("TfIdfVectorizer", () => {
  const base: Attributes = {
    mode: { string: "TF" },
    min_gram_length: { int: 1 },
    max_gram_length: { int: 3 },
    max_skip_count: { int: 0 },
    ngram_counts: { ints: [0, 3, 7] },
    ngram_indexes: { ints: [3, 0, 6, 1, 5, 2] },
    pool_strings: { strings: ["a", "b", "日本", "a", "b", "b", "a", "a", "b", "a"] },
  };
  const items = ["a", "b", "a", "日本", "a", "a", "b", "", "b", "c", "b", "a"];
  const weights: Attributes = { weights: { floats: [2, 3, 0.1, 5, 7, 11] } };
  const cases: readonly (readonly [string, Attributes])[] = [
    ["counts", base],
    ["weights", { ...base, ...weights, mode: { string: "IDF" } }],
    ["products", { ...base, ...weights, mode: { string: "TFIDF" } }],
    ["presence without weights", { ...base, mode: { string: "IDF" } }],
    ["skips", { ...base, max_skip_count: { int: 3 } }],
    [
      "pairs and triples with skips",
      { ...base, ...weights, mode: { string: "TFIDF" }, min_gram_length: { int: 2 }, max_skip_count: { int: 2 } },
    ],
    ["single items of a larger pool", { ...base, max_gram_length: { int: 1 } }],
  ];
  test.each(cases)("%s", async (_, attributes) => {
    await expectLikeOnnxruntime(node("TfIdfVectorizer", attributes, [rows(items, [2, 6])]), operators, {}, [2, 1]);
    await expectLikeOnnxruntime(node("TfIdfVectorizer", attributes, [rows(items)]), operators, {}, [12, 5, 0]);
  });

  test("integers", async () => {
    const { pool_strings: _, ...rest } = base;
    const attributes: Attributes = { ...rest, pool_int64s: { ints: [1, -2, 2n ** 62n, 1, -2, -2, 1, 1, -2, 1] } };
    const x = int64([1, -2, 1, 2n ** 62n, 1, 1, -2, 0, -2, 3, -2, 1], [2, 6]);
    await expectLikeOnnxruntime(node("TfIdfVectorizer", attributes, [{ rows: x }]), operators, {}, [2, 1]);
    const small = int32([1, -2, 1, 0, 1, 1, -2, 0, -2, 3, -2, 1], [2, 6]);
    await expectLikeOnnxruntime(node("TfIdfVectorizer", attributes, [{ rows: small }]), operators, {}, [2, 1]);
    expect(() => lower(node("TfIdfVectorizer", attributes, [{ rows: float32([1], [1, 1]) }]), operators)).toThrow(
      ModelParseError,
    );
  });

  const refused: readonly (readonly [string, Attributes, RegExp])[] = [
    ["another mode", { ...base, mode: { string: "BM25" } }, /mode is "BM25"/],
    ["a pool that is not divided", { ...base, ngram_counts: { ints: [0, 3, 8] } }, /does not divide a pool of 10/],
    ["counts out of order", { ...base, ngram_counts: { ints: [0, 7, 3] } }, /does not divide/],
    ["too few columns", { ...base, ngram_indexes: { ints: [0, 1] } }, /6 n-grams in the pool, but 2 ngram_indexes/],
    ["a negative column", { ...base, ngram_indexes: { ints: [3, 0, 6, 1, 5, -2] } }, /holds -2/],
    ["too few weights", { ...base, weights: { floats: [1] } }, /6 n-grams in the pool, but 1 weights/],
    [
      "an n-gram twice",
      { ...base, pool_strings: { strings: ["a", "a", "c", "a", "b", "b", "a", "a", "b", "a"] } },
      /twice/,
    ],
    ["no n-grams", { ...base, min_gram_length: { int: 0 } }, /n-grams of 0 to 3/],
    ["two pools", { ...base, pool_int64s: { ints: [1] } }, /either/],
    ["negative skips", { ...base, max_skip_count: { int: -1 } }, /max_skip_count is -1/],
  ];
  test.each(refused)("refuses %s", (_, attributes, message) => {
    const read = () => lower(node("TfIdfVectorizer", attributes, [rows(["a"], [1, 1])]), operators);
    expect(read).toThrow(ModelParseError);
    expect(read).toThrow(message);
  });

  test("refuses weights that meet in one column, and more columns than memory takes", () => {
    const shared: Attributes = { ...base, mode: { string: "TFIDF" }, ngram_indexes: { ints: [0, 0, 1, 2, 3, 4] } };
    expect(() => lower(node("TfIdfVectorizer", shared, [rows(["a"], [1, 1])]), operators)).toThrow(/share a column/);
    const wide: Attributes = { ...base, ngram_indexes: { ints: [0, 1, 2, 3, 4, 2 ** 40] } };
    expect(() => lower(node("TfIdfVectorizer", wide, [rows(["a"], [1, 1])]), operators)).toThrow(/over the limit/);
  });
});

describe("StringNormalizer", () => {
  const words = ["monday", "Monday", "ÉTÉ", "x", "日本", ""];
  const locale = { locale: { string: "C.UTF-8" } };
  const lowered = (attributes: Attributes, x: Operand) =>
    runLowered(node("StringNormalizer", attributes, [x]), operators, 6)[0]?.data;

  test.each([
    ["LOWER", ["monday", "monday", "été", "x", "日本", ""]],
    ["UPPER", ["MONDAY", "MONDAY", "ÉTÉ", "X", "日本", ""]],
    ["NONE", words],
  ] as const)("%s", async (action, want) => {
    const attributes: Attributes = { case_change_action: { string: action }, is_case_sensitive: { int: 1 }, ...locale };
    expect(lowered(attributes, rows(words))).toEqual(want);
    await expectLikeOnnxruntime(node("StringNormalizer", attributes, [rows(words)]), operators, {}, [6, 1]);
  });

  const stops: readonly (readonly [string, Attributes])[] = [
    ["as they are", { is_case_sensitive: { int: 1 }, case_change_action: { string: "LOWER" } }],
    ["in any case", { is_case_sensitive: { int: 0 }, case_change_action: { string: "NONE" } }],
    ["in any case, upper", { is_case_sensitive: { int: 0 }, case_change_action: { string: "UPPER" } }],
  ];
  test.each(stops)(
    "leaves out stop words %s from a fixed vector, and makes rows of a column empty",
    async (_, rest) => {
      const attributes: Attributes = { ...rest, ...locale, stopwords: { strings: ["monday", "été", "日本"] } };
      const fixed = node("StringNormalizer", attributes, [{ fixed: strings(words) }]);
      await expectLikeOnnxruntime(fixed, operators);
      // Each row alone is what onnxruntime answers for it.
      for (const word of words) {
        await expectLikeOnnxruntime(node("StringNormalizer", attributes, [rows([word])]), operators, {}, [1]);
      }
    },
  );

  test("all words left out are one empty text", async () => {
    const attributes: Attributes = { is_case_sensitive: { int: 1 }, stopwords: { strings: ["a", "b"] } };
    await expectLikeOnnxruntime(node("StringNormalizer", attributes, [{ fixed: strings(["a", "b"]) }]), operators);
  });

  test("uses Unicode's own rules: final sigma, one letter to several", () => {
    const lower: Attributes = { case_change_action: { string: "LOWER" } };
    expect(lowered(lower, rows(["ΟΔΟΣ", "İ", "ẞ", "ǅ", "A", ""]))).toEqual(["οδος", "i̇", "ß", "ǆ", "a", ""]);
    const upper: Attributes = { case_change_action: { string: "UPPER" } };
    expect(lowered(upper, rows(["straße", "ŉ", "ﬁ", "ǅ", "a", ""]))).toEqual(["STRASSE", "ʼN", "FI", "Ǆ", "A", ""]);
  });

  test("does to any words what the plain definition does", () => {
    const word = fc.constantFrom("a", "A", "É", "é", "ΟΔΟΣ", "οδος", "ß", "日本", "😀", "", " ", "e\u0301");
    const given = fc.record({
      words: fc.array(word, { minLength: 2, maxLength: 6 }),
      stopwords: fc.uniqueArray(word, { maxLength: 4 }),
      action: fc.constantFrom("NONE", "LOWER", "UPPER"),
      sensitive: fc.boolean(),
    });
    fc.assert(
      fc.property(given, ({ words: input, stopwords, action, sensitive }) => {
        const attributes: Attributes = {
          case_change_action: { string: action },
          is_case_sensitive: { int: sensitive ? 1 : 0 },
          ...(stopwords.length === 0 ? {} : { stopwords: { strings: stopwords } }),
        };
        const fold = (s: string) => (sensitive ? s : s.toLowerCase());
        const kept = input.filter((w) => !stopwords.some((stop) => fold(stop) === fold(w)));
        const change = (s: string) => (action === "LOWER" ? s.toLowerCase() : action === "UPPER" ? s.toUpperCase() : s);
        const want = stopwords.length > 0 && kept.length === 0 ? [""] : kept.map(change);
        const graph = node("StringNormalizer", attributes, [{ fixed: strings(input) }]);
        expect(runLowered(graph, operators, 1)[0]?.data).toEqual(want);
      }),
      { numRuns: 400, seed: 5 },
    );
  });

  test("refuses what it does not know", () => {
    const read = (attributes: Attributes) => () =>
      lower(node("StringNormalizer", attributes, [rows(["a"])]), operators);
    expect(read({ case_change_action: { string: "TITLE" } })).toThrow(/expected NONE, LOWER or UPPER/);
    expect(read({ case_change_action: { string: "LOWER" }, locale: { string: "tr_TR.UTF-8" } })).toThrow(
      UnsupportedError,
    );
  });

  test("rows that keep different numbers of words are refused", () => {
    const attributes: Attributes = { is_case_sensitive: { int: 1 }, stopwords: { strings: ["a"] } };
    const graph = node("StringNormalizer", attributes, [rows(["a", "b", "b", "b"], [2, 2])]);
    expect(() => runLowered(graph, operators, 2)).toThrow(DataError);
  });
});

describe("StringConcat, StringSplit, RegexFullMatch, MurmurHash3", () => {
  test("StringConcat broadcasts", async () => {
    await expectLikeOnnxruntime(node("StringConcat", {}, [rows(several), { constant: strings(["é"]) }]), operators);
    await expectLikeOnnxruntime(
      node("StringConcat", {}, [rows(["a", "b"], [2, 1]), { constant: strings(["x", ""]) }]),
      operators,
      {},
      [2, 1],
    );
  });

  test.each<readonly [string, Attributes]>([
    ["spaces", {}],
    ["spaces, once", { maxsplit: { int: 1 } }],
    ["spaces, never", { maxsplit: { int: 0 } }],
    ["a comma", { delimiter: { string: "," } }],
    ["a comma, twice", { delimiter: { string: "," }, maxsplit: { int: 2 } }],
    ["two letters", { delimiter: { string: "XX" } }],
  ])("StringSplit at %s", async (_, attributes) => {
    const texts = ["a b", "  c  d ", "", ",", "a,b,,c", "aXXbXXX", "x", " "];
    const graph = graphOf({ op: "StringSplit", attributes, inputs: [rows(texts)], opset: 20, outputs: 2 });
    await expectLikeOnnxruntime(graph, operators, {}, [8, 1, 0]);
    const square = graphOf({ op: "StringSplit", attributes, inputs: [rows(texts, [4, 2])], opset: 20, outputs: 2 });
    await expectLikeOnnxruntime(square, operators, {}, [4, 1]);
  });

  test.each(["a.*", "(?i)the.*|x", "\\p{Han}+.*", "", "[^a]*", "(?s).*line", "(?m)tab\\tnew$\\nline"])(
    "RegexFullMatch %j",
    async (pattern) => {
      await expectLikeOnnxruntime(
        node("RegexFullMatch", { pattern: { string: pattern } }, [rows(several)]),
        operators,
        {},
        [8, 1],
      );
    },
  );

  test.each([
    ["strings", strings([...several, "0123456789abcdef"])],
    ["int32", int32([0, 1, -1, 2 ** 31 - 1])],
    ["int64", int64([0, 1, -1, 2n ** 62n])],
    ["float32", float32([0, -0, 1.5, Number.NaN])],
    ["float64", float64([0, -0, 1.5, 0.1])],
  ])("MurmurHash3 of %s", async (_, x) => {
    for (const attributes of [{}, { seed: { int: 42 } }, { positive: { int: 0 } }]) {
      await expectLikeOnnxruntime(node("MurmurHash3", attributes, [{ rows: x }], "com.microsoft"), operators);
    }
  });
});

describe("Cast to strings", () => {
  test("writes 8 digits of floats, as onnxruntime does, of float64 too", async () => {
    const values = [
      0.1,
      1,
      1e20,
      1e-7,
      123456789,
      Number.NaN,
      Infinity,
      -Infinity,
      1 / 3,
      65504,
      1e10,
      -2.5,
      99999999.5,
    ];
    for (const x of [float32(values), float64(values)]) {
      await expectLikeOnnxruntime(node("Cast", { to: { int: 8 } }, [{ rows: x }]), operators);
    }
  });
});

describe("strings beside labels", () => {
  const encode = (to: string) => ({
    op: "LabelEncoder",
    domain: "ai.onnx.ml",
    name: to,
    inputs: ["x0"],
    outputs: [to],
    attributes: {
      keys_int64s: { ints: [1, 2, 3] },
      values_strings: { strings: ["one", "zwei", "三"] },
      default_string: { string: "other" },
    },
  });
  const inputs: readonly Operand[] = [{ rows: int64([1, 2, 3, 4], [4, 1]) }, rows(["one", "x", "三", "other"], [4, 1])];
  const graph = (node: OnnxNode): NodeGraph => ({
    nodes: [encode("labels"), node],
    inputs,
    opset: 20,
    domain: "ai.onnx.ml",
    version: 3,
  });
  const reads = (op: string, names: readonly string[], attributes: Attributes = {}): OnnxNode => ({
    op,
    name: "tested",
    inputs: names,
    outputs: ["y0"],
    attributes,
  });

  test.each<readonly [string, OnnxNode]>([
    ["Concat", reads("Concat", ["labels", "x1"], { axis: { int: 1 } })],
    ["Equal", reads("Equal", ["labels", "x1"])],
    ["StringConcat", reads("StringConcat", ["labels", "x1"])],
    ["Reshape", reads("Flatten", ["labels"], { axis: { int: 0 } })],
  ])("%s", async (_, node) => {
    await expectLikeOnnxruntime(graph(node), operators, {}, [4, 1]);
  });

  test("Where and Equal of columns of texts", async () => {
    const texts = [rows(["a", "b", "日本"]), rows(["a", "c", "日本"])];
    await expectLikeOnnxruntime(node("Equal", {}, texts), operators);
    const nodes: readonly OnnxNode[] = [
      { op: "Equal", name: "same", inputs: ["x0", "x1"], outputs: ["same"] },
      { op: "Where", name: "tested", inputs: ["same", "x0", "x2"], outputs: ["y0"] },
    ];
    await expectLikeOnnxruntime({ nodes, inputs: [...texts, { constant: strings(["none"]) }], opset: 20 }, operators);
  });

  test("Gather and Reshape of texts", async () => {
    await expectLikeOnnxruntime(
      node("Gather", { axis: { int: 1 } }, [rows(several, [4, 2]), { constant: int64([1, 0, 1]) }]),
      operators,
      {},
      [4, 1],
    );
    await expectLikeOnnxruntime(
      node("Reshape", {}, [{ fixed: strings(several) }, { constant: int64([-1, 2]) }]),
      operators,
    );
  });
});
