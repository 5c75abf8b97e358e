/** The emitter's table: how each primitive is written in plain ONNX operators, or why it cannot be. */

import type { FormulationTable } from "./formulation.js";
import * as axes from "./formulations/axes.js";
import * as binary from "./formulations/binary.js";
import * as conversion from "./formulations/conversion.js";
import * as movement from "./formulations/movement.js";
import * as sources from "./formulations/sources.js";
import * as unary from "./formulations/unary.js";

const onHost = {
  refuse: "its texts are worked on outside of tensor operators; compute them before, and convert the rest",
} as const;
const lowered = { refuse: "a strategy lowers forests to other primitives first" } as const;

export const formulations: FormulationTable = {
  ...sources,
  ...conversion,
  ...movement,
  ...unary,
  ...binary,
  ...axes,
  bitwise: { refuse: "its bits are worked on outside of the operators that the target has" },
  scatterByRow: { refuse: "it writes at computed places" },
  deferred: { refuse: "its shapes or its course depend on the data" },
  pairwiseCoupling: { refuse: "the number of rounds that couples the probabilities of pairs depends on the data" },
  changeCase: onHost,
  leaveOut: onHost,
  tokenize: onHost,
  splitTexts: onHost,
  nGrams: onHost,
  matchesExpression: onHost,
  joinTexts: onHost,
  hash: onHost,
  forest: lowered,
  forestLeaves: lowered,
};
