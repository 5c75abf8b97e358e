/** Bytes → UTF-8 text and lines, as streams, for the CLI's readers of text. Refuses what is no UTF-8 instead of guessing. */

import { DataError, LimitError } from "../errors.js";

/** Most characters of one record or line: an opening quote that is never closed must not swallow a whole file. */
export const maxRecordCharacters = 1 << 22;

/** The text in pieces, a byte order mark included. `file` names it in messages. Throws DataError where it is no UTF-8. */
export async function* decodeUtf8(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new DataError(`${file}: the text is not UTF-8; save it as "CSV UTF-8"`);
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

export interface TextLine {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
}

/** Lines without their ends (\n or \r\n), blank ones left out, a byte order mark taken off. Throws LimitError for an endless line. */
export async function* readLines(text: AsyncIterable<string>, file: string): AsyncGenerator<TextLine> {
  let [rest, number] = ["", 0];
  for await (const piece of text) {
    rest += number === 0 && rest === "" ? piece.replace(/^\uFEFF/, "") : piece;
    let from = 0;
    for (let end = rest.indexOf("\n"); end !== -1; end = rest.indexOf("\n", from)) {
      number++;
      const line = rest.slice(from, end);
      if (line.trim() !== "") yield { text: line, number };
      from = end + 1;
    }
    rest = rest.slice(from);
    if (rest.length > maxRecordCharacters) {
      throw new LimitError(`${file}, line ${number + 1}: the line is longer than ${maxRecordCharacters} characters`);
    }
  }
  if (rest.trim() !== "") yield { text: rest, number: number + 1 };
}
