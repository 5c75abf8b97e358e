/**
 * Sets of Unicode code points, as regular expressions name them. Part of the text primitives; the set operations and the names of the
 * classes are RE2's (https://github.com/google/re2/wiki/Syntax), the Unicode properties those of the JavaScript engine.
 */

/** Ascending, disjoint, not touching: [first, last, first, last, …], ends included. */
export type CharacterSet = readonly number[];

export const lastCodePoint = 0x10ffff;

export const everything: CharacterSet = [0, lastCodePoint];

/** The union of ranges in any order. */
export function characterSet(ranges: readonly (readonly [first: number, last: number])[]): CharacterSet {
  const result: number[] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const end = result.length - 1;
    if (end > 0 && first <= result[end]! + 1) result[end] = Math.max(result[end]!, last);
    else result.push(first, last);
  }
  return result;
}

export function union(sets: readonly CharacterSet[]): CharacterSet {
  return characterSet(sets.flatMap(pairsOf));
}

/** Every code point that is not in the set. */
export function complement(set: CharacterSet): CharacterSet {
  const result: number[] = [];
  let next = 0;
  for (const [first, last] of pairsOf(set)) {
    if (first > next) result.push(next, first - 1);
    next = last + 1;
  }
  if (next <= lastCodePoint) result.push(next, lastCodePoint);
  return result;
}

export function contains(set: CharacterSet, codePoint: number): boolean {
  let low = 0;
  let high = set.length;
  // Invariant: the number of ends below the code point is in [low, high].
  while (low < high) {
    const middle = (low + high) >> 1;
    if (set[middle]! < codePoint) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1 || set[low] === codePoint;
}

function pairsOf(set: CharacterSet): (readonly [number, number])[] {
  return Array.from({ length: set.length / 2 }, (_, i) => [set[2 * i]!, set[2 * i + 1]!] as const);
}

const ascii = (pattern: RegExp): CharacterSet =>
  characterSet(
    Array.from({ length: 128 }, (_, c) => c).flatMap((c) => (pattern.test(String.fromCharCode(c)) ? [[c, c]] : [])),
  );

export const digits = ascii(/[0-9]/);
export const wordCharacters = ascii(/[0-9A-Za-z_]/);
/** Perl's \s as RE2 has it, without the vertical tab. */
export const spaces = ascii(/[\t\n\f\r ]/);
export const newline: CharacterSet = [10, 10];

/** The classes of POSIX, `[[:name:]]`. */
export const posixClasses: ReadonlyMap<string, CharacterSet> = new Map([
  ["alnum", ascii(/[0-9A-Za-z]/)],
  ["alpha", ascii(/[A-Za-z]/)],
  ["ascii", [0, 127]],
  ["blank", ascii(/[\t ]/)],
  [
    "cntrl",
    union([
      [0, 31],
      [127, 127],
    ]),
  ],
  ["digit", digits],
  ["graph", [33, 126]],
  ["lower", ascii(/[a-z]/)],
  ["print", [32, 126]],
  ["punct", ascii(/[!-/:-@[-`{-~]/)],
  ["space", ascii(/[\t-\r ]/)],
  ["upper", ascii(/[A-Z]/)],
  ["word", wordCharacters],
  ["xdigit", ascii(/[0-9A-Fa-f]/)],
]);

/** The code points of a general category or script, by RE2's name (`L`, `Lu`, `Greek`); undefined for a name that is neither. */
export function unicodeClass(name: string): CharacterSet | undefined {
  if (name === "Any") return everything;
  if (!/^[A-Za-z_]{1,40}$/.test(name)) return undefined;
  const property = propertyTest(`gc=${name}`) ?? propertyTest(`sc=${name}`);
  if (property === undefined) return undefined;
  const ranges: [number, number][] = [];
  for (let start = 0; start <= lastCodePoint; start += chunk) {
    // Half of a surrogate pair is no character, and two halves in a row would be one.
    if (start >= 0xd800 && start < 0xe000) continue;
    const text = String.fromCodePoint(...Array.from({ length: chunk }, (_, i) => start + i));
    const width = start > 0xffff ? 2 : 1;
    for (const { index, 0: run } of text.matchAll(property)) {
      const first = start + index / width;
      ranges.push([first, first + run.length / width - 1]);
    }
  }
  return characterSet(ranges);
}

/** Code points tested at a time; divides the planes and the block of surrogates evenly. */
const chunk = 0x800;

function propertyTest(property: string): RegExp | undefined {
  try {
    return new RegExp(`\\p{${property}}+`, "gu");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The set with every code point that differs from one of its own in case only (Unicode's simple case folding). */
export function ignoringCase(set: CharacterSet): CharacterSet {
  const added: (readonly [number, number])[] = pairsOf(set);
  for (const orbit of caseOrbits()) {
    if (orbit.some((c) => contains(set, c))) for (const c of orbit) added.push([c, c]);
  }
  return characterSet(added);
}

let orbits: readonly (readonly number[])[] | undefined;

/** Groups of code points that are one letter in several cases. Letters with cases stand below 0x1f000. */
function caseOrbits(): readonly (readonly number[])[] {
  if (orbits !== undefined) return orbits;
  const groups = new Map<number, number[]>();
  for (let c = 0; c < 0x1f000; c++) {
    const folded = fold(c);
    if (folded !== c) groups.set(folded, [...(groups.get(folded) ?? [folded]), c]);
  }
  orbits = [...groups.values()];
  return orbits;
}

/** Upper case, then lower case, where each is one code point: what simple folding comes to. */
function fold(codePoint: number): number {
  return mapped(
    mapped(codePoint, (c) => c.toUpperCase()),
    (c) => c.toLowerCase(),
  );
}

function mapped(codePoint: number, change: (character: string) => string): number {
  const to = change(String.fromCodePoint(codePoint));
  const first = to.codePointAt(0) ?? codePoint;
  return to.length === (first > 0xffff ? 2 : 1) ? first : codePoint;
}
