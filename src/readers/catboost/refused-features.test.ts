import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CalypteError, UnsupportedError } from "../../errors.js";
import { lowerModel } from "../../lower.js";
import { readCatboost } from "./read-catboost.js";

const bytesOf = (name: string) => readFileSync(new URL(`../../../test-models/refused/${name}`, import.meta.url));
const read = (name: string) => readCatboost(bytesOf(name));

describe("a model with features that are not evaluated is refused by their names", () => {
  const ctrs =
    'target statistics of categorical features (CTRs) are not evaluated: "town" (column 1), "shop" (column 3)';
  const oneHot = "train with one_hot_max_size at least the number of categories of these, or leave them out";
  const without = "train without, or on numbers made of them";
  it.each([
    ["catboost-ctrs.cbm", `TModelTrees.CtrFeatures: ${ctrs}; ${oneHot}`],
    ["catboost-ctrs.json", `features_info.ctrs: ${ctrs}; ${oneHot}`],
    [
      "catboost-texts.cbm",
      `TModelTrees.TextFeatures: text features are not evaluated: "review" (column 1); ${without}`,
    ],
    [
      "catboost-embeddings.cbm",
      `TModelTrees.EmbeddingFeatures: embedding features are not evaluated: "face" (column 1); ${without}`,
    ],
    ["catboost-hashes.cbm", 'categorical feature "town": its category with the hash'],
  ])("%s", (name, message) => {
    expect(() => lowerModel(read(name))).toThrow(UnsupportedError);
    expect(() => lowerModel(read(name))).toThrow(message);
  });

  it.each(["catboost-ctrs.cbm", "catboost-texts.cbm", "catboost-ctrs.json"])("%s, whichever byte is wrong", (name) => {
    const file = bytesOf(name);
    for (let i = 0; i < file.length; i += name.endsWith("json") ? 97 : 3) {
      for (const value of [0xff, file[i]! ^ 1]) {
        const copy = Uint8Array.from(file);
        copy[i] = value;
        try {
          readCatboost(copy);
        } catch (error) {
          if (!(error instanceof CalypteError)) throw error;
        }
      }
    }
  });
});
