import { describe, expect, it } from "vitest";
import { categoryHash, findCategories } from "./category-codes.js";
import { cityHash64 } from "./city-hash.js";

describe("the hash of a category", () => {
  // As CatBoost 1.2.10 lists them (cat_features_hash of a model saved with its pool).
  it.each([
    ["", 797982799],
    ["0", 2856682258],
    ["1", 1121341681],
    ["-1", 288298918],
    ["42", 1145636304],
    ["123", 1577207979],
    ["nan", 761118297],
    ["1234", 2446288829],
    ["-12345", 3586227710],
    ["131071", 3068620129],
    ["1234567", 215762447],
    ["12345678", 1054993967],
    ["abcdefghi", 3019552977],
    ["abcdefghijklmno", 2346640249],
    ["abcdefghijklmnop", 2150978241],
    ["größe", 3429406764],
    ["日本語", 1379369661],
    ["x".repeat(17), 400127573],
    ["abcdefghijklmnopqrstuvwxyz012345", 2335930906],
    ["abcdefghijklmnopqrstuvwxyz0123456", 2217718852],
    ["y".repeat(64), 1213635094],
    ["The quick brown fox jumps over the lazy dog, twice over and again.", 388832116],
    ["z".repeat(128), 1319357041],
    ["0123456789".repeat(20), 147607983],
  ])("%j", (text, hash) => {
    expect(Number(cityHash64(new TextEncoder().encode(text)) & 0xffffffffn)).toBe(hash);
    expect(categoryHash(text)).toBe(hash | 0);
  });
});

describe("categories behind hashes", () => {
  const find = (texts: readonly string[], names: readonly string[] = []) => {
    const hashes = texts.map(categoryHash);
    const found = findCategories(new Set(hashes), names);
    return hashes.map((hash) => found.get(hash));
  };

  it("are whole numbers, found by trying", () => {
    expect(find(["0", "-1024", "131071"])).toEqual([
      { kind: "code", code: 0 },
      { kind: "code", code: -1024 },
      { kind: "code", code: 131071 },
    ]);
  });

  it("are whole numbers beyond those tried, and texts, where the file lists them", () => {
    expect(find(["9999999", "p", "nan", "07", "-0"], ["p", "9999999", "07", "-0", "nan", "unused"])).toEqual([
      { kind: "code", code: 9999999 },
      { kind: "text", text: "p" },
      { kind: "text", text: "nan" },
      { kind: "text", text: "07" },
      { kind: "text", text: "-0" },
    ]);
  });

  it("stay unknown otherwise", () => {
    expect(find(["p", "131072", "7"])).toEqual([undefined, undefined, { kind: "code", code: 7 }]);
  });
});
