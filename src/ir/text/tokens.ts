/**
 * Texts → tokens. Semantics: com.microsoft Tokenizer 1 (onnxruntime contrib_ops/cpu/tokenizer.cc): tokens are the matches of an expression,
 * what stands between the matches of separators (each of which cuts what the one before left), or single characters.
 */

import type { Expression } from "./expression.js";
import { widthAt } from "./width-at.js";

export interface Tokenization {
  readonly by:
    | { readonly kind: "characters" }
    | { readonly kind: "matches"; readonly expression: Expression }
    | { readonly kind: "separators"; readonly separators: readonly Expression[] };
  /** Shorter tokens are dropped; in code points. */
  readonly leastCharacters: number;
  /** Puts startMark before and endMark after the tokens of each text. */
  readonly mark: boolean;
}

/** Start and end of a text, as onnxruntime writes them. */
export const marks = { start: "\u0002", end: "\u0003" } as const;

/** The tokens of one text, in their order. Throws LimitError where an expression takes too long. */
export function tokensOf(text: string, { by, leastCharacters, mark }: Tokenization): string[] {
  const tokens: string[] = mark ? [marks.start] : [];
  if (by.kind === "characters") for (const character of text) tokens.push(character);
  else if (by.kind === "matches") {
    const budget = by.expression.budgetFor(text);
    for (let at = 0; at < text.length; ) {
      const found = by.expression.find(text, at, budget);
      if (found === undefined) break;
      const [start, end] = found;
      const token = text.slice(start, end);
      if (end > start && atLeast(token, leastCharacters)) tokens.push(token);
      at = end > start ? end : end + widthAt(text, end);
    }
  } else {
    const [first, ...more] = by.separators;
    let pieces = first === undefined ? [text] : cut(text, first);
    for (const separator of more) pieces = pieces.flatMap((piece) => cut(piece, separator));
    for (const piece of pieces) if (atLeast(piece, leastCharacters)) tokens.push(piece);
  }
  if (mark) tokens.push(marks.end);
  return tokens;
}

/** What stands between the matches; separators match at least one character. */
function cut(text: string, separator: Expression): string[] {
  const pieces: string[] = [];
  const budget = separator.budgetFor(text);
  let from = 0;
  for (;;) {
    const found = from < text.length ? separator.find(text, from, budget) : undefined;
    const piece = text.slice(from, found?.[0]);
    if (piece.length > 0) pieces.push(piece);
    if (found === undefined) return pieces;
    from = found[1];
  }
}

function atLeast(token: string, count: number): boolean {
  if (count <= 1) return true;
  let found = 0;
  for (const _ of token) if (++found >= count) return true;
  return false;
}
