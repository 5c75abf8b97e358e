/** Whether a Program has element types that a target lacks: `narrow.ts`, which rewrites them, is loaded only then. */

import type { DType } from "../ir/dtype.js";
import type { Program } from "../ir/program.js";
import type { Target } from "../ir/target.js";

/** Strings are never narrowed: they stay on the host. */
export const lacksDType = ({ dtypes }: Target, dtype: DType | undefined): boolean =>
  dtype !== undefined && dtype !== "string" && !dtypes.has(dtype);

/** A forest may compare in float64 what is float32 before and after it. */
export const needsNarrowing = ({ types, instructions }: Program, target: Target): boolean =>
  types.some((t) => lacksDType(target, t.dtype)) ||
  (lacksDType(target, "float64") && instructions.some((i) => i.op === "forest" || i.op === "forestLeaves"));
