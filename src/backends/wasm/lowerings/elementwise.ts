/** Lowerings of the elementwise primitives and casts: one call each (kernels/machine/elements.ts). */

import type { PrimitiveName } from "../../../ir/primitive.js";
import { Op } from "../codes.js";
import { broadcastView, elements, type Lowering, repeatSteps, type Site, typeCode } from "./lowering.js";

function elementwise<P extends PrimitiveName>(site: Site<P>, op: number, order: readonly number[]): void {
  const [result] = site.results;
  if (result === undefined) return;
  const operands = order.map((i) => {
    const { address, steps } = site.view(i);
    return { address, steps: repeatSteps(steps, site.args[i]!.shape, result.shape) };
  });
  // The type of what is combined, not of the condition or the result.
  const { dtype } = site.args[site.args.length - 1]!;
  elements(site, op, typeCode(dtype), result.shape, operands, broadcastView(site.result(0), result, result.shape));
}

export const unary = <P extends PrimitiveName>(op: number): Lowering<P> => ({
  elementwise: true,
  lower: (site) => elementwise(site, op, [0]),
});

export const binary = <P extends PrimitiveName>(op: number): Lowering<P> => ({
  elementwise: true,
  lower: (site) => elementwise(site, op, [0, 1]),
});

/** x > y is y < x. */
export const swapped = <P extends PrimitiveName>(op: number): Lowering<P> => ({
  elementwise: true,
  lower: (site) => elementwise(site, op, [1, 0]),
});

export const mod: Lowering<"mod"> = {
  elementwise: true,
  lower: (site) => elementwise(site, site.attrs.fmod ? Op.FMOD : Op.FLOOR_MOD, [0, 1]),
};

export const select: Lowering<"select"> = {
  elementwise: true,
  lower: (site) => elementwise(site, Op.SELECT, [0, 1, 2]),
};

export const isInf: Lowering<"isInf"> = {
  elementwise: true,
  refuse: ({ attrs }) => (attrs.negative || attrs.positive ? undefined : "no infinity at all"),
  lower(site) {
    const { negative, positive } = site.attrs;
    const op = negative && positive ? Op.IS_INFINITE : negative ? Op.IS_NEGATIVE_INFINITY : Op.IS_POSITIVE_INFINITY;
    elementwise(site, op, [0]);
  },
};

export const cast: Lowering<"cast"> = {
  elementwise: true,
  lower: (site) => elementwise(site, Op.CAST + typeCode(site.attrs.to), [0]),
};
