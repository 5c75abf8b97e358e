/** The tables of a forest for shaders: how splits become ranks, and that damaged tables are refused. */

import { expect, test } from "vitest";
import { grownForest } from "../../backends/wasm/forests/forests.testing.js";
import { ModelParseError } from "../../errors.js";
import { buildForest } from "../../ir/forest-builder.js";
import { checkTables, forestTables, tableWords } from "./forest-tables.js";

const forest = grownForest({ trees: 7, features: 4, leaves: 9, outputs: 3, votes: "some", categorical: 1 });

test("splits become ranks of keys", () => {
  // x0 < 0 ? 2 : x0 == 1 ? 3 : 5
  const tables = forestTables(
    buildForest(
      {
        nFeatures: 1,
        nOutputs: 1,
        compare: "float32",
        sum: "float32",
        aggregate: "sum",
        tree: [0, 0, 0, 0, 0],
        id: [0, 1, 2, 3, 4],
        mode: [2, 0, 5, 0, 0],
        feature: [0, 0, 0, 0, 0],
        threshold: [0, 0, 1, 0, 0],
        trueId: [1, 0, 3, 0, 0],
        falseId: [2, 0, 4, 0, 0],
        missingTrue: [0, 0, 1, 0, 0],
        voteTree: [0, 0, 0],
        voteId: [1, 3, 4],
        voteTarget: [0, 0, 0],
        voteValue: [2, 3, 5],
      },
      "onnx",
      "test",
    ),
  );
  const header = checkTables(tables);
  // Keys just below 0, just below 1, and of 1.
  expect([...tables.subarray(header.cutStart, header.roots)].map((w) => w >>> 0)).toEqual([
    header.cutStart + 2,
    header.cutStart + 5,
    0x7fffffff,
    0xbf7fffff,
    0xbf800000,
  ]);
  const nodes = [...tables.subarray(4 * header.nodes)];
  const [two, three, five] = [2, 3, 5].map((v) => new Int32Array(Float32Array.of(v).buffer)[0]!);
  const at = header.nodes;
  expect(nodes).toEqual([
    ...[0, 0, 0, at + 1],
    ...[1, 2, 0, at + 3],
    ...[-1, two, 1, 1],
    ...[-1, five, 1, 4],
    ...[-1, three, 1, 3],
  ]);
});

test("whole tables pass, damaged and cut ones do not", () => {
  const tables = forestTables(forest);
  expect(checkTables(tables)).toMatchObject({ trees: 7, outputs: 3, columns: forest.nFeatures });
  expect(() => checkTables(new Int32Array(0))).toThrow(ModelParseError);
  expect(() => checkTables(tables.slice(0, -4))).toThrow(/words/);
  for (const at of [3, 12, tables.length >> 1, tables.length - 1]) {
    const damaged = tables.slice();
    damaged[at]! ^= 1;
    expect(() => checkTables(damaged), String(at)).toThrow(ModelParseError);
  }
});

test("tables that would lead a walk astray are refused for what they say, not for their checksum alone", () => {
  const tables = forestTables(forest);
  const { nodes, slotColumns, roots } = checkTables(tables);
  const cases: readonly (readonly [number, number, RegExp])[] = [
    [4 * nodes + 3, nodes, /children/],
    [4 * nodes, 4 * 1000, /compares no column/],
    [slotColumns, -1, /reads column -1/],
    [roots, 0, /root/],
    [roots + 1, nodes, /tree 1: its root does not follow/],
    [tableWords.indexOf("aggregate"), 9, /aggregate/],
    [tableWords.indexOf("outputs"), 0, /parts/],
    [tableWords.indexOf("trees"), 2 ** 30, /parts/],
  ];
  for (const [at, word, message] of cases) {
    const crafted = tables.slice();
    crafted[at] = word;
    expect(() => checkTables(sealed(crafted))).toThrow(message);
  }
});

/** With the right checksum. */
function sealed(tables: Int32Array): Int32Array {
  let crc = 0xffffffff;
  for (const byte of new Uint8Array(tables.slice(tableWords.indexOf("checksum") + 1).buffer)) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  tables[tableWords.indexOf("checksum")] = ~crc;
  return tables;
}
