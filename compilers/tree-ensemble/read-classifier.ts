/**
 * How a TreeEnsembleClassifier node (ai.onnx.ml 1 and 3) turns sums of votes into labels and scores, decided when it is read.
 *
 * Source: ONNX says "returns the top class"; the two-class rules, and what happens in rows without votes, are those of onnxruntime 1.30
 * (tree_ensemble_aggregator.h). Where its answer is a defect, the top class it is: two labels with votes for both (it answers 0 or 1,
 * whatever the labels are, and 1 for any positive second score), two base values (it drops one), a single label (it answers 0 or 1).
 */

import { ModelParseError, UnsupportedError } from "../../src/errors.js";
import type { Forest } from "../../src/ir/forest.js";
import type { NodeView } from "../../src/ir/sources.js";
import { type ClassLabels, readClassLabels } from "../shared/class-labels.js";
import { checkMargin, type PostTransform, readPostTransform } from "../shared/post-transform.js";
import { alwaysVoted, winnerIsVoted } from "./derived-forests.js";
import { type FileNumbers, noNumbers, readForest, readNumbers, readVotes } from "./read-forest.js";

/**
 * - "single": one label; the raw scores [N, 1] are the scores.
 * - "margin": two labels, all votes for the first: the raw score s [N, 1] decides for the second where it is above 0.5, or above 0 if
 *   there are negative votes; the scores of both classes come from it.
 * - "second": two labels, all votes for the second: s as above, scores from [0, s]; a row without votes (`always`: there is none) is a
 *   margin of 0. A single base value is without influence.
 * - "top": the class with the highest score among those that got a vote in the row (`everyClass`: among all).
 */
export type ClassRule =
  | { readonly kind: "single" }
  | { readonly kind: "margin"; readonly allPositive: boolean }
  | { readonly kind: "second"; readonly allPositive: boolean; readonly always: boolean }
  | { readonly kind: "top"; readonly everyClass: boolean };

export interface ClassifierAttrs {
  readonly task: "classify";
  readonly forest: Forest;
  /** Added to the sums, one for each output of the forest; or empty. */
  readonly baseValues: FileNumbers;
  /** Whether a row without votes for an output has the score 0 there, without its base value. */
  readonly baseNeedsVote: boolean;
  readonly postTransform: PostTransform;
  readonly labels: ClassLabels;
  readonly rule: ClassRule;
}

/** Throws ModelParseError for a malformed node, UnsupportedError for one without an agreed meaning. */
export function readClassifier(node: NodeView): ClassifierAttrs {
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  const labels = readClassLabels(node, "classlabels_strings", "classlabels_int64s");
  if (labels === undefined) return fail("neither classlabels_strings nor classlabels_int64s names a class");
  const classes = labels.values.length;
  const votes = readVotes(node, "class");
  const baseValues = readNumbers(node, "base_values");
  const postTransform = readPostTransform(node);
  const bases = baseValues.values.length;
  const outside = votes.targets.findIndex((id) => id < 0 || id >= classes);
  if (outside !== -1) {
    fail(`class_ids[${outside}] is ${votes.targets[outside]}, but there are ${classes} class labels`);
  }

  if (bases !== 0 && bases !== classes && !(classes === 2 && bases === 1)) {
    fail(`base_values has ${bases} entries, but there are ${classes} class labels`);
  }
  const ids = new Set(votes.targets);
  if (classes === 2 && bases === 1 && ids.size === 2) {
    throw new UnsupportedError(
      node.where,
      "one base value for two classes that both have votes has no agreed meaning",
      "write two base values",
    );
  }
  const column = classes === 2 && ids.size === 1 && bases < 2;
  const targets = column ? new Int32Array(votes.targets.length) : votes.targets;
  const forest = readForest(node, votes, targets, column ? 1 : classes, "sum");
  const allPositive = votes.weights.values.every((w) => !(w < 0));
  const always = alwaysVoted(forest).every((a) => a === 1);
  const rule = ((): ClassRule => {
    if (classes === 1) return { kind: "single" };
    if (column) return ids.has(0) ? { kind: "margin", allPositive } : { kind: "second", allPositive, always };
    // A base value counts as a vote for its class.
    return { kind: "top", everyClass: bases > 0 || winnerIsVoted(forest) };
  })();
  if (rule.kind === "margin" || (rule.kind === "second" && !rule.always)) checkMargin(postTransform, node.where);
  return {
    task: "classify",
    forest,
    baseValues: rule.kind === "second" ? noNumbers : baseValues,
    baseNeedsVote: rule.kind === "margin" && bases > 0 && !always,
    postTransform,
    labels,
    rule,
  };
}
