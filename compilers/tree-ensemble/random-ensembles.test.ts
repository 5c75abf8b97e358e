/** Random TreeEnsemble nodes against onnxruntime: labels, and every bit of the scores. */

import fc from "fast-check";
import { describe, it } from "vitest";
import { float32 } from "../../src/ir/tensor.js";
import { expectLikeOnnxruntime } from "../shared/ml-node.testing.js";
import { classifier, type Leaf, regressor, type Tree } from "./ensembles.testing.js";

const inf = Number.POSITIVE_INFINITY;

describe("random ensembles", () => {
  const modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];
  // Few thresholds, so that rows meet them; few weights, so that scores tie; zero among both.
  const cuts = [0, 0.1, -1.5, 2].map(Math.fround);
  const weights = fc.constantFrom(0.1, 0.2, 0.7, -0.3, 1e-3, 0, 1e4);
  const leaf = (outputs: number, sparse: boolean): fc.Arbitrary<Leaf> =>
    fc
      .array(fc.tuple(fc.boolean(), weights), { minLength: outputs, maxLength: outputs })
      .map((votes) => Object.fromEntries(votes.flatMap(([on, w], k) => (on || !sparse ? [[k, w]] : []))));
  const tree = (outputs: number, sparse: boolean, depth: number): fc.Arbitrary<Tree> => {
    if (depth === 0) return leaf(outputs, sparse);
    const child = tree(outputs, sparse, depth - 1);
    const route = fc.constantFrom<0 | 1>(0, 1);
    const inner = fc.tuple(fc.constantFrom(...modes), fc.nat(2), fc.constantFrom(...cuts), child, child, route);
    return fc.oneof({ weight: 1, arbitrary: leaf(outputs, sparse) }, { weight: 4, arbitrary: inner });
  };
  const numbers = fc.constantFrom(
    ...cuts,
    -0,
    Number.NaN,
    inf,
    -inf,
    5,
    Math.fround(0.10000001),
    Math.fround(0.09999999),
  );
  const rows = fc.array(numbers, { minLength: 36, maxLength: 36 }).map((v) => float32(v, [12, 3]));
  // A leaf without a vote of any tree has no label in onnxruntime: the first tree always votes for class 0.
  const always = fc.constant<Tree>({ 0: 0.05 });

  it("agree with onnxruntime in labels and in every bit of the scores", async () => {
    const property = fc.asyncProperty(
      fc
        .integer({ min: 3, max: 5 })
        .chain((k) =>
          fc.tuple(always, fc.array(tree(k, true, 3), { minLength: 1, maxLength: 100 }), fc.constant(k), rows),
        ),
      async ([first, trees, k, x]) => {
        const labels = Array.from({ length: k }, (_, i) => `class ${i}`);
        await expectLikeOnnxruntime(classifier([first, ...trees], labels, "NONE", [x]));
      },
    );
    await fc.assert(property, { numRuns: 40, seed: 7 });
  });
  it("agree for two labels, and for regressors", async () => {
    const property = fc.asyncProperty(
      fc.array(tree(1, true, 3), { minLength: 1, maxLength: 12 }),
      fc.array(tree(2, false, 3), { minLength: 1, maxLength: 100 }),
      fc.constantFrom("SUM", "AVERAGE", "MIN", "MAX"),
      rows,
      async (margin, dense, aggregate, x) => {
        await expectLikeOnnxruntime(classifier([{ 0: 0.05 }, ...margin], ["no", "yes"], "NONE", [x], [0.25]));
        await expectLikeOnnxruntime(regressor({ trees: dense }, 2, [x], { aggregate_function: { string: aggregate } }));
      },
    );
    await fc.assert(property, { numRuns: 40, seed: 11 });
  });
});
