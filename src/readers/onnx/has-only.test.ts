import { expect, test } from "vitest";
import { commonOperators } from "../../../compilers/common.js";
import { onDemandOperators } from "../../../compilers/on-demand.js";
import { loadFixture } from "../../../test-models/fixtures.js";
import { decodeModel } from "./decode.js";
import { hasOnly } from "./has-only.js";

const modelOf = (name: string) => decodeModel(loadFixture(name).model);

test.each(["scaler-logistic", "mlp-classifier", "lightgbm-binary"])("%s makes do with common operators", (name) => {
  expect(hasOnly(modelOf(name), commonOperators)).toBe(true);
});

test.each([
  ["svc-rbf", "SVMClassifier"],
  ["text-tfidf-logistic", "TfIdfVectorizer"],
  ["neighbors-classifier", "in the body of a Scan"],
])("%s needs another (%s)", (name) => {
  expect(hasOnly(modelOf(name), commonOperators)).toBe(false);
  expect(hasOnly(modelOf(name), [...commonOperators, ...onDemandOperators])).toBe(true);
});

test("an operator of a subgraph counts", () => {
  const model = modelOf("neighbors-classifier");
  const all = [...commonOperators, ...onDemandOperators];
  const inner = model.graph?.node.flatMap((n) => n.attribute).flatMap(({ g }) => g?.node ?? []) ?? [];
  expect(inner.length).toBeGreaterThan(0);
  const name = inner[0]?.op_type ?? "";
  expect(
    hasOnly(
      model,
      all.filter((o) => o.sources["ai.onnx"]?.[name] === undefined),
    ),
  ).toBe(false);
});
