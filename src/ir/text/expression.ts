/**
 * Regular expressions that find the leftmost longest match in time linear in the text, whatever the expression: a nondeterministic
 * automaton whose sets of states are computed when they are first met. JavaScript's own RegExp takes the first alternative instead of
 * the longest, and can take exponential time. Semantics: RE2 with the option longest_match, as onnxruntime's Tokenizer sets it.
 */

import { LimitError } from "../../errors.js";
import { type CharacterSet, lastCodePoint, newline, wordCharacters } from "./character-set.js";
import { type Assertion, ExpressionError, parseExpression, type Syntax } from "./parse-expression.js";

type Step =
  | { readonly kind: "set"; readonly set: CharacterSet; next: number }
  | { readonly kind: "assertion"; readonly holds: Assertion; next: number }
  | { readonly kind: "split"; readonly next: number[] }
  | { readonly kind: "match" };

const maxSteps = 20_000;
/** States kept at a time; beyond, they are computed anew. */
const maxStates = 2_000;
/** Characters looked at while one text is searched, for each of its own. */
const patience = 100;

/** What stands before a place in the text, as far as assertions ask. */
const places = { textStart: 0, newline: 1, word: 2, other: 3 } as const;
type Before = (typeof places)[keyof typeof places];

interface State {
  readonly steps: readonly number[];
  readonly before: Before;
  /** By class of the next character (the last is the end of the text): next state · 2 + whether the text before it matches; -1 unknown. */
  readonly moves: Int32Array;
}

/** A compiled expression. Throws ExpressionError for what RE2 does not accept. */
export class Expression {
  readonly source: string;
  readonly #program: readonly Step[];
  readonly #asserts: boolean;
  /** First code points of the classes that no step tells apart. */
  readonly #classStarts: readonly number[];
  readonly #classOfBasic: Uint16Array;
  #states: State[] = [];
  #known = new Map<string, number>();

  constructor(source: string, options: { readonly dotAll: boolean }) {
    this.source = source;
    this.#program = compile(parseExpression(source, options.dotAll));
    this.#asserts = this.#program.some((s) => s.kind === "assertion");
    this.#classStarts = classStarts(this.#program, this.#asserts);
    this.#classOfBasic = new Uint16Array(0x10000);
    for (const [i, start] of this.#classStarts.entries()) this.#classOfBasic.fill(i, Math.min(start, 0x10000));
  }

  /** Whether the expression matches the empty text. */
  get matchesNothing(): boolean {
    return this.longestFrom("", 0) === 0;
  }

  /** The end of the longest match that starts at `start`, or -1. Positions count UTF-16 units. */
  longestFrom(text: string, start: number): number {
    return this.#longest(text, start, { left: Number.POSITIVE_INFINITY });
  }

  /** The leftmost longest match at or after `from`: [start, end], or undefined. */
  find(text: string, from: number, budget: Budget): readonly [number, number] | undefined {
    for (let start = from; start <= text.length; ) {
      const end = this.#longest(text, start, budget);
      if (end >= 0) return [start, end];
      start += widthAt(text, start);
    }
    return undefined;
  }

  /** The work that may be spent on one text. */
  budgetFor(text: string): Budget {
    return { left: 5_000_000 + patience * text.length };
  }

  #longest(text: string, start: number, budget: Budget): number {
    let state = this.#startAt(text, start);
    let end = -1;
    for (let at = start; ; ) {
      if (at === text.length) return this.#move(state, this.#classStarts.length) % 2 === 1 ? at : end;
      const unit = text.charCodeAt(at);
      const wide = unit >= 0xd800 && unit < 0xdc00 && at + 1 < text.length && widthAt(text, at) === 2;
      const move = this.#move(state, wide ? this.#classOf(text.codePointAt(at) ?? 0) : this.#classOfBasic[unit]!);
      if (move % 2 === 1) end = at;
      state = move >> 1;
      if (state === 0) return end;
      if (--budget.left < 0) {
        throw new LimitError(
          `the regular expression ${JSON.stringify(this.source)} takes too long on a text of ${text.length} characters; cut the text`,
        );
      }
      at += wide ? 2 : 1;
    }
  }

