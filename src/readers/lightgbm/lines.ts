/**
 * A LightGBM text model cut into the lines of its header, of its trees, and what follows them: places in the bytes, no text yet, so that
 * a large file costs one scan. Second step of `read-lightgbm.ts`, after detection. Keys are checked against `keys.ts`; the length of
 * every tree against `tree_sizes` by the caller.
 *
 * Source: `GBDT::LoadModelFromString` (src/boosting/gbdt_model_text.cpp). Lines end in LF or CRLF. LightGBM itself trusts tree_sizes
 * and does not miss the line "end of trees"; here both are checked, because a file without them may be cut short.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { type HeaderKey, headerKeys, type Key, type TreeKey, treeKeys } from "./keys.js";

/** Bytes [from, to). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface TreeLines {
  readonly lines: ReadonlyMap<TreeKey, Span>;
  /** Bytes from "Tree=" to the next tree or the end of trees, counting each line end as one: what tree_sizes says. */
  readonly size: number;
}

export interface FileLines {
  readonly header: ReadonlyMap<HeaderKey, Span>;
  readonly trees: readonly TreeLines[];
  /** All after the line "end of trees". */
  readonly tail: Span;
}

export const format = "lightgbm";

/** Longest key worth decoding; the longest known one has 22 characters. */
const maxKey = 64;
const [lineFeed, carriageReturn, equals] = [10, 13, 61];

export function asciiOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** The line that starts at `from`: its end without CR and LF, and the start of the next. */
export function lineAt(bytes: Uint8Array, from: number): { readonly to: number; readonly next: number } {
  const end = bytes.indexOf(lineFeed, from);
  const stop = end === -1 ? bytes.length : end;
  const to = stop > from && bytes[stop - 1] === carriageReturn ? stop - 1 : stop;
  return { to, next: end === -1 ? stop : end + 1 };
}

/** Throws ModelParseError with the line's byte for what is cut short, out of order or said twice; UnsupportedError for an unknown key. */
export function splitLines(bytes: Uint8Array): FileLines {
  const header = new Map<HeaderKey, Span>();
  const trees: TreeLines[] = [];
  let lines = new Map<TreeKey, Span>();
  let [size, at] = [0, lineAt(bytes, 0).next];
  let part: "header" | "tree" | "between" = "header";
  while (at < bytes.length) {
    const { to, next } = lineAt(bytes, at);
    const startsTree = hasPrefix(bytes, at, to, "Tree=");
    const endsTrees = to - at === endOfTrees.length && hasPrefix(bytes, at, to, endOfTrees);
    // A last line without its end is cut short, whatever its start looks like.
    if (bytes[next - 1] !== lineFeed && !endsTrees) break;
    if (startsTree || endsTrees) {
      if (part !== "header") trees.push({ lines, size });
      if (endsTrees) return { header, trees, tail: { from: next, to: bytes.length } };
      const index = asciiOf(bytes, at + 5, Math.min(to, at + maxKey));
      if (index !== String(trees.length)) {
        throw new ModelParseError(format, `byte ${at}`, `found tree ${index}, expected tree ${trees.length}`);
      }
      lines = new Map();
      size = 0;
      part = "tree";
    } else if (to > at) {
      if (part === "between") {
        const line = asciiOf(bytes, at, Math.min(to, at + maxKey));
        throw new ModelParseError(format, `byte ${at}`, `found "${line}", expected a tree or "${endOfTrees}"`);
      }
      if (part === "header") addLine(bytes, header, headerKeys, at, to, "header");
      else addLine(bytes, lines, treeKeys, at, to, `tree ${trees.length}`);
    } else if (part === "tree") {
      // An empty line ends the lines of a tree; more may follow it.
      part = "between";
    }
    size += to - at + 1;
    at = next;
  }
  const place = part === "header" ? "header" : `tree ${trees.length}`;
  throw new ModelParseError(format, place, `the file ends before the line "${endOfTrees}": it is cut short`);
}

const endOfTrees = "end of trees";

function hasPrefix(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

function addLine<K extends string>(
  bytes: Uint8Array,
  lines: Map<K, Span>,
  keys: Readonly<Record<K, Key>>,
  from: number,
  to: number,
  place: string,
): void {
  let mid = from;
  while (mid < to && bytes[mid] !== equals) mid++;
  const name = asciiOf(bytes, from, Math.min(mid, from + maxKey));
  if (!isKey(keys, name)) {
    throw new UnsupportedError(place, `the line "${name}" at byte ${from} is not one that calypte knows`);
  }
  if ((keys[name].type === "flag") !== (mid === to)) {
    throw new ModelParseError(format, place, `the line "${name}" at byte ${from} has ${mid === to ? "no" : "a"} value`);
  }
  if (lines.has(name)) throw new ModelParseError(format, place, `"${name}" is said twice`);
  lines.set(name, { from: Math.min(mid + 1, to), to });
}

function isKey<K extends string>(keys: Readonly<Record<K, Key>>, name: string): name is K {
  return Object.hasOwn(keys, name);
}
