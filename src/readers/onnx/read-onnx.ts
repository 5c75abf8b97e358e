/** Bytes of an ONNX file → Model in one call, with all of the reader loaded; `read.ts` loads what a file needs. */

import type { Model } from "../../ir/model.js";
import type { RegisteredOperator } from "../../ir/operator.js";
import { decodeModel } from "./decode.js";
import type { ExternalFiles } from "./external-data.js";
import { inOneGraph } from "./in-one-graph.js";
import { readDecoded } from "./read-decoded.js";

/**
 * Reads an ONNX file with the given operators. Throws ModelParseError with the place in the file where it is damaged or contradicts
 * itself, UnsupportedError naming the node, operator and attribute that calypte does not have, LimitError where it is too large.
 * `files` opens the files that hold external data.
 */
export function readOnnx(bytes: Uint8Array, operators: readonly RegisteredOperator[], files?: ExternalFiles): Model {
  return readDecoded(inOneGraph(decodeModel(bytes), files), operators);
}
