import { describe, expect, it } from "vitest";
import { ModelParseError } from "../../errors.js";
import { unpack } from "./copy-numbers.js";
import { decodeUbjson } from "./decode-ubjson.js";
import { ubjsonBytes } from "./small-model.testing.js";
import { type FileValue, isPacked } from "./values.js";

/** Characters are bytes; `\xNN` writes any. */
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const object = (value: string): Uint8Array => latin1(`{U\x01a${value}}`);
const unpacked = (value: FileValue): unknown => (isPacked(value) ? unpack(value) : value);
const decoded = (value: string): unknown => unpacked(Object(decodeUbjson(object(value)))["a"]);

describe("UBJSON", () => {
  it("is decoded as XGBoost writes it", () => {
    const value = { a: { b: [], c: "é" }, d: [1, -2, 3], e: [0.5, 1.25], f: [{ g: true }, { g: null }], h: -1.5, i: 7 };
    const got = Object(decodeUbjson(ubjsonBytes(value)));
    expect(got.a).toEqual(Object.assign(Object.create(null), { b: [], c: "é" }));
    expect(unpacked(got.d)).toEqual(Int32Array.of(1, -2, 3));
    expect(unpacked(got.e)).toEqual(Float32Array.of(0.5, 1.25));
    expect(got.f.map((v: { g: unknown }) => v.g)).toEqual([true, null]);
    expect([got.h, got.i]).toEqual([-1.5, 7]);
  });

  it.each([
    ["i\xff", -1],
    ["U\xff", 255],
    ["I\xff\xfe", -2],
    ["l\x80\x00\x00\x00", -2147483648],
    ["L\x00\x1f\xff\xff\xff\xff\xff\xff", Number.MAX_SAFE_INTEGER],
    ["d\x3f\x80\x00\x00", 1],
    ["D\xbf\xf0\x00\x00\x00\x00\x00\x00", -1],
    ["F", false],
    ["SU\x02hi", "hi"],
  ])("reads the scalar %j", (text, want) => {
    expect(decoded(text)).toBe(want);
  });

  it.each([
    ["[$i#U\x02\xff\x01", Int8Array.of(-1, 1)],
    ["[$U#i\x02\xff\x01", Uint8Array.of(255, 1)],
    ["[$I#U\x01\xff\xfe", Int16Array.of(-2)],
    ["[$L#U\x01\xff\xff\xff\xff\xff\xff\xff\xff", Float64Array.of(-1)],
    ["[$D#U\x01\x3f\xf0\x00\x00\x00\x00\x00\x00", Float64Array.of(1)],
    ["[$d#U\x00", Float32Array.of()],
    ["[U\x01NU\x02]", [1, 2]],
    ["[#U\x02U\x01Z", [1, null]],
    ["[]", []],
  ])("reads the array %j", (text, want) => {
    expect(decoded(text)).toEqual(want);
  });

  it("does not take bytes for a text that it has met", () => {
    expect(decoded("[SU\x02\xc3\xa9SU\x02\xc3\xa9SU\x02hiSU\x02hiSU\x02ho]")).toEqual(["é", "é", "hi", "hi", "ho"]);
    expect(() => decoded("[SU\x02\xc3\xa9SU\x01\xe9]")).toThrow("a text is not in UTF-8");
  });

  it("keeps a key named __proto__ as a key", () => {
    const got = decodeUbjson(latin1("{U\x09__proto__U\x05}"));
    expect(Object.keys(Object(got))).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["5"]).toBeUndefined();
  });

  it.each([
    ["a count without data", object("[$d#l\x7f\xff\xff\xff"), "8589934588 bytes expected, 1 left"],
    ["a count of 2^62 without data", object("[$d#L\x40\x00\x00\x00\x00\x00\x00\x00"), "is beyond 2^53"],
    ["entries without data", object("[#l\x7f\xff\xff\xff"), "2147483647 entries claimed, but only 1 bytes left"],
    ["a negative count", object("[$d#i\xff"), "the count of an array is -1"],
    ["a string longer than the file", object("Sl\x7f\xff\xff\xff"), "2147483647 bytes expected"],
    ["a length that is no integer", object("Sd\x00\x00\x00\x00"), 'the length of a string is no integer (type "d")'],
    ["an array of nothing", object("[$Z#U\x05"), 'an array of type "Z", expected numbers'],
    ["a type without a count", object("[$d]"), "an array with a type but no count"],
    ["a typed object", object("{$dU\x01"), "an object of one value type"],
    ["an unknown type", object("H"), 'a value of unknown type "H"'],
    ["a key twice", latin1("{U\x01aTU\x01aF}"), 'the key "a" occurs twice'],
    ["bytes behind the end", latin1("{}x"), "1 bytes after the end of the model"],
    ["text that is no UTF-8", object("SU\x01\xff"), "a text is not in UTF-8"],
    ["deep nesting", latin1(`{U\x01a${"[".repeat(100_000)}`), "the nesting is deeper than 64"],
    ["another file", latin1("[]"), "expected an object"],
  ])("with %s is refused", (_, bytes, message) => {
    expect(() => decodeUbjson(bytes)).toThrow(ModelParseError);
    expect(() => decodeUbjson(bytes)).toThrow(message);
  });
});
