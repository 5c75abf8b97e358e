import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CalypteError, DataError, LimitError, UnsupportedError } from "../errors.js";
import { dtypes } from "../ir/dtype.js";
import { type Tensor, zeros } from "../ir/tensor.js";
import { readNpy, writeNpy } from "./npy.js";

/** A file by the letter of NEP 1. */
function file(header: string, data: readonly number[] = [], version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.of(0x93, ...new TextEncoder().encode("NUMPY"), version, 0, ...length, ...text, ...data);
}
const dict = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

describe("readNpy", () => {
  it.each([1, 2, 3])("reads format version %i", (version) => {
    expect(readNpy(file(dict("<i2", "(2,)"), [1, 0, 255, 255], version), "x")).toEqual({
      dtype: "int16",
      shape: [2],
      data: Int16Array.of(1, -1),
    });
  });

  it("reads big endian", () => {
    expect(readNpy(file(dict(">f4", "(1,)"), [0x3f, 0x80, 0, 0]), "x").data).toEqual(Float32Array.of(1));
    expect(readNpy(file(dict(">i8", "(1,)"), [0, 0, 0, 0, 0, 0, 1, 0]), "x").data).toEqual(BigInt64Array.of(256n));
    expect(readNpy(file(dict(">U2", "(1,)"), [0, 0, 0, 65, 0, 1, 0xf6, 0]), "x").data).toEqual(["A😀"]);
  });

  it("turns the first axis fastest into row-major", () => {
    const read = readNpy(file(dict("|u1", "(2, 3)", "True"), [1, 4, 2, 5, 3, 6]), "x");
    expect(read).toEqual({ dtype: "uint8", shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    const deep = readNpy(file(dict("|u1", "(2, 2, 2)", "True"), [0, 4, 2, 6, 1, 5, 3, 7]), "x");
    expect([...deep.data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("reads scalars, empty arrays, booleans, text and bytes", () => {
    expect(readNpy(file(dict("<f8", "()"), [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]), "x")).toEqual({
      dtype: "float64",
      shape: [],
      data: Float64Array.of(1),
    });
    expect(readNpy(file(dict("<f4", "(0, 4)")), "x").shape).toEqual([0, 4]);
    expect(readNpy(file(dict("|b1", "(3,)"), [0, 1, 2]), "x")).toMatchObject({
      dtype: "bool",
      data: Uint8Array.of(0, 1, 1),
    });
    expect(readNpy(file(dict("|S3", "(2,)"), [0xc3, 0xa9, 0, 65, 0, 66]), "x").data).toEqual(["é", "A\0B"]);
    expect(readNpy(file(dict("<U1", "(1,)"), [0, 0, 0, 0]), "x").data).toEqual([""]);
    expect(readNpy(file(dict("<f2", "(2,)"), [0, 0x3c, 1, 0]), "x")).toMatchObject({
      dtype: "float16",
      data: Float32Array.of(1, 2 ** -24),
    });
  });

  it("reads keys in any order, double quotes and Python 2's long integers", () => {
    const header = `{"shape": (2L,), 'fortran_order': False, "descr": '|i1'}`;
    expect(readNpy(file(header, [1, 255]), "x").data).toEqual(Int8Array.of(1, -1));
  });

  it("reads from an unaligned view and owns its memory", () => {
    const whole = new Uint8Array(1 + 200);
    const bytes = file(dict("<f4", "(1,)"), [0, 0, 0x80, 0x3f]);
    whole.set(bytes, 1);
    const read = readNpy(whole.subarray(1, 1 + bytes.length), "x");
    whole.fill(0);
    expect(read.data).toEqual(Float32Array.of(1));
  });

  it.each<[string, Uint8Array, new (...args: never[]) => CalypteError, string]>([
    ["an empty file", new Uint8Array(), DataError, "a.npy: is no .npy file (it does not begin with \\x93NUMPY)"],
    [
      "another file",
      new TextEncoder().encode("PK\x03\x04 and more"),
      DataError,
      "a.npy: is no .npy file (it does not begin with \\x93NUMPY)",
    ],
    [
      "an unknown version",
      file(dict("<f4", "(0,)"), [], 9),
      UnsupportedError,
      "a.npy: .npy format version 9.0; save it with numpy.save",
    ],
    [
      "a cut header",
      file(dict("<f4", "(0,)")).subarray(0, 40),
      DataError,
      "a.npy: is cut off: its header should have 58 bytes, got 30",
    ],
    ["a cut length", file("", [], 2).subarray(0, 11), DataError, "a.npy: is cut off in its header"],
    [
      "cut data",
      file(dict("<f4", "(2,)"), [0, 0, 0, 0]),
      DataError,
      "a.npy: shape (2) of <f4 needs 8 bytes of data, got 4",
    ],
    [
      "data left over",
      file(dict("<f4", "(1,)"), [0, 0, 0, 0, 9]),
      DataError,
      "a.npy: shape (1) of <f4 needs 4 bytes of data, got 5",
    ],
    [
      "huge dimensions",
      file(dict("<f4", "(2147483648, 2147483648)")),
      DataError,
      "a.npy: shape (2147483648, 2147483648) is larger than any file",
    ],
    [
      "one huge dimension",
      file(dict("<f4", "(4503599627370496,)")),
      DataError,
      "a.npy: shape (4503599627370496) of <f4 needs 18014398509481984 bytes of data, got 0",
    ],
    [
      "an endless dimension",
      file(dict("<f4", "(99999999999999999999,)")),
      DataError,
      "a.npy: has the shape (99999999999999999999,) in its header",
    ],
    [
      "many items of no width",
      file(dict("<U0", "(2147483648,)")),
      LimitError,
      "a.npy: 2147483648 elements of no width are over the limit of 1048576",
    ],
    [
      "objects",
      file(dict("|O", "(1,)"), [0]),
      UnsupportedError,
      'a.npy: elements of NumPy type "|O"; save numbers, booleans or fixed-width strings',
    ],
    [
      "complex numbers",
      file(dict("<c8", "(0,)")),
      UnsupportedError,
      'a.npy: elements of NumPy type "<c8"; save numbers, booleans or fixed-width strings',
    ],
    [
      "dates",
      file(dict("<M8[ns]", "(0,)")),
      UnsupportedError,
      'a.npy: elements of NumPy type "<M8[ns]"; save numbers, booleans or fixed-width strings',
    ],
    [
      "structures",
      file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (0,)}"),
      UnsupportedError,
      "a.npy: arrays of structures; save each field as an array of its own",
    ],
    [
      "a header that is no dict",
      file("hello"),
      DataError,
      "a.npy: has a header that is no dict of descr, fortran_order and shape",
    ],
    ["a header that ends early", file("{'descr': '<f4'"), DataError, "a.npy: has a header that ends after descr"],
    [
      "a header without shape",
      file("{'descr': '<f4', 'fortran_order': False}"),
      DataError,
      "a.npy: has a header without descr, fortran_order or shape",
    ],
    ["a key twice", file("{'descr': '<f4', 'descr': '<f4'}"), DataError, "a.npy: says descr twice in its header"],
    [
      "negative dimensions",
      file(dict("<f4", "(-1,)")),
      DataError,
      "a.npy: has a header that is no dict of descr, fortran_order and shape",
    ],
    [
      "no Unicode",
      file(dict("<U1", "(1,)"), [0, 0xd8, 0, 0]),
      DataError,
      "a.npy: element 0 holds 55296, which is no Unicode character",
    ],
    [
      "no UTF-8",
      file(dict("|S1", "(1,)"), [0xe9]),
      DataError,
      "a.npy: element 0 is no UTF-8 text; save strings as NumPy type 'U'",
    ],
  ])("refuses %s", (_, bytes, kind, message) => {
    expect(() => readNpy(bytes, "a.npy")).toThrow(message);
    expect(() => readNpy(bytes, "a.npy")).toThrow(kind);
  });

  it("only ever throws calypte's errors on damaged files", () => {
    const good = writeNpy({ dtype: "string", shape: [2, 1], data: ["ab", "c"] });
    for (let length = 0; length < good.length; length++) {
      expect(() => readNpy(good.subarray(0, length), "x")).toThrow(CalypteError);
    }
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = good.slice();
        bad[at]! ^= flip;
        try {
          readNpy(bad, "x");
        } catch (error) {
          expect(error).toBeInstanceOf(CalypteError);
        }
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});

describe("writeNpy", () => {
  it.each(dtypes.filter((d) => d !== "bfloat16"))("round-trips %s", (dtype) => {
    for (const shape of [[], [3], [2, 3], [0, 4]]) {
      const tensor: Tensor = zeros(dtype, shape);
      const target = tensor.data as { [index: number]: unknown };
      for (let i = 0; i < tensor.data.length; i++) {
        target[i] =
          dtype === "string"
            ? `é😀${i}`
            : dtype === "bool"
              ? i % 2
              : dtype.endsWith("64") && !dtype.startsWith("f")
                ? BigInt(i)
                : i;
      }
      expect(readNpy(writeNpy(tensor), "x")).toEqual(tensor);
    }
  });

  it("keeps special values, and aligns the data at 64 bytes", () => {
    const data = Float64Array.of(Number.NaN, Infinity, -Infinity, -0, 5e-324);
    const bytes = writeNpy({ dtype: "float64", shape: [5], data });
    expect((bytes.length - 40) % 64).toBe(0);
    expect(readNpy(bytes, "x").data).toEqual(data);
  });

  it("reads what Node reads from a file, of which slice is no copy", () => {
    const tensor: Tensor = { dtype: "float64", shape: [2], data: Float64Array.of(1.5, -2) };
    expect(readNpy(Buffer.from(writeNpy(tensor)), "x")).toEqual(tensor);
  });

  it("refuses bfloat16", () => {
    expect(() => writeNpy(zeros("bfloat16", [1]))).toThrow(UnsupportedError);
  });
});
