/** All hand-written cases of the primitive table; see cases.ts. */

import type { PrimitiveCase } from "./cases.js";
import { axesCases } from "./cases-axes.js";
import { elementwiseCases } from "./cases-elementwise.js";
import { forestCases } from "./cases-forests.js";
import { structureCases } from "./cases-structure.js";
import { textCases } from "./cases-text.js";

export const primitiveCases: readonly PrimitiveCase[] = [
  ...elementwiseCases,
  ...structureCases,
  ...axesCases,
  ...forestCases,
  ...textCases,
];
