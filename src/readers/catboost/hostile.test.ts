import { describe, expect, it } from "vitest";
import { loadBooster } from "../../../test-models/boosters.js";
import { bytesOf, document, floatFeature, floatSplit, outcome, plainTree } from "./documents.testing.js";

const json = bytesOf(document());
const binary = loadBooster("catboost", "lossguide-multiclass-cbm").bytes;

/** The core's size made to agree with what is left of a cut file, so that the reader goes on to the FlatBuffer. */
function cut(length: number): Uint8Array {
  const copy = binary.slice(0, length);
  if (length >= 8) new DataView(copy.buffer).setUint32(4, length - 8, true);
  return copy;
}

describe("a damaged file", () => {
  it("is refused wherever it is cut", () => {
    expect(outcome(json)).toBe("ok");
    expect(outcome(binary)).toBe("ok");
    for (let length = 4; length < json.length; length++) {
      expect(outcome(json.subarray(0, length)), `${length} bytes of JSON`).toBe("MODEL_PARSE");
    }
    for (let length = 4; length < binary.length; length++) {
      expect(outcome(binary.subarray(0, length)), `${length} bytes`).toBe("MODEL_PARSE");
    }
  });

  it("is refused where the binary form is cut and says so", () => {
    const codes = new Set<string>();
    for (let length = 8; length < binary.length; length++) codes.add(outcome(cut(length)));
    expect([...codes].filter((code) => code === "ok")).toEqual([]);
  });
});

describe("a hostile file", () => {
  const text = (s: string) => new TextEncoder().encode(s);

  it("may nest 10^5 deep", () => {
    const deep = 100_000;
    expect(outcome(text(`{"model_info":${"[".repeat(deep)}`))).toBe("MODEL_PARSE");
    expect(outcome(text(`{"model_info":${"[".repeat(deep)}${"]".repeat(deep)}}`))).toBe("MODEL_PARSE");
    // As deep a tree, whose every node is in order but the last.
    const split = JSON.stringify(floatSplit(0, 0, 1));
    const tree = `${`{"split":${split},"left":{"value":1},"right":`.repeat(deep)}{"value":"x"}${"}".repeat(deep)}`;
    const whole = JSON.stringify(document({ oblivious_trees: undefined, trees: ["tree"] })).replace('"tree"', tree);
    expect(outcome(text(whole))).toBe("MODEL_PARSE");
    expect(outcome(text(whole.replace('"x"', "2")))).toMatch(/^(ok|MODEL_PARSE)$/);
  });

  it.each([
    ["a key __proto__", '{"__proto__": {"trees": []}, "model_info": {}, "features_info": {}}', "UNSUPPORTED"],
    [
      "a key constructor in a tree",
      JSON.stringify(document({ oblivious_trees: [{ ...plainTree, constructor: 1 }] })),
      "UNSUPPORTED",
    ],
    [
      "borders beyond float32",
      JSON.stringify(document({ features_info: { float_features: [floatFeature(0, [1, 1e300, 1e301])] } })),
      "MODEL_PARSE",
    ],
    ["infinite numbers", JSON.stringify(document()).replace("[1,[0]]", "[1,[1e999]]"), "MODEL_PARSE"],
    ["a leaf that is infinite", JSON.stringify(document()).replace("[10,", "[1e999,"), "ok"],
    ["no object at all", '{"model_info"', "MODEL_PARSE"],
    ["a list of model_info", '["model_info"]', "MODEL_PARSE"],
    [
      "a huge split index",
      JSON.stringify(document()).replace('"split_index":1', '"split_index":4294967295'),
      "MODEL_PARSE",
    ],
    [
      "a split index beyond 2^53",
      JSON.stringify(document()).replace('"split_index":1', '"split_index":1e300'),
      "MODEL_PARSE",
    ],
  ])("with %s ends in a typed error", (_, source, expected) => {
    expect(outcome(text(source))).toBe(expected);
  });

  it("in JSON that is no UTF-8 is refused", () => {
    expect(outcome(Uint8Array.from([...text('{"model_info":"'), 0xff, 0xfe, ...text('"}')]))).toBe("MODEL_PARSE");
  });
});
