/** The dozen fixtures that the tiers of TF.js that need more than npm (tfjs-node, WebGPU, browsers) are tried on in CI. */

/** One of each kind: numbers of features and classes, depths, missing values, comparison modes, tables of text, no forest. */
export const dozen: readonly string[] = [
  "iris-tree",
  "cancer-forest",
  "wine-boosting",
  "equal-only-tree",
  "mixed-modes-classifier",
  "missing-hist-classifier",
  "lightgbm-regression",
  "xgboost-missing",
  "three-output-forest",
  "string-label-forest",
  "imputer-scaler-boosting",
  "isolation-forest",
];

/** Options of `describeAnswers`: the dozen, or all fixtures under CALYPTE_ALL_FIXTURES=1. */
export const tierFixtures: { readonly fixtures?: readonly string[] } =
  process.env["CALYPTE_ALL_FIXTURES"] === "1" ? {} : { fixtures: dozen };
