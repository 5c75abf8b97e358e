import { describe, expect, it } from "vitest";
import { loadBooster } from "../../../test-models/boosters.js";
import { UnsupportedError } from "../../errors.js";
import { readCatboost } from "./read-catboost.js";

const { bytes } = loadBooster("catboost", "binary-strings-cbm");

/** A copy in which every text `from` is `to`, of the same length. */
function replaced(from: string, to: string): Uint8Array {
  const copy = bytes.slice();
  const buffer = Buffer.from(copy.buffer);
  if (!buffer.includes(from) || from.length !== to.length) throw new Error(`no ${from}`);
  for (let at = buffer.indexOf(from); at !== -1; at = buffer.indexOf(from, at + 1)) copy.set(Buffer.from(to), at);
  return copy;
}

describe("a binary model", () => {
  it("says what it is", () => {
    const model = readCatboost(bytes);
    expect(model.producer).toBe("CatBoost 1.2.10");
    expect(model.inputs).toEqual([{ name: "X", dtype: "float32", shape: [{ N: 1, plus: 0 }, 10] }]);
    expect(model.outputs).toEqual([
      { name: "predict", role: "label" },
      { name: "probabilities", role: "probabilities" },
    ]);
    expect(model.facts).toEqual([
      ["objective", "Logloss"],
      ["rounds", "30"],
      ["booster", "symmetric trees"],
      ["library version", "1.2.10"],
    ]);
  });

  it("may stand anywhere in a Node Buffer", () => {
    const pool = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]);
    expect(readCatboost(pool.subarray(3, 3 + bytes.length)).facts).toEqual(readCatboost(bytes).facts);
  });

  it("has the names of its features for columns, whatever they are", () => {
    expect(readCatboost(loadBooster("catboost", "rmse-names").bytes).inputs[0]?.columns).toEqual([
      "age",
      "sex",
      "bmi",
      "bp",
      "s1",
      "s 2",
      "s3",
      "s4",
      "__proto__",
      "größe",
    ]);
  });

  it("of another version is refused", () => {
    expect(() => readCatboost(replaced("FlabuffersModel_v1", "FlabuffersModel_v2"))).toThrow(UnsupportedError);
    expect(() => readCatboost(replaced("FlabuffersModel_v1", "FlabuffersModel_v2"))).toThrow(
      'the core is of version "FlabuffersModel_v2", expected "FlabuffersModel_v1"',
    );
  });

  it("of an unknown loss is refused by its name", () => {
    expect(() => readCatboost(replaced('"type":"Logloss"', '"type":"Logless"'))).toThrow(
      'model_info.params.loss_function: the loss "Logless" is not known',
    );
  });

  it("with bytes after its end is refused", () => {
    expect(() => readCatboost(Uint8Array.from([...bytes, 0]))).toThrow("something follows the end of the model");
  });

  it("that claims to be longer than it is is refused", () => {
    const copy = bytes.slice();
    new DataView(copy.buffer).setUint32(4, 0xffffffff, true);
    expect(() => readCatboost(copy)).toThrow("the core of the model has 4294967295 bytes, but only");
  });
});
