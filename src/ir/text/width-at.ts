/** Code points in JavaScript's texts. Apart from the expressions, so that what only runs them does not load what parses them. */

/** UTF-16 units of the code point at `at`; 1 at the end. */
export function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
