/** For tests: whether a device's tensor is what it owes the reference; see `Accuracy` in src/ir/primitive.ts. */

import type { Accuracy } from "../../ir/primitive.js";
import { numbersOf, type Tensor } from "../../ir/tensor.js";

/** float32 numbers below this may be flushed to zero by any device. */
const smallestNormal = 2 ** -126;

/** Distance of float32 neighbours at |x|. */
export function ulp32(x: number): number {
  if (!Number.isFinite(x)) return 0;
  return 2 ** (Math.max(Math.floor(Math.log2(Math.max(Math.abs(x), smallestNormal))), -126) - 23);
}

/**
 * The first difference in words, or undefined. `scale` holds the sum of the magnitudes of the terms behind each element, for
 * "dot"; `zeros: "any"` lets -0 pass for 0; `absolute` is allowed besides, for functions that a device only approximates, and `factor` times
 * the accuracy otherwise.
 */
export function difference(
  got: Tensor,
  want: Tensor,
  accuracy: Accuracy,
  options: {
    readonly scale?: ArrayLike<number>;
    readonly zeros?: "any";
    readonly absolute?: number;
    readonly factor?: number;
  } = {},
): string | undefined {
  if (got.dtype !== want.dtype) return `dtype ${got.dtype}, expected ${want.dtype}`;
  if (got.shape.join() !== want.shape.join()) return `shape [${got.shape}], expected [${want.shape}]`;
  const [a, b] = [numbersOf(got.data), numbersOf(want.data)];
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (Object.is(x, y) || (x === y && (options.zeros === "any" || accuracy !== "exact"))) continue;
    const allowed =
      accuracy === "exact" || got.dtype !== "float32" || Number.isNaN(x) || !Number.isFinite(y)
        ? 0
        : "ulps" in accuracy
          ? Math.max(
              (options.factor ?? 1) * accuracy.ulps * ulp32(y),
              Math.abs(y) < smallestNormal * 2 ? smallestNormal : 0,
            )
          : (options.factor ?? 1) * accuracy.dot * ulp32(Math.max(Math.abs(y), options.scale?.[i] ?? 0));
    if (Math.abs(x - y) <= (options.absolute ?? 0)) continue;
    if (!(Math.abs(x - y) <= allowed && allowed > 0)) return `element ${i} is ${x}, expected ${y}`;
  }
  return undefined;
}
