import { describe, expect, it } from "vitest";
import { ModelParseError } from "../../errors.js";
import { decodeJson } from "./decode-json.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("JSON of XGBoost", () => {
  it("is decoded, with NaN as null and infinities as numbers, but not inside strings", () => {
    expect(decodeJson(bytes('{"a": [NaN, Infinity, -Infinity, 1.5E0], "NaN \\" Infinity": "NaN"}'))).toEqual({
      a: [null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5],
      'NaN " Infinity': "NaN",
    });
  });

  it("keeps a key named __proto__ as a key", () => {
    expect(Object.keys(Object(decodeJson(bytes('{"__proto__": 1}'))))).toEqual(["__proto__"]);
  });

  it.each(["", "{", '{"a": NaN', '{"a": nan}', "{'a': 1}", '{"a": 1} x', `"${"\\".repeat(9)}`])(
    "is refused where it is damaged: %j",
    (text) => {
      expect(() => decodeJson(bytes(text))).toThrow(ModelParseError);
      expect(() => decodeJson(bytes(text))).toThrow("xgboost: the JSON is damaged (");
    },
  );

  it("is refused where it is no UTF-8", () => {
    expect(() => decodeJson(Uint8Array.of(0x7b, 0x22, 0xff, 0x22))).toThrow(
      "xgboost: the file is no UTF-8 text, expected JSON",
    );
  });

  it("does not overflow on deep nesting", () => {
    const deep = bytes(`${"[".repeat(100_000)}NaN`);
    expect(() => decodeJson(deep)).toThrow(ModelParseError);
  });
});
