import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile, load, type TreeNode, treeOf } from "./index.js";

const file = (path: string) => readFileSync(join(import.meta.dirname, "../test-models", path));

/** The leaf that x reaches, walked over the plain objects. */
function leafOf(node: TreeNode, x: readonly number[]): number {
  if (node.kind === "leaf") return node.id;
  const value = x[node.column]!;
  expect(node.comparison).toBe("<=");
  const yes = Number.isNaN(value) ? node.missing === "yes" : value <= node.threshold!;
  return leafOf((yes ? node.yes : node.no)!, x);
}

test("every tree leads where leafIndices says", async () => {
  const model = await load(file("lightgbm/binary/model.txt"));
  const scorer = await compile(model, { backend: "reference" });
  const width = Number(scorer.inputs[0]!.shape[1]);
  const rows = [0, 1, 2, 3].map((i) => Array.from({ length: width }, (_, j) => Math.sin(7 * i + j)));
  const { data } = await scorer.leafIndices(rows);
  const trees = scorer.plan.forests[0]!.shape.trees;
  const walked = rows.flatMap((x) => Array.from({ length: trees }, (_, tree) => leafOf(treeOf(model, { tree }), x)));
  expect(walked).toEqual(Array.from(data, Number));
});

test("the levels asked for, and no other", async () => {
  const model = await load(file("onnx/cancer-forest/model.onnx"));
  const root = treeOf(model, { tree: 3, depth: 0 });
  expect(root).toMatchObject({ kind: "split" });
  expect(root).not.toHaveProperty("yes");
  expect(() => treeOf(model, { tree: 100 })).toThrow("expected a tree below 100, got 100");
  expect(() => treeOf(model, { forest: 1 })).toThrow("expected a forest below 1, got 1");
  expect(() => treeOf(model, { depth: 65 })).toThrow("from 0 to 64");
});
