/**
 * Text of a regular expression → syntax tree, for `expression.ts`. Syntax: RE2 (https://github.com/google/re2/wiki/Syntax), which is what
 * onnxruntime compiles `tokenexp`, `separators` and `pattern` with: no look-around, no back-references; \w, \d, \s and \b are ASCII.
 */

import {
  type CharacterSet,
  characterSet,
  complement,
  contains,
  digits,
  everything,
  ignoringCase,
  lastCodePoint,
  newline,
  posixClasses,
  spaces,
  unicodeClass,
  union,
  wordCharacters,
} from "./character-set.js";

export type Assertion = "textStart" | "textEnd" | "lineStart" | "lineEnd" | "wordBoundary" | "noWordBoundary";

export type Syntax =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly Syntax[] }
  | { readonly kind: "choice"; readonly parts: readonly Syntax[] }
  | { readonly kind: "repeat"; readonly body: Syntax; readonly least: number; readonly most: number }
  | { readonly kind: "assertion"; readonly holds: Assertion };

/** What is wrong with an expression, in words that follow "the expression …:". */
export class ExpressionError extends Error {}

const fail = (message: string): never => {
  throw new ExpressionError(message);
};

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

/** RE2's limits on counted repetition and on nesting. */
const maxRepeat = 1000;
const maxDepth = 200;

const singles: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 };
const classes: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", digits],
  ["D", complement(digits)],
  ["s", spaces],
  ["S", complement(spaces)],
  ["w", wordCharacters],
  ["W", complement(wordCharacters)],
]);
const assertions: ReadonlyMap<string, Assertion> = new Map([
  ["A", "textStart"],
  ["z", "textEnd"],
  ["b", "wordBoundary"],
  ["B", "noWordBoundary"],
]);

