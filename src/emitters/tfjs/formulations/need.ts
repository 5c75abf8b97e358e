/** The argument of a formulation, or its type, that the Program's validation has promised. */

import { InternalError } from "../../../errors.js";
import type { TensorType } from "../../../ir/types.js";
import type { Ref } from "../graph-def.js";

export function need<T extends Ref | TensorType>(ref: T | undefined): T {
  if (ref === undefined) throw new InternalError("a primitive reached the TF.js emitter without one of its arguments");
  return ref;
}
