/** ZipMap by hand: its answer is the matrix, not the maps of ONNX. */

import { describe, expect, it } from "vitest";
import { float32 } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

const x = float32([0.25, 0.75, 1, 0], [2, 2]);
const zip = (attributes: Record<string, OnnxAttribute>): MlNode => ({
  op: "ZipMap",
  version: 1,
  inputs: [x],
  attributes,
});

describe("ZipMap", () => {
  it("is the matrix of scores", () => {
    expect(outputsOf(zip({ classlabels_strings: { strings: ["a", "b"] } }))).toEqual([x]);
    expect(outputsOf(zip({ classlabels_int64s: { ints: [0, 1] } }))).toEqual([x]);
  });
  it("refuses another number of classes", () => {
    expect(() => lowerMl(zip({ classlabels_int64s: { ints: [0, 1, 2] } }))).toThrow(
      /"tested".*names 3 classes, but its input has 2/,
    );
    expect(() => lowerMl(zip({}))).toThrow(/neither classlabels_strings nor classlabels_int64s/);
  });
});
