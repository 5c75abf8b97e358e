/** Cases for forest and forestLeaves on hand-made forests: every comparison, NaN routes, precisions, aggregates; see cases.ts. */

import { SplitMode } from "../forest.js";
import { buildForest } from "../forest-builder.js";
import { float32, float64, int32 } from "../tensor.js";
import { type PrimitiveCase, primitiveCase } from "./cases.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** One tree: root 10 asks x[0] ? 1, node 11 is where it holds (1), node 12 where it does not (2). */
export function stump(mode: number, missingTrue: number): ReturnType<typeof buildForest> {
  return buildForest(
    {
      nFeatures: 1,
      nOutputs: 1,
      compare: "float32",
      sum: "float32",
      aggregate: "sum",
      tree: [0, 0, 0],
      id: [10, 11, 12],
      mode: [mode, 0, 0],
      feature: [0, 0, 0],
      threshold: [1, 0, 0],
      trueId: [11, 0, 0],
      falseId: [12, 0, 0],
      missingTrue: [missingTrue, 0, 0],
      voteTree: [0, 0],
      voteId: [11, 12],
      voteTarget: [0, 0],
      voteValue: [1, 2],
    },
    "test",
    "stump",
  );
}

/** Below, at and above 1, then both infinities: where each mode sends them. */
const routes: readonly (readonly [keyof typeof SplitMode, readonly number[]])[] = [
  ["lessEqual", [1, 1, 2, 2, 1]],
  ["less", [1, 2, 2, 2, 1]],
  ["greaterEqual", [2, 1, 1, 1, 2]],
  ["greater", [2, 2, 1, 1, 2]],
  ["equal", [2, 1, 2, 2, 2]],
  ["notEqual", [1, 2, 1, 1, 1]],
];
const asked = float32([0.5, 1, 1.0000001, inf, -inf, nan], [6, 1]);
const stumps: readonly PrimitiveCase[] = routes.flatMap(([name, want]) =>
  [0, 1].flatMap((missingTrue) => {
    const answers = [...want, missingTrue === 1 ? 1 : 2];
    const attrs = { forest: stump(SplitMode[name], missingTrue) };
    const about = `${name}, NaN ${missingTrue === 1 ? "holds" : "does not hold"}`;
    return [
      primitiveCase("forest", about, [asked], attrs, float32(answers, [6, 1])),
      primitiveCase(
        "forestLeaves",
        about,
        [asked],
        attrs,
        int32(
          answers.map((a) => 10 + a),
          [6, 1],
        ),
      ),
    ];
  }),
);

/** Three trees of two outputs: a stump on x[1] < 0, and two single leaves; the third output has no vote. */
function three(sum: "float32" | "float64", aggregate: "sum" | "min" | "max"): ReturnType<typeof buildForest> {
  return buildForest(
    {
      nFeatures: 2,
      nOutputs: 3,
      compare: "float64",
      sum,
      aggregate,
      tree: [5, 5, 5, 3, 9],
      id: [0, 1, 2, 0, 4],
      mode: [SplitMode.less, 0, 0, 0, 0],
      feature: [1, 0, 0, 0, 0],
      threshold: [0, 0, 0, 0, 0],
      trueId: [1, 0, 0, 0, 0],
      falseId: [2, 0, 0, 0, 0],
      missingTrue: [0, 0, 0, 0, 0],
      voteTree: [5, 5, 3, 9],
      voteId: [1, 2, 0, 4],
      voteTarget: [0, 1, 0, 0],
      voteValue: [16777216, -7, 1, 1],
    },
    "test",
    "three",
  );
}

/** A column more than the forest has. */
const wide = float64([9, -1, 9, 9, 0, 9], [2, 3]);
export const forestCases: readonly PrimitiveCase[] = [
  ...stumps,
  primitiveCase(
    "forest",
    "float32 sums in tree order",
    [wide],
    { forest: three("float32", "sum") },
    float32([16777216, 0, 0, 2, -7, 0], [2, 3]),
  ),
  primitiveCase(
    "forest",
    "float64 sums",
    [wide],
    { forest: three("float64", "sum") },
    float64([16777218, 0, 0, 2, -7, 0], [2, 3]),
  ),
  primitiveCase(
    "forest",
    "min of the votes",
    [wide],
    { forest: three("float64", "min") },
    float64([1, 0, 0, 1, -7, 0], [2, 3]),
  ),
  primitiveCase(
    "forest",
    "max of the votes",
    [wide],
    { forest: three("float64", "max") },
    float64([16777216, 0, 0, 1, -7, 0], [2, 3]),
  ),
  primitiveCase("forest", "no rows", [float64([], [0, 2])], { forest: three("float64", "sum") }, float64([], [0, 3])),
  primitiveCase(
    "forestLeaves",
    "ids of several trees",
    [wide],
    { forest: three("float64", "sum") },
    int32([1, 0, 4, 2, 0, 4], [2, 3]),
  ),
  primitiveCase(
    "forestLeaves",
    "no rows",
    [float64([], [0, 2])],
    { forest: three("float64", "sum") },
    int32([], [0, 3]),
  ),
];
