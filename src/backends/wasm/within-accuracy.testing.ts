/** For tests: whether a tensor is what the module owes the reference; see `Accuracy` in src/ir/primitive.ts. */

import type { Accuracy } from "../../ir/primitive.js";
import { isStringData, numbersOf, type Tensor } from "../../ir/tensor.js";

/** Distance of the neighbours of x in its type. */
export function ulp(x: number, dtype: "float32" | "float64"): number {
  const [bits, least] = dtype === "float32" ? [23, -126] : [52, -1022];
  const exponent = x === 0 ? least : Math.max(Math.floor(Math.log2(Math.abs(x))), least);
  return 2 ** (exponent - bits);
}

/** The first difference in words, or undefined. `scale` is the sum of the magnitudes of the terms behind each element, for "dot". */
export function difference(
  got: Tensor,
  want: Tensor,
  accuracy: Accuracy,
  scale?: ArrayLike<number>,
): string | undefined {
  if (got.dtype !== want.dtype) return `dtype ${got.dtype}, expected ${want.dtype}`;
  if (got.shape.join() !== want.shape.join()) return `shape [${got.shape}], expected [${want.shape}]`;
  if (got.data.length !== want.data.length) return `${got.data.length} elements, expected ${want.data.length}`;
  for (let i = 0; i < want.data.length; i++)
    if (!Object.is(got.data[i], want.data[i])) {
      const { dtype } = want;
      const words = `element ${i} is ${got.data[i]}, expected ${want.data[i]}`;
      if (accuracy === "exact" || isStringData(want.data) || (dtype !== "float32" && dtype !== "float64")) return words;
      const [x, y] = [Number(numbersOf(got.data)[i]), Number(numbersOf(want.data)[i])];
      if (!Number.isFinite(x) || !Number.isFinite(y)) return words;
      const allowed =
        "ulps" in accuracy
          ? accuracy.ulps * ulp(y, dtype)
          : accuracy.dot * ulp(Math.max(Math.abs(y), scale?.[i] ?? 0), dtype);
      if (Math.abs(x - y) > allowed) return words;
    }
  return undefined;
}
