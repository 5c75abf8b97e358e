/**
 * One text into the parts between delimiters. Semantics: ai.onnx StringSplit 20 and onnxruntime (string_split.cc); without a delimiter,
 * parts stand between runs of spaces, and those at the ends do not count.
 */

export interface Splitting {
  /** "" splits at runs of spaces. */
  readonly delimiter: string;
  /** Most splits; the last part holds the rest. */
  readonly most: number;
}

export function splitText(text: string, { delimiter, most }: Splitting): string[] {
  const parts: string[] = [];
  if (delimiter !== "") {
    if (text === "") return parts;
    let from = 0;
    for (let at = text.indexOf(delimiter); at !== -1 && parts.length < most; at = text.indexOf(delimiter, from)) {
      parts.push(text.slice(from, at));
      from = at + delimiter.length;
    }
    parts.push(text.slice(from));
    return parts;
  }
  const space = " ";
  let from = 0;
  for (;;) {
    while (text[from] === space) from++;
    if (from >= text.length) return parts;
    const end = parts.length < most ? text.indexOf(space, from) : -1;
    // The rest keeps its inner spaces, and loses those at its end.
    const part = end === -1 ? text.slice(from).replace(/ +$/, "") : text.slice(from, end);
    parts.push(part);
    if (end === -1) return parts;
    from = end;
  }
}
