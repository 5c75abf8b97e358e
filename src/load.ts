/** Reads a model from bytes, a file or a URL that the caller names. The format is found from the content. */

import { LimitError, ModelParseError, OptionError } from "./errors.js";
import type { Model } from "./ir/model.js";
import { type NodeModules, nodeModule } from "./node-module.js";
import { readModel } from "./readers/read.js";

const maxBytes = 2 ** 31 - 1;

/** Loaded with the first model that names operators; the files of boosters do not. */
const operators = async () => (await import("../compilers/index.js")).operators;

/**
 * Loads a trained model. `source` is a path (Node), a URL, or the file's bytes. Throws ModelParseError for a damaged or foreign
 * file, UnsupportedError for an operator or attribute that calypte does not have, naming it.
 */
export async function load(source: string | URL | Uint8Array | ArrayBuffer): Promise<Model> {
  if (source instanceof Uint8Array) return readModel(source, operators);
  if (source instanceof ArrayBuffer) return readModel(new Uint8Array(source), operators);
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw new OptionError("source", "load takes a path, a URL, a Uint8Array or an ArrayBuffer");
  }
  const remote = source instanceof URL ? source.protocol !== "file:" : /^https?:\/\//.test(source);
  const fs = remote ? undefined : nodeModule("node:fs/promises");
  const bytes = fs === undefined ? await fetchBytes(source) : await readBytes(source, fs);
  return readModel(bytes, operators, String(source));
}

async function fetchBytes(source: string | URL): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(source);
  } catch (error) {
    throw new ModelParseError("file", String(source), "could not be fetched", { cause: error });
  }
  if (!response.ok) throw new ModelParseError("file", String(source), `the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function readBytes(
  source: string | URL,
  { readFile, stat }: NodeModules["node:fs/promises"],
): Promise<Uint8Array> {
  try {
    const { size } = await stat(source);
    if (size > maxBytes) throw new LimitError(`${String(source)}: ${size} bytes are over the limit of ${maxBytes}`);
    return await readFile(source);
  } catch (error) {
    if (error instanceof LimitError) throw error;
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new ModelParseError("file", String(source), `could not be read (${reason})`, { cause: error });
  }
}
