/** The argument of a formulation that the Program's validation has promised. */

import { InternalError } from "../../../errors.js";
import type { Ref } from "../graph-def.js";

export function need(ref: Ref | undefined): Ref {
  if (ref === undefined) throw new InternalError("a primitive reached the TF.js emitter without one of its arguments");
  return ref;
}
