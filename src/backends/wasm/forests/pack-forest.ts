/** The bytes for the kernel that a strategy chose: what the machine calls for each `forest` and `forestLeaves`. */

import type { Forest } from "../../../ir/forest.js";
import type { ForestHints } from "../../../ir/primitive.js";
import { packBitSliced } from "./pack-bit-sliced.js";
import { packWalk } from "./pack-walk.js";
import type { PackedForest, RowDType } from "./packed-forest.js";

/** `rows`: the dtype of x in memory: the forest's compare dtype, or float32 (then without a cast to float64 before). */
export function packForest(forest: Forest, want: "raw" | "leaves", rows: RowDType, hints: ForestHints): PackedForest {
  const { kernel = "walk", walkBelow = 0, rankBits } = hints;
  if (kernel === "walk") return packWalk(forest, want, rows);
  const form = rankBits === undefined ? undefined : rankBits === 8 ? "masks" : "tables";
  return packBitSliced(forest, want, rows, { form, oblivious: kernel === "oblivious", fewRows: walkBelow });
}
