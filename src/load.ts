/** Reads a model from bytes, a file or a URL that the caller names. The format is found from the content. */

import { LimitError, ModelParseError, OptionError } from "./errors.js";
import type { Model } from "./ir/model.js";
import { type NodeModules, nodeModule } from "./node-module.js";
import { checkOptions } from "./options.js";
import { expectModel, type OpenFiles, type Operators, readModel } from "./readers/read.js";

const maxBytes = 2 ** 31 - 1;

/** Loaded with the first model that names operators, which the files of boosters do not, and that has rare ones. */
const operators: Operators = {
  common: async () => (await import("../compilers/common.js")).commonOperators,
  async all() {
    const rare = import("../compilers/on-demand.js");
    return [...(await this.common()), ...(await rare).onDemandOperators];
  },
};

export interface LoadOptions {
  /**
   * The files that an ONNX model keeps tensors in (external data), by the names it has for them. Left out, they are read from the folder of
   * the model file, where `source` is a path.
   */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Loads a trained model. `source` is a path (Node), a URL, or the file's bytes. Throws ModelParseError for a damaged or foreign
 * file, UnsupportedError for an operator or attribute that calypte does not have, naming it.
 */
export async function load(source: string | URL | Uint8Array | ArrayBuffer, options: LoadOptions = {}): Promise<Model> {
  checkOptions("load", options, ["externalData"]);
  const { externalData } = options;
  const given = externalData === undefined ? noFiles : await givenFiles(externalData);
  if (source instanceof Uint8Array) return readModel(source, operators, "", given);
  if (source instanceof ArrayBuffer) return readModel(new Uint8Array(source), operators, "", given);
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw new OptionError("source", "load takes a path, a URL, a Uint8Array or an ArrayBuffer");
  }
  expectModel(String(source), operators);
  const remote = source instanceof URL ? source.protocol !== "file:" : /^https?:\/\//.test(source);
  const fs = remote ? undefined : nodeModule("node:fs/promises");
  const bytes = fs === undefined ? await fetchBytes(source) : await readBytes(source, fs);
  const files = fs === undefined || externalData !== undefined ? given : () => filesBeside(source);
  return readModel(bytes, operators, String(source), files);
}

// Few models have other files: what opens them is loaded when first asked for.
const noFiles: OpenFiles = async () => (await import("./external-files.js")).noFiles;

async function givenFiles(given: Readonly<Record<string, unknown>>): Promise<OpenFiles> {
  const files = (await import("./external-files.js")).givenFiles(given);
  return async () => files;
}

const filesBeside = async (source: string | URL) => (await import("./external-files.js")).filesBeside(source);

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
    const says =
      reason === "ENOENT"
        ? "there is no such file"
        : reason === "EISDIR"
          ? "it is a directory, expected a model file"
          : `could not be read (${reason})`;
    throw new ModelParseError("file", String(source), says, { cause: error });
  }
}
