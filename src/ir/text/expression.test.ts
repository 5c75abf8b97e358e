import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LimitError } from "../../errors.js";
import { Expression } from "./expression.js";
import { ExpressionError } from "./parse-expression.js";
import { tokensOf } from "./tokens.js";

const found = (source: string, text: string): string[] =>
  tokensOf(text, {
    by: { kind: "matches", expression: new Expression(source, { dotAll: true }) },
    leastCharacters: 1,
    mark: false,
  });

// What onnxruntime 1.32 gave for each as the tokenexp of a Tokenizer.
test.each([
  ["a|ab|abc", "abc ab", ["abc", "ab"]],
  ["a+?", "aaa b", ["aaa"]],
  ["a*", "aa b aa", ["aa", "aa"]],
  ["^ab", "ab ab", ["ab"]],
  ["ab$", "ab ab", ["ab"]],
  ["\\bab\\b", "ab abc", ["ab"]],
  [".", "a\nb", ["a", "\n", "b"]],
  ["\\w+", "äb_1 ab", ["b_1", "ab"]],
  ["\\S+", "a\u00a0b c", ["a\u00a0b", "c"]],
  ["\\p{L}+", "äb_1 ab 日本", ["äb", "ab", "日本"]],
  ["(?i)b", "aBx", ["B"]],
  ["(a)(B)", "aBx aB", ["aB", "aB"]],
  ["^a", "a\nab", ["a"]],
  ["a$", "a\nab", []],
  ["[^b]+", "a\nb", ["a\n"]],
  ["[[:alpha:]]+", "a1 B", ["a", "B"]],
  ["\\x{61}", "a1 B", ["a"]],
  ["\\Qa.\\E", "a.b", ["a."]],
  ["(?P<x>a)1", "a1 B", ["a1"]],
  ["a{2,3}", "aaaa", ["aaa"]],
  ["a{,2}", "a{,2}", ["a{,2}"]],
  ["a\\z", "a a", ["a"]],
  ["\\Aa", "a a", ["a"]],
  ["\\pN+", "a12٣", ["12٣"]],
  ["\\d+", "a12٣", ["12"]],
  ["\\p{Greek}+", "aΓδ", ["Γδ"]],
  ["\\P{Greek}+", "aΓδ", ["a"]],
  ["[\\p{^Greek}1]+", "aΓδ", ["a"]],
  ["(?i)é+|(?i)s+|k+", "Éé ßẞſsS K\u212a", ["Éé", "ſsS", "K\u212a"]],
  ["[0-9😀-😂]+", "a😁1😃", ["😁1"]],
])("%s in %j", (source, text, want) => {
  expect(found(source, text)).toEqual(want);
});

test.each([
  ["(?u)a", /is not one of RE2's/],
  ["a(?=1)", /is not one of RE2's/],
  ["(a)\\1", /escape \\1/],
  ["a\\Z", /escape \\Z/],
  ["(a{1,500}){1,3}", /beyond 1000/],
  ["(", /not closed/],
  [")", /not opened/],
  ["[a", /not closed/],
  ["[z-a]", /out of order/],
  ["*a", /nothing to repeat/],
  ["a**", /repeated/],
  ["a{2,1}", /not one of RE2's/],
  ["\\p{Klingon}", /no Unicode class/],
  ["\\", /escape/],
  ["(".repeat(300), /deep/],
])("refuses %s, as RE2 does", (source, message) => {
  const compile = () => new Expression(source, { dotAll: true });
  expect(compile).toThrow(ExpressionError);
  expect(compile).toThrow(message);
});

describe("time", () => {
  test("does not explode where backtracking would", () => {
    expect(found("(a+)+b", "a".repeat(2_000))).toEqual([]);
  });

  test("and memory stay bounded where there are more states than are kept", () => {
    // The state is which of the last letters were a: 2^16 of them, each with a move for every range of letters.
    const expression = new Expression("[ab]*a[ab]{15}\\pL?", { dotAll: true });
    let seed = 1;
    const text = Array.from({ length: 20_000 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed > 2 ** 31 ? "a" : "b";
    }).join("");
    const start = text.lastIndexOf("a", text.length - 16);
    const want = Math.min(text.length, start + 17);
    expect(expression.find(text, 0, expression.budgetFor(text))).toEqual([0, want]);
    expect(expression.find(`${text}-`, 0, expression.budgetFor(text))).toEqual([0, want]);
  });

  test("ends with a typed error where a text takes too long", () => {
    const expression = new Expression("a*b", { dotAll: true });
    const text = "a".repeat(200_000);
    expect(() => expression.find(text, 0, expression.budgetFor(text))).toThrow(LimitError);
  });
});

/** Leftmost longest by trying every piece of the text with the engine's own RegExp. */
function plainTokens(source: string, text: string): string[] {
  const whole = new RegExp(`^(?:${source})$`, "su");
  const tokens: string[] = [];
  const characters = Array.from(text);
  for (let at = 0; at < characters.length; ) {
    let end = -1;
    for (let e = at + 1; e <= characters.length; e++) if (whole.test(characters.slice(at, e).join(""))) end = e;
    if (end === -1) at++;
    else {
      tokens.push(characters.slice(at, end).join(""));
      at = end;
    }
  }
  return tokens;
}

test("finds what the plain definition finds", () => {
  const literal = fc.constantFrom("a", "b", "é", "😀", ".", "[ab]", "[^a]", "\\d");
  const { source } = fc.letrec<{ source: string }>((tie) => ({
    source: fc.oneof(
      { maxDepth: 3 },
      literal,
      fc.tuple(tie("source"), tie("source")).map(([x, y]) => `${x}${y}`),
      fc.tuple(tie("source"), tie("source")).map(([x, y]) => `(?:${x}|${y})`),
      fc.tuple(tie("source"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}")).map(([x, r]) => `(?:${x})${r}`),
    ),
  }));
  const text = fc.array(fc.constantFrom("a", "b", "é", "😀", "1", "\n"), { maxLength: 9 }).map((c) => c.join(""));
  fc.assert(
    fc.property(source, text, (s, t) => {
      expect(found(s, t)).toEqual(plainTokens(s, t));
    }),
    { numRuns: 1_500, seed: 7 },
  );
});
