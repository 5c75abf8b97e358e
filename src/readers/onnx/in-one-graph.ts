/**
 * What few ONNX files have, functions of their own and tensors in other files, put into the one graph that the rest of the reader
 * sees. Loaded with the first such file.
 */

import { type ExternalFiles, withExternalData } from "./external-data.js";
import type { ModelProto } from "./generated/onnx-ml.js";
import { inlineFunctions } from "./inline-functions.js";
import { readOpsets } from "./opsets.js";
import { checkModel } from "./read-decoded.js";

/** The model as a file that stands alone. Without `files`, tensors in other files stay where they are, which the reader refuses. */
export function inOneGraph(decoded: ModelProto, files?: ExternalFiles): ModelProto {
  checkModel(decoded);
  const model = files === undefined ? decoded : withExternalData(decoded, files);
  if (model.graph === null) return model;
  readOpsets(model);
  return { ...model, graph: inlineFunctions(model, model.graph), functions: [] };
}
