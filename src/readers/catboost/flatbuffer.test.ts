import { describe, expect, it } from "vitest";
import { ModelParseError, UnsupportedError } from "../../errors.js";
import { openFlatBuffer } from "./flatbuffer.js";

type Part = readonly [kind: "i4" | "u4" | "u2" | "u1" | "f4" | "f8", value: number];

/** Little-endian bytes: "i4", "u2", "f8" … and a number, in order. */
function bytes(...parts: readonly Part[]): Uint8Array {
  const size = parts.reduce((sum, [kind]) => sum + Number(kind[1]), 0);
  const view = new DataView(new ArrayBuffer(size));
  let at = 0;
  for (const [kind, value] of parts) {
    if (kind === "i4") view.setInt32(at, value, true);
    else if (kind === "u4") view.setUint32(at, value, true);
    else if (kind === "u2") view.setUint16(at, value, true);
    else if (kind === "u1") view.setUint8(at, value);
    else if (kind === "f4") view.setFloat32(at, value, true);
    else view.setFloat64(at, value, true);
    at += Number(kind[1]);
  }
  return new Uint8Array(view.buffer);
}

/** Root at 12 with the vtable at 4: one field of four bytes at 16, then what `tail` says from 20 on. */
const oneField = (field: number, ...tail: readonly Part[]): Uint8Array =>
  bytes(["u4", 12], ["u2", 6], ["u2", 8], ["u2", 4], ["u2", 0], ["i4", 8], ["u4", field], ...tail);

describe("a table", () => {
  it("is read by its layout, absent fields by their defaults", () => {
    const buffer = openFlatBuffer(oneField(7), "test");
    const fields = { a: "int", b: "int", c: "doubles", d: "string", e: "table", f: "bool" } as const;
    expect(buffer.read("T", buffer.root, fields, { b: -1 })).toEqual({
      a: 7,
      b: -1,
      c: new Float64Array(),
      d: "",
      e: undefined,
      f: false,
    });
  });

  it("may hold vectors that are not aligned", () => {
    const file = oneField(5, ["u1", 0], ["u4", 2], ["f4", 1.5], ["f4", -2]);
    const buffer = openFlatBuffer(file, "test");
    expect(buffer.read("T", buffer.root, { a: "floats" })).toEqual({ a: Float32Array.of(1.5, -2) });
  });

  it("may hold text and tables", () => {
    const text = openFlatBuffer(oneField(4, ["u4", 2], ["u1", 0xc3], ["u1", 0xa9]), "test");
    expect(text.read("T", text.root, { a: "string" })).toEqual({ a: "é" });
    const tables = openFlatBuffer(oneField(4, ["u4", 2], ["i4", -12], ["i4", -16]), "test");
    // Offsets are unsigned: what points back points past the end, and is seen when it is read.
    const [first] = tables.read("T", tables.root, { a: "tables" }).a;
    expect(() => tables.read("U", first ?? 0, { a: "int" })).toThrow("the table U of 4 bytes does not fit");
  });

  it.each([
    [
      "a vector without its elements",
      oneField(4, ["u4", 0x80000000]),
      "floats",
      "T.a, a vector of 2147483648, of 8589934592",
    ],
    [
      "a vector that lacks a byte",
      oneField(4, ["u4", 1], ["u2", 0], ["u1", 0]),
      "ints",
      "T.a, a vector of 1, of 4 bytes",
    ],
    ["an offset past the end", oneField(0xffffffff), "string", "a length of 4 bytes does not fit"],
    ["text that is not UTF-8", oneField(4, ["u4", 1], ["u1", 0xff]), "string", "T.a is no UTF-8 text"],
    ["a wide field in a narrow table", oneField(4), "double", "T.a lies outside its table"],
  ] as const)("with %s is refused", (_, file, kind, message) => {
    const buffer = openFlatBuffer(file, "test");
    expect(() => buffer.read("T", buffer.root, { a: kind })).toThrow(ModelParseError);
    const again = openFlatBuffer(file, "test");
    expect(() => again.read("T", again.root, { a: kind })).toThrow(message);
  });

  it("with a field that is not in the schema is refused by number", () => {
    const buffer = openFlatBuffer(oneField(4), "test");
    expect(() => buffer.read("T", buffer.root, {})).toThrow(UnsupportedError);
    expect(() => buffer.read("T", buffer.root, {})).toThrow("T: the file has a field number 0 that is not known");
  });

  it("with an impossible layout is refused", () => {
    const odd = bytes(["u4", 12], ["u2", 5], ["u2", 8], ["u2", 4], ["u2", 0], ["i4", 8], ["u4", 0]);
    const away = bytes(["u4", 12], ["u2", 6], ["u2", 8], ["u2", 4], ["u2", 0], ["i4", 2 ** 31 - 1], ["u4", 0]);
    const large = bytes(["u4", 12], ["u2", 6], ["u2", 999], ["u2", 4], ["u2", 0], ["i4", 8], ["u4", 0]);
    for (const [file, message] of [
      [odd, "the layout of T has an impossible size"],
      [away, "does not fit"],
      [large, "the table T of 999 bytes does not fit"],
      [Uint8Array.of(255, 255, 255, 255), "the table T of 4 bytes does not fit"],
    ] as const) {
      const buffer = openFlatBuffer(file, "test");
      expect(() => buffer.read("T", buffer.root, { a: "int" })).toThrow(message);
    }
    expect(() => openFlatBuffer(new Uint8Array(3), "test")).toThrow("byte 0 of 3: an offset of 4 bytes does not fit");
  });

  it("cannot make more than the file holds by reading one vector many times", () => {
    const buffer = openFlatBuffer(oneField(4, ["u4", 2], ["f8", 1], ["f8", 2]), "test");
    const read = () => buffer.read("T", buffer.root, { a: "doubles" });
    expect(read().a).toEqual(Float64Array.of(1, 2));
    read();
    expect(read).toThrow("T.a overlaps what was read before");
  });
});
