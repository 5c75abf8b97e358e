/** The emitter's table: how each primitive is written in plain ONNX operators, or why it cannot be. */

import type { FormulationTable } from "./formulation.js";
import * as axes from "./formulations/axes.js";
import * as binary from "./formulations/binary.js";
import * as conversion from "./formulations/conversion.js";
import * as movement from "./formulations/movement.js";
import * as sources from "./formulations/sources.js";
import * as unary from "./formulations/unary.js";

const lowered = { refuse: "a strategy lowers forests to other primitives first" } as const;

export const formulations: FormulationTable = {
  ...sources,
  ...conversion,
  ...movement,
  ...unary,
  ...binary,
  ...axes,
  forest: lowered,
  forestLeaves: lowered,
};
