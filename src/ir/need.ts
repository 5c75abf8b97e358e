/** The argument of a formulation, or its type, that the Program's validation has promised. */

import { InternalError } from "../errors.js";

export function need<T>(given: T | undefined): T {
  if (given === undefined) throw new InternalError("a primitive reached an emitter without one of its arguments");
  return given;
}
