/**
 * Raw scores of LightGBM's linear trees from the leaves that a row reaches: each leaf answers constant + Σ coefficient · x over a few
 * columns, or its plain value where one of those is NaN. Part of the lowering in `operator.ts`; ordinary gathers and arithmetic, so that
 * every backend runs it.
 *
 * Source: `Tree::Predict` for is_linear_ (include/LightGBM/tree.h). Terms are added in file order, trees in file order, in float64.
 */

import { LimitError } from "../../errors.js";
import type { Builder } from "../../ir/builder.js";
import type { ValueId } from "../../ir/program.js";
import { float64, int32, scalar } from "../../ir/tensor.js";
import { zeroThreshold } from "./forest-rows.js";
import type { LinearLeaves, Trees } from "./trees.js";

/** Most cells of the tables below: leaves times the terms of the largest leaf. */
const maxCells = 2 ** 25;

/** Terms of the largest leaf. Throws LimitError where tables of that width would be out of proportion. */
export function largestTerms(trees: Trees, linear: LinearLeaves): number {
  const leaves = trees.leafValue.length;
  let largest = 0;
  for (let l = 0; l < leaves; l++) largest = Math.max(largest, linear.termStart[l + 1]! - linear.termStart[l]!);
  if (largest * leaves > maxCells) {
    throw new LimitError(
      `linear trees: ${leaves} leaves of up to ${largest} terms are over the limit of ${maxCells} cells`,
    );
  }
  return largest;
}

/**
 * x float64 [N, F], as the user gives it; leaf int32 [N, T], the ordinal of the leaf that each tree reaches → raw scores float64
 * [N, outputs].
 */
export function linearScores(
  build: Builder,
  trees: Trees,
  linear: LinearLeaves,
  x: ValueId,
  leaf: ValueId,
  outputs: number,
): ValueId {
  const leaves = trees.leafValue.length;
  const number = (value: number) => build.constant(scalar("float64", value));
  const zero = number(0);
  const tiny = build.op("lessEqual", [build.op("abs", [x]), number(zeroThreshold)]);
  const columns = build.op("select", [tiny, zero, x]);

  const offsets = build.constant(int32(trees.leafStart.subarray(0, trees.count), [1, trees.count]));
  const at = build.op("add", [leaf, offsets]);
  const pick = (values: Float64Array) => build.op("gather", [build.constant(float64(values)), at], { axis: 0 });

  let score = pick(linear.constant);
  let missing: ValueId | undefined;
  const none = build.constant(scalar("int32", 0));
  const largest = largestTerms(trees, linear);
  for (let term = 0; term < largest; term++) {
    // A leaf with fewer terms has column -1 here.
    const column = new Int32Array(leaves).fill(-1);
    const coefficient = new Float64Array(leaves);
    for (let l = 0; l < leaves; l++) {
      const i = linear.termStart[l]! + term;
      if (i >= linear.termStart[l + 1]!) continue;
      column[l] = linear.feature[i]!;
      coefficient[l] = linear.coefficient[i]!;
    }
    const wanted = build.op("gather", [build.constant(int32(column)), at], { axis: 0 });
    const has = build.op("greaterEqual", [wanted, none]);
    const read = build.op("gatherByRow", [columns, build.op("max", [wanted, none])]);
    const value = build.op("select", [has, read, zero]);
    const unknown = build.op("isNaN", [value]);
    missing = missing === undefined ? unknown : build.op("or", [missing, unknown]);
    score = build.op("add", [score, build.op("mul", [pick(coefficient), value])]);
  }
  if (missing !== undefined) score = build.op("select", [missing, pick(trees.leafValue), score]);
  const rows = build.type(x).shape[0] ?? "?";
  const byRound = build.op("reshape", [score], { shape: [rows, trees.count / outputs, outputs] });
  return build.op("reduceSum", [byRound], { axes: [1] });
}
