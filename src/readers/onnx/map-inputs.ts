/**
 * Inputs that are maps, which only DictVectorizer reads: to calypte a matrix with one column for each entry of its vocabulary. A map lacks
 * most of them, and what it lacks is zero (an empty text among strings). ONNX has one map a call; here each row is one.
 *
 * Source: ai.onnx.ml DictVectorizer 1; onnxruntime (dictvectorizer.h): entries that the vocabulary lacks are left out.
 */

import { UnsupportedError } from "../../errors.js";
import type { GraphNode, NamedValue } from "./graph.js";
import { malformed, quote } from "./names.js";
import { readText } from "./tensors.js";

/** The names of the columns of a map input. Throws UnsupportedError where something else than one DictVectorizer reads it. */
export function vocabularyOf(
  nodes: readonly GraphNode[],
  outputs: readonly NamedValue[],
  input: string,
): readonly string[] {
  const readers = nodes.filter((node) => node.inputs.includes(input) || node.captures.includes(input));
  const [reader, ...more] = readers;
  const isVectorizer = reader?.domain === "ai.onnx.ml" && reader.op === "DictVectorizer";
  if (!isVectorizer || more.length > 0 || outputs.some(({ name }) => name === input)) {
    throw new UnsupportedError(
      `input ${quote(input)}`,
      "it is a map, which one DictVectorizer can read, and nothing else",
      "export the model with tensor inputs",
    );
  }
  const { proto, where } = reader;
  const attribute = (name: string) => proto.attribute.find((a) => a.name === name);
  const texts = attribute("string_vocabulary")?.strings ?? [];
  const numbers = attribute("int64_vocabulary")?.ints ?? [];
  if (texts.length > 0 === numbers.length > 0)
    throw malformed(where, "expected either string_vocabulary or int64_vocabulary");
  const names = [...texts.map((bytes) => readText(bytes, where)), ...Array.from(numbers, (value) => String(value))];
  if (new Set(names).size < names.length) throw malformed(where, "an entry stands twice in its vocabulary");
  return names;
}
