/** The argument that the primitive's shape rule promised. */

import { InternalError } from "../../../errors.js";
import type { Ref } from "../graph.js";

export function need(ref: Ref | undefined): Ref {
  if (ref === undefined) throw new InternalError("an instruction reached the ONNX emitter without an argument");
  return ref;
}
