/** Cases of the primitives on texts: tokens, n-grams and hashes as onnxruntime 1.32 gave them. */

import { bool, float32, int32, int64, strings, type Tensor, tensor } from "../tensor.js";
import { Expression } from "../text/expression.js";
import { GramTable } from "../text/n-grams.js";
import { type PrimitiveCase, primitiveCase } from "./cases.js";

const uint32 = (values: readonly number[]): Tensor => tensor("uint32", [values.length], Uint32Array.from(values));
const byMatches = (source: string) =>
  ({ kind: "matches", expression: new Expression(source, { dotAll: true }) }) as const;
const words = { by: byMatches("[a-z]+"), leastCharacters: 1, mark: false } as const;
const grams = new GramTable([["a"], ["b"], ["a", "b"]], [3, 0, 1], [2, 3, 5], 4);
const numbers = new GramTable([[1n], [2n], [1n, 2n]], [3, 0, 1], [1, 1, 1], 4);
const upToTwo = { least: 1, most: 2, maxSkip: 0, mode: "TF" } as const;
const ab = strings(["a", "b", "a", "c", "b"]);

export const textCases: readonly PrimitiveCase[] = [
  primitiveCase(
    "changeCase",
    "down",
    [strings(["ÉTÉ", "Σίσυφος ΟΔΟΣ", "İ", "A😀", ""])],
    { to: "lower" },
    strings(["été", "σίσυφος οδος", "i̇", "a😀", ""]),
  ),
  primitiveCase(
    "changeCase",
    "up",
    [strings(["été", "straße", "ŉ"])],
    { to: "upper" },
    strings(["ÉTÉ", "STRASSE", "ʼN"]),
  ),
  primitiveCase(
    "leaveOut",
    "words",
    [strings(["a", "b", "c", "d"], [2, 2]), bool([true, false, false, true], [2, 2])],
    {},
    strings(["b", "c"], [2, 1]),
  ),
  primitiveCase("leaveOut", "all words", [strings(["a", "b"]), bool([true, true])], {}, strings([""])),
  primitiveCase(
    "tokenize",
    "words of texts",
    [strings(["ab cd", "c", "", " d,e f"])],
    { tokens: words, pad: "#" },
    strings(["ab", "cd", "#", "c", "#", "#", "#", "#", "#", "d", "e", "f"], [4, 3]),
  ),
  primitiveCase("tokenize", "no words", [strings(["", "  "])], { tokens: words, pad: "#" }, strings([], [2, 0])),
  primitiveCase(
    "tokenize",
    "characters, marked",
    [strings(["aé", "😀"], [2, 1])],
    { tokens: { by: { kind: "characters" }, leastCharacters: 1, mark: true }, pad: "" },
    strings(["\u0002", "a", "é", "\u0003", "\u0002", "😀", "\u0003", ""], [2, 1, 4]),
  ),
  primitiveCase(
    "tokenize",
    "between separators, one after the other",
    [strings(["a,b; c;d,,e"])],
    {
      tokens: {
        by: { kind: "separators", separators: [";", ",", " "].map((s) => new Expression(s, { dotAll: true })) },
        leastCharacters: 1,
        mark: false,
      },
      pad: "#",
    },
    strings(["a", "b", "c", "d", "e"], [1, 5]),
  ),
  primitiveCase(
    "splitTexts",
    "at runs of spaces",
    [strings(["a b", "  c  d ", ""])],
    { delimiter: "", most: Number.POSITIVE_INFINITY },
    [strings(["a", "b", "c", "d", "", ""], [3, 2]), int64([2, 2, 0])],
  ),
  primitiveCase("splitTexts", "at most once", [strings(["a,b,,c", ",", "", "x"])], { delimiter: ",", most: 1 }, [
    strings(["a", "b,,c", "", "", "", "", "x", ""], [4, 2]),
    int64([2, 2, 0, 1]),
  ]),
  primitiveCase("nGrams", "one row", [ab], { table: grams, ...upToTwo }, float32([2, 1, 0, 2])),
  primitiveCase(
    "nGrams",
    "rows",
    [strings(["a", "b", "a", "c"], [2, 2])],
    { table: grams, ...upToTwo },
    float32([1, 1, 0, 1, 0, 0, 0, 1], [2, 4]),
  ),
  primitiveCase(
    "nGrams",
    "with skips",
    [strings(["a", "a", "b", "b"])],
    { table: grams, ...upToTwo, maxSkip: 2 },
    float32([2, 4, 0, 2]),
  ),
  primitiveCase(
    "nGrams",
    "pairs only",
    [strings(["a", "c", "b"])],
    { table: grams, ...upToTwo, least: 2, maxSkip: 1 },
    float32([0, 1, 0, 0]),
  ),
  primitiveCase(
    "nGrams",
    "weights where there is any",
    [strings(["a", "b", "a"])],
    { table: grams, ...upToTwo, mode: "IDF" },
    float32([3, 5, 0, 2]),
  ),
  primitiveCase(
    "nGrams",
    "weights times counts",
    [strings(["a", "b", "a"])],
    { table: grams, ...upToTwo, mode: "TFIDF" },
    float32([3, 5, 0, 4]),
  ),
  primitiveCase("nGrams", "of int64", [int64([1, 2, 1])], { table: numbers, ...upToTwo }, float32([1, 1, 0, 2])),
  primitiveCase("nGrams", "of int32", [int32([1, 2, 1])], { table: numbers, ...upToTwo }, float32([1, 1, 0, 2])),
  primitiveCase(
    "nGrams",
    "of nothing",
    [strings([], [2, 0])],
    { table: grams, ...upToTwo },
    float32([0, 0, 0, 0, 0, 0, 0, 0], [2, 4]),
  ),
  primitiveCase(
    "nGrams",
    "of texts",
    [strings(["a b", "b, a"], [2])],
    { table: grams, ...upToTwo, tokens: words },
    float32([1, 1, 0, 1, 1, 0, 0, 1], [2, 4]),
  ),
  primitiveCase(
    "matchesExpression",
    "whole texts",
    [strings(["ab", "a\nb", "A", "", "abc"])],
    { expression: new Expression("a.*", { dotAll: false }) },
    bool([true, false, false, false, true]),
  ),
  primitiveCase(
    "joinTexts",
    "broadcast",
    [strings(["a", "b"], [2, 1]), strings(["x", "y"])],
    {},
    strings(["ax", "ay", "bx", "by"], [2, 2]),
  ),
  primitiveCase(
    "hash",
    "texts",
    [strings(["a", "", "é", "hello world", "😀"])],
    { seed: 0, signed: false },
    uint32([1009084850, 0, 269551495, 1586663183, 3199479546]),
  ),
  primitiveCase("hash", "with a seed", [strings(["a"])], { seed: 5, signed: false }, uint32([3873505929])),
  primitiveCase("hash", "signed", [strings(["é", "b"])], { seed: 0, signed: true }, int32([269551495, 2514386435 | 0])),
  primitiveCase(
    "hash",
    "int32",
    [int32([1, -1, 2 ** 31 - 1])],
    { seed: 0, signed: false },
    uint32([4226891818, 1982413648, 2641277762]),
  ),
  primitiveCase("hash", "int64", [int64([1, -1])], { seed: 0, signed: false }, uint32([1392991556, 1651860712])),
  primitiveCase("hash", "float32", [float32([1.5, -0])], { seed: 0, signed: false }, uint32([376679366, 2576668564])),
];