  #startAt(text: string, start: number): number {
    if (this.#states.length === 0 || this.#states.length > maxStates) {
      this.#states = [];
      this.#known = new Map();
      this.#intern([], places.other);
    }
    return this.#intern([0], this.#asserts ? beforeAt(text, start) : places.other);
  }

  #intern(steps: readonly number[], before: Before): number {
    // The dead state is state 0, whatever stood before it.
    const key = steps.length === 0 ? "" : `${before} ${steps.join(" ")}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#states.push({ steps, before, moves: new Int32Array(this.#classStarts.length + 1).fill(-1) });
    this.#known.set(key, this.#states.length - 1);
    return this.#states.length - 1;
  }

  #move(index: number, characterClass: number): number {
    const { moves, steps, before } = this.#states[index]!;
    const known = moves[characterClass]!;
    if (known >= 0) return known;
    const next = this.#classStarts[characterClass];
    const reached = new Set(steps);
    let matches = false;
    const after = new Set<number>();
    // A Set is walked in order of insertion, those included that are added during the walk.
    for (const at of reached) {
      const step = this.#program[at]!;
      if (step.kind === "match") matches = true;
      else if (step.kind === "split") for (const to of step.next) reached.add(to);
      else if (step.kind === "assertion") {
        if (holds(step.holds, before, next)) reached.add(step.next);
      } else if (next !== undefined && inSet(step.set, next)) after.add(step.next);
    }
    const target =
      next === undefined
        ? 0
        : this.#intern(
            [...after].sort((a, b) => a - b),
            this.#asserts ? beforeOf(next) : places.other,
          );
    const move = target * 2 + (matches ? 1 : 0);
    moves[characterClass] = move;
    return move;
  }

  #classOf(codePoint: number): number {
    if (codePoint < 0x10000) return this.#classOfBasic[codePoint]!;
    let low = 0;
    let high = this.#classStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#classStarts[middle]! <= codePoint) low = middle;
      else high = middle;
    }
    return low;
  }
}

export interface Budget {
  left: number;
}

/** UTF-16 units of the code point at `at`; 1 at the end. */
export function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function beforeAt(text: string, at: number): Before {
  return at === 0 ? places.textStart : beforeOf(text.charCodeAt(at - 1));
}

function beforeOf(codePoint: number): Before {
  if (codePoint === 10) return places.newline;
  return inSet(wordCharacters, codePoint) ? places.word : places.other;
}

/** `next` is a code point of the class that follows, undefined at the end of the text. */
function holds(assertion: Assertion, before: Before, next: number | undefined): boolean {
  const isWord = next !== undefined && inSet(wordCharacters, next);
  switch (assertion) {
    case "textStart":
      return before === places.textStart;
    case "lineStart":
      return before === places.textStart || before === places.newline;
    case "textEnd":
      return next === undefined;
    case "lineEnd":
      return next === undefined || next === 10;
    case "wordBoundary":
      return (before === places.word) !== isWord;
    case "noWordBoundary":
      return (before === places.word) === isWord;
  }
}

function inSet(set: CharacterSet, codePoint: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (codePoint >= set[i]! && codePoint <= set[i + 1]!) return true;
  return false;
}

function classStarts(program: readonly Step[], asserts: boolean): readonly number[] {
  const sets = program.flatMap((s) => (s.kind === "set" ? [s.set] : []));
  if (asserts) sets.push(wordCharacters, newline);
  const starts = new Set([0]);
  for (const set of sets) {
    for (let i = 0; i < set.length; i += 2) {
      starts.add(set[i]!);
      if (set[i + 1]! < lastCodePoint) starts.add(set[i + 1]! + 1);
    }
  }
  return [...starts].sort((a, b) => a - b);
}

/** Thompson's construction: step 0 is the start, the last step the match. */
function compile(syntax: Syntax): readonly Step[] {
  const program: Step[] = [{ kind: "split", next: [] }];
  const push = (step: Step): number => {
    if (program.length >= maxSteps) throw new ExpressionError("it is too large");
    return program.push(step) - 1;
  };
  /** Writes what matches `node` and goes on at `next`; returns where it starts. Written from its end to its start. */
  const write = (node: Syntax, next: number): number => {
    switch (node.kind) {
      case "set":
        return push({ kind: "set", set: node.set, next });
      case "assertion":
        return push({ kind: "assertion", holds: node.holds, next });
      case "sequence":
        return node.parts.reduceRight((after, part) => write(part, after), next);
      case "choice":
        return push({ kind: "split", next: node.parts.map((part) => write(part, next)) });
      case "repeat": {
        let after = next;
        if (node.most === Number.POSITIVE_INFINITY) {
          const loop: Step = { kind: "split", next: [next] };
          after = push(loop);
          loop.next.push(write(node.body, after));
        } else {
          for (let i = node.least; i < node.most; i++) {
            after = push({ kind: "split", next: [next, write(node.body, after)] });
          }
        }
        for (let i = 0; i < node.least; i++) after = write(node.body, after);
        return after;
      }
    }
  };
  const start = write(syntax, push({ kind: "match" }));
  program[0] = { kind: "split", next: [start] };
  return program;
}
