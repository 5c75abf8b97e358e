/**
 * Regular expressions that find the leftmost longest match in time linear in the text, whatever the expression: a nondeterministic
 * automaton whose sets of states are computed when they are first met. JavaScript's own RegExp takes the first alternative instead of
 * the longest, and can take exponential time. Semantics: RE2 with the option longest_match, as onnxruntime's Tokenizer sets it.
 */

import { LimitError } from "../../errors.js";
import { type CharacterSet, lastCodePoint, newline, wordCharacters } from "./character-set.js";
import { type Assertion, ExpressionError, parseExpression, type Syntax } from "./parse-expression.js";
import { widthAt } from "./width-at.js";

type Step =
  | { readonly kind: "set"; readonly set: CharacterSet; next: number }
  | { readonly kind: "assertion"; readonly holds: Assertion; next: number }
  | { readonly kind: "split"; readonly next: number[] }
  | { readonly kind: "match" };

const maxSteps = 20_000;
/** Moves kept at a time, 4 bytes each; beyond, states are computed anew. */
const maxMoves = 2 ** 21;
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
  /** By what stands before: the state in which a match starts, -1 where it is not made yet. */
  readonly #starts = new Int32Array(4).fill(-1);

  constructor(source: string, options: { readonly dotAll: boolean }) {
    this.source = source;
    this.#program = compile(parseExpression(source, options.dotAll));
    this.#asserts = this.#program.some((s) => s.kind === "assertion");
    this.#classStarts = classStarts(this.#program, this.#asserts);
    this.#classOfBasic = new Uint16Array(0x10000);
    for (const [i, start] of this.#classStarts.entries()) {
      if (start < 0x10000) this.#classOfBasic.fill(i, start, this.#classStarts[i + 1] ?? 0x10000);
    }
    this.#forget();
  }

  /** Whether the expression matches the empty text. */
  get matchesNothing(): boolean {
    return this.longestFrom("", 0) === 0;
  }

  /** Whether every match is one character, whatever stands around it. */
  get matchesCharacters(): boolean {
    const [, end, only] = this.#program;
    return this.#program.length === 3 && end?.kind === "match" && only?.kind === "set";
  }

  /** The end of the longest match that starts at `start`, or -1. Positions count UTF-16 units. */
  longestFrom(text: string, start: number): number {
    return this.#longest(text, start, { left: Number.POSITIVE_INFINITY });
  }

  /** The leftmost longest match at or after `from`: [start, end], or undefined. */
  find(text: string, from: number, budget: Budget): readonly [number, number] | undefined {
    for (let start = from; start <= text.length; ) {
      if (!this.#asserts) start = this.#firstCandidate(text, start);
      const end = this.#longest(text, start, budget);
      if (end >= 0) return [start, end];
      start += widthAt(text, start);
    }
    return undefined;
  }

  /** The first place from `start` on whose character is not known to begin no match; the end of the text where there is none. */
  #firstCandidate(text: string, start: number): number {
    const { moves } = this.#states[this.#startAt(text, start)]!;
    const classes = this.#classOfBasic;
    let at = start;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0xd800 && unit < 0xe000) break;
      if (moves[classes[unit]!] !== 0) break;
    }
    return at;
  }

  /** The work that may be spent on one text. */
  budgetFor(text: string): Budget {
    return { left: 5_000_000 + patience * text.length };
  }

  #longest(text: string, start: number, budget: Budget): number {
    const classes = this.#classOfBasic;
    let state = this.#startAt(text, start);
    let end = -1;
    let at = start;
    while (at < text.length) {
      const unit = text.charCodeAt(at);
      const wide = unit >= 0xd800 && unit < 0xdc00 && widthAt(text, at) === 2;
      const characterClass = wide ? this.#classOf(text.codePointAt(at) ?? 0) : classes[unit]!;
      const known = this.#states[state]!.moves[characterClass]!;
      const move = known >= 0 ? known : this.#move(state, characterClass);
      if ((move & 1) === 1) end = at;
      state = move >> 1;
      if (state === 0) break;
      at += wide ? 2 : 1;
    }
    budget.left -= at - start;
    if (budget.left < 0) {
      throw new LimitError(
        `the regular expression ${JSON.stringify(this.source)} takes too long on a text of ${text.length} characters; cut the text`,
      );
    }
    if (state === 0 || at < text.length) return end;
    return (this.#move(state, this.#classStarts.length) & 1) === 1 ? at : end;
  }

  #startAt(text: string, start: number): number {
    const before = this.#asserts ? beforeAt(text, start) : places.other;
    const known = this.#starts[before]!;
    if (known >= 0) return known;
    const made = this.#intern([0], before);
    this.#starts[before] = made;
    return made;
  }

  #forget(): void {
    this.#states = [];
    this.#known = new Map();
    this.#starts.fill(-1);
    this.#intern([], places.other);
  }

  #intern(steps: readonly number[], before: Before): number {
    // The dead state is state 0, whatever stood before it.
    const key = steps.length === 0 ? "" : `${before} ${steps.join(" ")}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const width = this.#classStarts.length + 1;
    // Nobody holds on to the number of another state than the one that is made here.
    if (this.#states.length > 8 && this.#states.length * width > maxMoves) this.#forget();
    this.#states.push({ steps, before, moves: new Int32Array(width).fill(-1) });
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
