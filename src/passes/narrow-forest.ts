/**
 * Makes a forest that compares and sums in float64 one that does so in float32, for devices without float64. Exact for
 * every row of float32 values: no float32 lies strictly between a threshold and its directed rounding, so
 * `x <= t` ⇔ `x <= t↓`, `x < t` ⇔ `x < t↑`, `x > t` ⇔ `x > t↓`, `x >= t` ⇔ `x >= t↑`. Rounding to nearest would not be.
 * The bounds of a set move inwards. Leaf values are rounded to nearest.
 */

import { UnsupportedError } from "../errors.js";
import { minNormalFloat32, roundDownToFloat32, roundUpToFloat32 } from "../ir/float.js";
import { type Forest, SplitMode } from "../ir/forest.js";
import { roundSets } from "../ir/interval-sets.js";

/**
 * The same forest with float32 compares, sums and leaf values; the forest itself where it has them already. Throws
 * UnsupportedError where a finite leaf value is beyond float32.
 */
export function narrowForest(forest: Forest): Forest {
  if (forest.compare === "float32" && forest.sum === "float32") return forest;
  const mode = Uint8Array.from(forest.mode);
  const threshold = Float64Array.from(forest.threshold);
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1 || mode[i] === SplitMode.member) continue;
    const split = narrowSplit(mode[i]!, threshold[i]!);
    mode[i] = split.mode;
    threshold[i] = split.threshold;
  }
  const leafValue = forest.leafValue.map((value) => {
    const narrow = Math.fround(value);
    if (!Number.isFinite(narrow) && Number.isFinite(value)) {
      throw new UnsupportedError(
        "forest",
        `the leaf value ${value} is beyond the range of float32, which is all that this device has`,
        'compile for backend "reference", which has float64',
      );
    }
    return narrow;
  });
  const sets = roundSets(forest.sets, roundUpToFloat32, roundDownToFloat32);
  return { ...forest, mode, threshold, sets, leafValue, compare: "float32", sum: "float32" };
}

interface Split {
  readonly mode: number;
  readonly threshold: number;
}

/** The comparison of float32 x that holds exactly where `x mode threshold` does. NaN has its own route and does not matter. */
function narrowSplit(mode: number, threshold: number): Split {
  if (Math.fround(threshold) === threshold) return { mode, threshold };
  const [below, above] = [roundDownToFloat32(threshold), roundUpToFloat32(threshold)];
  // Between two float32 neighbours `<` and `<=` say the same, and so do `>` and `>=`. Each keeps its own side, unless that is
  // a denormal and the other is not: a device that flushes denormals would take `x < 1e-45` for `x < 0`, but knows `x <= 0`.
  const [keepsBelow, keepsAbove] = [isDenormal(above) || !isDenormal(below), isDenormal(below) || !isDenormal(above)];
  switch (mode) {
    case SplitMode.lessEqual:
      return keepsBelow ? { mode, threshold: below } : { mode: SplitMode.less, threshold: above };
    case SplitMode.less:
      return keepsAbove ? { mode, threshold: above } : { mode: SplitMode.lessEqual, threshold: below };
    case SplitMode.greater:
      return keepsBelow ? { mode, threshold: below } : { mode: SplitMode.greaterEqual, threshold: above };
    case SplitMode.greaterEqual:
      return keepsAbove ? { mode, threshold: above } : { mode: SplitMode.greater, threshold: below };
    case SplitMode.equal:
      // No float32 equals it, and nothing is below -Infinity.
      return { mode: SplitMode.less, threshold: -Infinity };
    default:
      // Every float32 differs from it, and everything is at least -Infinity.
      return { mode: SplitMode.greaterEqual, threshold: -Infinity };
  }
}

function isDenormal(x: number): boolean {
  return x !== 0 && Math.abs(x) < minNormalFloat32;
}