/** Throws ExpressionError for what RE2 does not accept. */
export function parseExpression(source: string, dotAll: boolean): Syntax {
  const text = Array.from(source, (c) => c.codePointAt(0) ?? 0);
  const letter = (at: number): string => (at < text.length ? String.fromCodePoint(text[at]!) : "");
  let at = 0;
  const take = (wanted: string): boolean => {
    if (letter(at) !== wanted) return false;
    at++;
    return true;
  };

  const choice = (given: Flags, depth: number): Syntax => {
    if (depth > maxDepth) fail(`groups are nested more than ${maxDepth} deep`);
    let flags = given;
    const choices: Syntax[] = [];
    let parts: Syntax[] = [];
    while (at < text.length && letter(at) !== ")") {
      if (take("|")) {
        choices.push({ kind: "sequence", parts });
        parts = [];
        continue;
      }
      if (letter(at) === "(") {
        at++;
        const group = groupFlags(flags);
        if (group.alone) {
          flags = group.flags;
          continue;
        }
        const body = choice(group.flags, depth + 1);
        if (!take(")")) fail("a parenthesis is not closed");
        parts.push(repeated(body));
        continue;
      }
      if (letter(at) === "\\" && letter(at + 1) === "Q") {
        at += 2;
        while (at < text.length && !(letter(at) === "\\" && letter(at + 1) === "E")) {
          parts.push({ kind: "set", set: folded(characterSet([[text[at]!, text[at]!]]), flags) });
          at++;
        }
        at += 2;
        continue;
      }
      parts.push(repeated(atom(flags)));
    }
    choices.push({ kind: "sequence", parts });
    return choices.length === 1 ? choices[0]! : { kind: "choice", parts: choices };
  };

  /** After "(": names and flags. `alone` where the group only sets flags for what follows. */
  const groupFlags = (flags: Flags): { readonly flags: Flags; readonly alone: boolean } => {
    if (!take("?")) return { flags, alone: false };
    const rest = text
      .slice(at, at + 200)
      .map((c) => String.fromCodePoint(c))
      .join("");
    const name = /^P?<\w+>/.exec(rest);
    if (name !== null) {
      at += name[0].length;
      return { flags, alone: false };
    }
    const set = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
    if (set === null) return fail(`the group (?${rest.slice(0, 2)} is not one of RE2's`);
    at += set[0].length;
    const [, on = "", off = "", end] = set;
    const state = (letter: string, before: boolean): boolean =>
      !off.includes(letter) && (on.includes(letter) || before);
    return {
      flags: {
        ignoreCase: state("i", flags.ignoreCase),
        multiLine: state("m", flags.multiLine),
        dotAll: state("s", flags.dotAll),
      },
      alone: end === ")",
    };
  };

  const atom = (flags: Flags): Syntax => {
    const c = letter(at++);
    switch (c) {
      case ".":
        return { kind: "set", set: flags.dotAll ? everything : complement(newline) };
      case "^":
        return { kind: "assertion", holds: flags.multiLine ? "lineStart" : "textStart" };
      case "$":
        return { kind: "assertion", holds: flags.multiLine ? "lineEnd" : "textEnd" };
      case "[":
        return { kind: "set", set: bracket(flags) };
      case "*":
      case "+":
      case "?":
        return fail(`${c} has nothing to repeat`);
      case "\\": {
        const holds = assertions.get(letter(at));
        if (holds !== undefined) {
          at++;
          return { kind: "assertion", holds };
        }
        return { kind: "set", set: folded(escapedSet(), flags) };
      }
      default:
        return { kind: "set", set: folded(characterSet([[text[at - 1]!, text[at - 1]!]]), flags) };
    }
  };

  const folded = (set: CharacterSet, flags: Flags): CharacterSet => (flags.ignoreCase ? ignoringCase(set) : set);

  /** After the backslash. */
  const escapedSet = (): CharacterSet => {
    const c = letter(at++);
    const known = classes.get(c);
    if (known !== undefined) return known;
    if (c === "p" || c === "P") return property(c === "P");
    const code = escapedCode(c);
    return characterSet([[code, code]]);
  };

  const escapedCode = (c: string): number => {
    const single = Object.hasOwn(singles, c) ? singles[c] : undefined;
    if (single !== undefined) return single;
    const rest = text
      .slice(at, at + 12)
      .map((code) => String.fromCodePoint(code))
      .join("");
    if (c === "x") {
      const hex = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(rest);
      const code = Number.parseInt(hex?.[1] ?? hex?.[2] ?? "", 16);
      if (hex === null || code > lastCodePoint) return fail("\\x needs two hexadecimal digits, or some in braces");
      at += hex[0].length;
      return code;
    }
    if (c === "0") {
      const octal = /^[0-7]{0,2}/.exec(rest)?.[0] ?? "";
      at += octal.length;
      return Number.parseInt(`0${octal}`, 8);
    }
    if (c === "" || /^[0-9A-Za-z]$/.test(c)) return fail(`the escape \\${c} is not one of RE2's`);
    return c.codePointAt(0) ?? 0;
  };

  /** After \p or \P: one letter, or a name in braces, which ^ negates. */
  const property = (negated: boolean): CharacterSet => {
    let name = letter(at++);
    if (name === "{") {
      const end = text.indexOf(125, at);
      if (end === -1) return fail("the name of a Unicode class is not closed");
      name = text
        .slice(at, end)
        .map((c) => String.fromCodePoint(c))
        .join("");
      at = end + 1;
    }
    const inverted = name.startsWith("^");
    const set = unicodeClass(inverted ? name.slice(1) : name);
    if (set === undefined) return fail(`there is no Unicode class ${JSON.stringify(name)}`);
    return negated !== inverted ? complement(set) : set;
  };

  /** After "[". */
  const bracket = (flags: Flags): CharacterSet => {
    const negated = take("^");
    const sets: CharacterSet[] = [];
    let first = true;
    while (first || letter(at) !== "]") {
      first = false;
      if (at >= text.length) return fail("a bracket is not closed");
      if (letter(at) === "[" && letter(at + 1) === ":") {
        sets.push(posix());
        continue;
      }
      const start = bracketItem();
      if (typeof start !== "number") {
        sets.push(start);
        continue;
      }
      let end = start;
      if (letter(at) === "-" && letter(at + 1) !== "]" && at + 1 < text.length) {
        at++;
        const item = bracketItem();
        if (typeof item !== "number" || item < start) return fail("a range of characters is out of order");
        end = item;
      }
      sets.push(characterSet([[start, end]]));
    }
    at++;
    const set = folded(union(sets), flags);
    return negated ? complement(set) : set;
  };

  /** One code point, or the set of an escape. */
  const bracketItem = (): number | CharacterSet => {
    if (!take("\\")) return text[at++] ?? fail("a bracket is not closed");
    const c = letter(at);
    if (classes.has(c) || c === "p" || c === "P") return escapedSet();
    at++;
    return escapedCode(c);
  };

  const posix = (): CharacterSet => {
    const rest = text
      .slice(at, at + 20)
      .map((c) => String.fromCodePoint(c))
      .join("");
    const name = /^\[:(\^?)(\w+):\]/.exec(rest);
    const set = posixClasses.get(name?.[2] ?? "");
    if (name === null || set === undefined) return fail("a class [:…:] is not one of POSIX's");
    at += name[0].length;
    return name[1] === "^" ? complement(set) : set;
  };

  /** The body with the *, +, ?, {n,m} that follow it; their lazy forms find the same longest match. */
  const repeated = (body: Syntax): Syntax => {
    const counts = repetition();
    if (counts === undefined) return body;
    take("?");
    const [least, most] = counts;
    const result: Syntax = { kind: "repeat", body, least, most };
    if (repeatProduct(result) > maxRepeat) fail(`a repetition counts beyond ${maxRepeat}`);
    if (repetition() !== undefined) fail("a repetition is repeated");
    return result;
  };

  const repetition = (): readonly [number, number] | undefined => {
    if (take("*")) return [0, Number.POSITIVE_INFINITY];
    if (take("+")) return [1, Number.POSITIVE_INFINITY];
    if (take("?")) return [0, 1];
    const rest = text
      .slice(at, at + 24)
      .map((c) => String.fromCodePoint(c))
      .join("");
    // Anything else in braces is text, as in RE2.
    const counts = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(rest);
    if (counts === null) return undefined;
    at += counts[0].length;
    const least = Number(counts[1]);
    const most = counts[2] === undefined ? least : counts[3] === "" ? Number.POSITIVE_INFINITY : Number(counts[3]);
    if (least > maxRepeat || (most > maxRepeat && most !== Number.POSITIVE_INFINITY) || most < least) {
      fail(`the repetition ${counts[0]} is not one of RE2's`);
    }
    return [least, most];
  };

  const result = choice({ ignoreCase: false, multiLine: false, dotAll }, 0);
  if (at < text.length) fail("a parenthesis is closed that was not opened");
  return result;
}

/** How often counted repetitions inside each other copy their body, at most. */
function repeatProduct(syntax: Syntax): number {
  switch (syntax.kind) {
    case "sequence":
    case "choice":
      return Math.max(1, ...syntax.parts.map(repeatProduct));
    case "repeat": {
      const own = syntax.most === Number.POSITIVE_INFINITY ? Math.max(1, syntax.least) : Math.max(1, syntax.most);
      return own * repeatProduct(syntax.body);
    }
    default:
      return 1;
  }
}

/** Whether a code point is one that \b looks at. */
export const isWordCharacter = (codePoint: number): boolean => contains(wordCharacters, codePoint);
