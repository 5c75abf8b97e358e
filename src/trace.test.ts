import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SplitMode } from "./ir/forest.js";
import { load } from "./load.js";
import { forestsOf, pathTo } from "./trace.js";

const model = await load(readFileSync(new URL("../test-models/lightgbm/categorical/model.txt", import.meta.url)));
const forest = forestsOf(model)[0] ?? expect.fail("no forest");

test("a way through a split by categories tells the categories, not the number of their set", () => {
  const node = forest.mode.indexOf(SplitMode.member);
  const tree = forest.treeStart.findLastIndex((start) => start <= node);
  let leaf = forest.trueChild[node] ?? -1;
  while (forest.feature[leaf] !== -1) leaf = forest.trueChild[leaf] ?? -1;
  const step = pathTo(forest, tree, forest.nodeId[leaf] ?? -1)?.find((s) => s.node === forest.nodeId[node]);
  const set = forest.threshold[node] ?? -1;
  const [from, to] = [forest.sets.start[set] ?? 0, forest.sets.start[set + 1] ?? 0];
  expect(to).toBeGreaterThan(from);
  expect(step).toMatchObject({ comparison: "in", holds: true, column: forest.feature[node] });
  expect(step?.threshold).toEqual(
    Array.from({ length: to - from }, (_, i) => [forest.sets.low[from + i], forest.sets.high[from + i]]),
  );
});
