import { describe, expect, it } from "vitest";
import { DataError, ShapeError } from "../errors.js";
import { N } from "../ir/dims.js";
import type { DType } from "../ir/dtype.js";
import type { InputSpec } from "./input-spec.js";
import { toTensors } from "./to-tensors.js";

const matrix = (width: number | "?" = 3, dtype: DType = "float32", columns?: readonly string[]): InputSpec[] => [
  { name: "X", dtype, shape: [N, width], ...(columns === undefined ? {} : { columns }) },
];
const byColumn: InputSpec[] = [
  { name: "age", dtype: "float32", shape: [N, 1] },
  { name: "city", dtype: "string", shape: [N, 1] },
  { name: "count", dtype: "int64", shape: [N] },
];

/** The only tensor's values, with dtype and shape. */
const one = (specs: readonly InputSpec[], given: unknown) => {
  const { tensors, rows } = toTensors(specs, given);
  const t = [...tensors.values()][0];
  return { dtype: t?.dtype, shape: t?.shape, data: t === undefined ? [] : Array.from<unknown>(t.data), rows };
};
const failure = (specs: readonly InputSpec[], given: unknown): Error => {
  try {
    toTensors(specs, given);
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

describe("a matrix input", () => {
  it("takes a nested array of rows and rounds each number once to float32", () => {
    expect(
      one(matrix(), [
        [1, 2, 0.1],
        [4, 5, 16777217],
      ]),
    ).toEqual({
      dtype: "float32",
      shape: [2, 3],
      data: [1, 2, Math.fround(0.1), 4, 5, 16777216],
      rows: 2,
    });
  });

  it("keeps float64 as it is", () => {
    expect(one(matrix(2, "float64"), [[0.1, 1e300]]).data).toEqual([0.1, 1e300]);
  });

  it("takes typed rows of any class, ints included", () => {
    expect(one(matrix(2), [Float64Array.of(0.1, 2), Int32Array.of(16777217, -1), Uint8Array.of(7, 8)]).data).toEqual([
      Math.fround(0.1),
      2,
      16777216,
      -1,
      7,
      8,
    ]);
  });

  it("takes { data, shape } with and without dtype, and uses fitting storage without a copy", () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const { tensors, rows } = toTensors(matrix(), { data, shape: [2, 3], dtype: "float32" });
    expect(tensors.get("X")?.data).toBe(data);
    expect(rows).toBe(2);
    expect(one(matrix(), { data: Float64Array.of(0.1, 2, 3), shape: [1, 3] }).data).toEqual([Math.fround(0.1), 2, 3]);
    expect(one(matrix(), { data: Int32Array.of(16777217, 2, 3), shape: [1, 3] }).data).toEqual([16777216, 2, 3]);
    expect(one(matrix(), { data: [1, 2, null], shape: [1, 3] }).data).toEqual([1, 2, Number.NaN]);
    expect(one(matrix(3, "float64"), { data: Float32Array.of(0.5, 2, 3), shape: [1, 3] }).dtype).toBe("float64");
  });

  it("takes the input by name, as run does", () => {
    expect(one(matrix(), { X: [[1, 2, 3]] }).shape).toEqual([1, 3]);
    expect(one(matrix(), { X: { data: new Float32Array(3), shape: [1, 3] }, other: 1 }).shape).toEqual([1, 3]);
  });

  it("never modifies what is given", () => {
    const given = Object.freeze([Object.freeze([0.1, null, undefined])]);
    const data = Float64Array.of(0.1, 0.2, 0.3);
    toTensors(matrix(), given);
    toTensors(matrix(), { data, shape: [1, 3] });
    expect(given).toEqual([[0.1, null, undefined]]);
    expect([...data]).toEqual([0.1, 0.2, 0.3]);
  });

  it("takes null, undefined and holes as NaN, and NaN, ±Infinity and -0 as they are", () => {
    const { data } = one(matrix(), [
      [null, undefined, Number.NaN],
      [Infinity, -Infinity, -0],
    ]);
    expect(data).toEqual([Number.NaN, Number.NaN, Number.NaN, Infinity, -Infinity, -0]);
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    expect(one(matrix(), [[1, , 3]]).data).toEqual([1, Number.NaN, 3]);
  });

  it("takes no rows at all", () => {
    expect(one(matrix(), [])).toEqual({ dtype: "float32", shape: [0, 3], data: [], rows: 0 });
    expect(one(matrix(), { data: new Float32Array(0), shape: [0, 3] }).rows).toBe(0);
    expect(one(matrix("?"), []).shape).toEqual([0, 0]);
  });

  it("takes any width where the file leaves it open", () => {
    expect(one(matrix("?"), [[1, 2, 3, 4, 5]]).shape).toEqual([1, 5]);
    expect(one(matrix("?"), { data: new Float32Array(4), shape: [2, 2] }).shape).toEqual([2, 2]);
  });

  it("takes a TF.js tensor", () => {
    const tensor = { shape: [1, 3], dtype: "int32", dataSync: () => Int32Array.of(1, 2, 3), data: async () => null };
    expect(one(matrix(), tensor).data).toEqual([1, 2, 3]);
    const lost = {
      ...tensor,
      dataSync: () => {
        throw new Error("Tensor is disposed.");
      },
    };
    expect(failure(matrix(), lost)).toBeInstanceOf(DataError);
    expect(failure(matrix(), lost).message).toContain("Tensor is disposed.");
  });

  it("takes records and a record of columns where the file names columns; extra ones are ignored", () => {
    const specs = matrix(2, "float32", ["constructor", "__proto__"]);
    const row = JSON.parse('{"__proto__": 2, "constructor": 1, "id": "x"}');
    expect(one(specs, [row, row])).toEqual({ dtype: "float32", shape: [2, 2], data: [1, 2, 1, 2], rows: 2 });
    const table = JSON.parse('{"__proto__": [2, 4], "constructor": [1, null], "id": ["x", "y"]}');
    expect(one(specs, table).data).toEqual([1, 2, Number.NaN, 4]);
    const typed = { a: Int32Array.of(1, 2), b: { data: Float64Array.of(3, 4), shape: [2] } };
    expect(one(matrix(2, "float32", ["a", "b"]), typed).data).toEqual([1, 3, 2, 4]);
    expect(failure(specs, [{}]).message).toBe(
      'input "X", row 0, column "constructor" is missing; give null for a missing value',
    );
  });

  it.each<[string, unknown, string]>([
    [
      "ragged rows",
      [
        [1, 2, 3],
        [1, 2],
      ],
      'input "X", row 1: expected 3 columns, got 2',
    ],
    ["a narrow matrix", [[1, 2]], 'input "X", row 0: expected 3 columns, got 2'],
    ["a wide matrix", [[1, 2, 3, 4]], 'input "X", row 0: expected 3 columns, got 4'],
    ["a row that is none", [[1, 2, 3], null], 'input "X", row 1: expected 3 columns, got null'],
    [
      "a numeric string",
      [
        [1, 2, 3],
        [1, "2", 3],
      ],
      'input "X", row 1, column 1: expected a number for float32, got the string "2"; convert text to numbers before',
    ],
    [
      "a boolean",
      [[1, 2, true]],
      'input "X", row 0, column 2: expected a number for float32, got the boolean true; give 0 or 1 as the model was trained with',
    ],
    [
      "a Date",
      [[new Date(0), 2, 3]],
      'input "X", row 0, column 0: expected a number for float32, got a Date; give the number that the model was trained with',
    ],
    [
      "a BigInt",
      [[1n, 2, 3]],
      'input "X", row 0, column 0: expected a number for float32, got the BigInt 1n; give a plain number',
    ],
    [
      "a flat array",
      [1, 2, 3],
      'input "X": expected rows of float32 values of shape [rows, 3], got a flat array of 3; a single row is [[…]]',
    ],
    [
      "a flat typed array",
      new Float32Array(3),
      'input "X": expected rows of float32 values of shape [rows, 3], got a flat array of 3; give { data, shape }',
    ],
    ["text", "1,2,3", 'input "X": expected rows of float32 values of shape [rows, 3], got the string "1,2,3"'],
    ["nothing", undefined, 'input "X": expected rows of float32 values of shape [rows, 3], got undefined'],
    [
      "deeper nesting",
      [[[1], [2], [3]]],
      'input "X", row 0, column 0: expected a number for float32, got an array of 1',
    ],
    [
      "no such input",
      { Y: [[1, 2, 3]] },
      'input "X" is missing, got "Y"; the model file names no columns, so give each row as an array in the order of training',
    ],
    [
      "records without column names",
      [{ a: 1 }],
      'input "X" cannot be filled from an array of records; the model file names no columns, so give each row as an array in the order of training',
    ],
    [
      "a shape that does not fit the data",
      { data: new Float32Array(5), shape: [2, 3] },
      'input "X": shape [2, 3] needs 6 elements, got 5',
    ],
    [
      "a tensor of another width",
      { data: new Float32Array(4), shape: [2, 2] },
      'input "X": expected shape [rows, 3], got [2, 2]',
    ],
    [
      "a tensor of another rank",
      { data: new Float32Array(3), shape: [3] },
      'input "X": expected shape [rows, 3], got [3]',
    ],
    [
      "a negative dimension",
      { data: new Float32Array(3), shape: [-1, -3] },
      'input "X": expected a shape of non-negative integers, got [-1, -3]',
    ],
    [
      "a fractional dimension",
      { data: new Float32Array(3), shape: [1.5, 2] },
      'input "X": expected a shape of non-negative integers, got [1.5, 2]',
    ],
    [
      "a shape that is none",
      { data: new Float32Array(3), shape: 3 },
      'input "X": expected a shape of non-negative integers, got the number 3',
    ],
    [
      "huge dimensions",
      { data: new Float32Array(3), shape: [2 ** 31, 2 ** 31] },
      `input "X": shape [2147483648, 2147483648] needs ${2 ** 62} elements, got 3`,
    ],
    [
      "a dtype that is none",
      { data: [1, 2, 3], shape: [1, 3], dtype: "complex64" },
      'input "X": the string "complex64" is no dtype; expected float32',
    ],
    [
      "a dtype that is not the data's",
      { data: new Float32Array(3), shape: [1, 3], dtype: "int64" },
      'input "X": the dtype says int64, but the data is a Float32Array',
    ],
    [
      "a bool tensor",
      { data: new Uint8Array(3), shape: [1, 3], dtype: "bool" },
      'input "X": expected float32, got a tensor of bool',
    ],
    [
      "a string tensor",
      { data: ["1", "2", "3"], shape: [1, 3], dtype: "string" },
      'input "X": expected float32, got a tensor of string',
    ],
    [
      "64-bit integers",
      { data: new BigInt64Array(3), shape: [1, 3] },
      'input "X", row 0, column 0: expected a number for float32, got the BigInt 0n; give a plain number',
    ],
    [
      "a bad cell in a tensor",
      { data: [1, 2, 3, 4, 5, "x"], shape: [2, 3] },
      'input "X", row 1, column 2: expected a number for float32, got the string "x"; convert text to numbers before',
    ],
  ])("refuses %s", (_, given, message) => {
    const error = failure(matrix(), given);
    expect(error.message).toBe(message);
    expect(error instanceof DataError || error instanceof ShapeError).toBe(true);
  });

  it("carries row and column on the error", () => {
    const error = failure(matrix(2, "float32", ["a", "b"]), [
      { a: 1, b: 2 },
      { a: 1, b: "x" },
    ]) as DataError;
    expect([error.code, error.row, error.column]).toEqual(["DATA", 1, "b"]);
    const nested = failure(matrix(2, "float32", ["a", "b"]), [
      [1, 2],
      [1, "x"],
    ]) as DataError;
    expect([nested.row, nested.column]).toEqual([1, "b"]);
  });

  it.each<[string, unknown, string]>([
    ["a missing column", { a: [1] }, 'input "X", column "b" is missing'],
    ["columns of two lengths", { a: [1], b: [1, 2] }, 'input "X", column "b" has 2 rows, but column "a" has 1'],
    [
      "text in a column",
      { a: [1, 2], b: [1, "x"] },
      'input "X", row 1, column "b": expected a number for float32, got the string "x"; convert text to numbers before',
    ],
    [
      "a column that is none",
      { a: [1], b: 1 },
      'input "X", column "b": expected an array of float32 values, got the number 1',
    ],
    [
      "a row that is no record",
      [{ a: 1, b: 2 }, [1, 2]],
      'input "X", row 1: expected an object like the rows before it, got an array of 2',
    ],
    [
      "a record without a column",
      [{ a: 1, b: 2 }, { a: 1 }],
      'input "X", row 1, column "b" is missing; give null for a missing value',
    ],
  ])("with named columns refuses %s", (_, given, message) => {
    expect(failure(matrix(2, "float32", ["a", "b"]), given).message).toBe(message);
  });
});

describe("integers", () => {
  it("keeps int64 exactly, from BigInt and from safe numbers", () => {
    expect(one(matrix(2, "int64"), [[9223372036854775807n, 2 ** 53 - 1]]).data).toEqual([
      9223372036854775807n,
      9007199254740991n,
    ]);
    const data = BigInt64Array.of(1n, 2n);
    expect(toTensors(matrix(2, "int64"), { data, shape: [1, 2] }).tensors.get("X")?.data).toBe(data);
    expect(one(matrix(2, "int64"), { data: Int32Array.of(1, -2), shape: [1, 2] }).data).toEqual([1n, -2n]);
  });

  it.each<[DType, unknown, string]>([
    ["int64", 2 ** 53, "expected a BigInt for an int64 beyond 2^53, got the number 9007199254740992; convert"],
    ["int64", 1.5, "expected an integer for int64 within"],
    ["int64", null, "expected an integer for int64 within [-9223372036854775808, 9223372036854775807], got null"],
    ["int64", 2n ** 63n, "got the BigInt 9223372036854775808n"],
    ["uint64", -1, "expected an integer for uint64 within [0, 18446744073709551615], got the number -1"],
    ["int32", 2 ** 31, "expected an integer of [-2147483648, 2147483647] for int32, got the number 2147483648"],
    ["uint8", -1, "expected an integer of [0, 255] for uint8, got the number -1"],
    ["int8", 1n, "expected an integer of [-128, 127] for int8, got the BigInt 1n; give a plain number"],
    ["int32", Number.NaN, "got the number NaN"],
  ])("refuses for %s the cell %s", (dtype, cell, message) => {
    expect(failure(matrix(1, dtype), [[cell]]).message).toContain(message.replace("; convert", ""));
  });

  it("rounds 16-bit floats once", () => {
    expect(one(matrix(2, "float16"), [[1 + 2 ** -11, 1 + 2 ** -11 + 2 ** -40]]).data).toEqual([1, 1 + 2 ** -10]);
    expect(one(matrix(1, "bfloat16"), { data: Float32Array.of(1 + 2 ** -8), shape: [1, 1] }).data).toEqual([1]);
  });
});

describe("strings and booleans", () => {
  it("takes strings as they are, a missing one as the empty string", () => {
    expect(
      one(matrix(2, "string"), [
        ["a", null],
        [undefined, ""],
      ]).data,
    ).toEqual(["a", "", "", ""]);
    const data = ["a", "b"];
    expect(toTensors(matrix(2, "string"), { data, shape: [1, 2] }).tensors.get("X")?.data).toBe(data);
  });

  it("refuses numbers for strings", () => {
    expect(failure(matrix(1, "string"), [["a"], [3]]).message).toBe(
      'input "X", row 1, column 0: expected a string, got the number 3; convert it to a string in the form the model was trained with'.replace(
        ", column 0",
        "",
      ),
    );
    expect(failure(matrix(2, "string"), { data: new Float32Array(2), shape: [1, 2] }).message).toBe(
      'input "X": expected string, got a tensor of float32',
    );
  });

  it("takes booleans for bool, and 0/1 bytes of a tensor", () => {
    expect(one(matrix(2, "bool"), [[true, false]]).data).toEqual([1, 0]);
    expect(one(matrix(2, "bool"), { data: Uint8Array.of(0, 1), shape: [1, 2], dtype: "bool" }).data).toEqual([0, 1]);
    expect(one(matrix(2, "bool"), { data: [true, false], shape: [1, 2] }).data).toEqual([1, 0]);
    expect(failure(matrix(2, "bool"), { data: Uint8Array.of(0, 2), shape: [1, 2] }).message).toBe(
      'input "X", row 0, column 1: expected 0 or 1 for a bool, got the number 2',
    );
    expect(failure(matrix(1, "bool"), [[1]]).message).toBe('input "X", row 0: expected a boolean, got the number 1');
    expect(failure(matrix(1, "bool"), [[null]]).message).toBe('input "X", row 0: expected a boolean, got null');
  });
});

describe("one input per column", () => {
  const want = { age: [1.5, Number.NaN], city: ["a", ""], count: [7n, 8n] };
  const values = (given: unknown) => {
    const { tensors, rows } = toTensors(byColumn, given);
    expect(rows).toBe(2);
    expect([...tensors].map(([k, t]) => [k, t.dtype, t.shape])).toEqual([
      ["age", "float32", [2, 1]],
      ["city", "string", [2, 1]],
      ["count", "int64", [2]],
    ]);
    return Object.fromEntries([...tensors].map(([k, t]) => [k, Array.from<unknown>(t.data)]));
  };

  it("takes records, columns and rows", () => {
    expect(
      values([
        { age: 1.5, city: "a", count: 7n, id: 1 },
        { age: null, city: undefined, count: 8 },
      ]),
    ).toEqual(want);
    expect(values({ age: [1.5, null], city: ["a", null], count: [7, 8] })).toEqual(want);
    expect(
      values({ age: [[1.5], [null]], city: { data: ["a", ""], shape: [2, 1] }, count: BigInt64Array.of(7n, 8n) }),
    ).toEqual(want);
    expect(
      values([
        [1.5, "a", 7],
        [null, null, 8n],
      ]),
    ).toEqual(want);
  });

  it("takes a tensor whose columns go to the inputs in order", () => {
    const specs: InputSpec[] = [
      { name: "a", dtype: "float32", shape: [N, 1] },
      { name: "b", dtype: "float64", shape: [N] },
    ];
    const { tensors } = toTensors(specs, { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] });
    expect(tensors.get("a")).toEqual({ dtype: "float32", shape: [2, 1], data: Float32Array.of(1, 3) });
    expect(tensors.get("b")).toEqual({ dtype: "float64", shape: [2], data: Float64Array.of(2, 4) });
    const tensor = { shape: [1, 2], dtype: "float32", dataSync: () => Float32Array.of(1, 2), data: async () => null };
    expect(toTensors(specs, tensor).rows).toBe(1);
  });

  it("takes no rows", () => {
    expect(toTensors(byColumn, []).rows).toBe(0);
    expect(toTensors(byColumn, { age: [], city: [], count: [] }).rows).toBe(0);
  });

  it("takes columns called data and shape", () => {
    const specs: InputSpec[] = [
      { name: "data", dtype: "float32", shape: [N, 1] },
      { name: "shape", dtype: "float32", shape: [N, 1] },
    ];
    expect(toTensors(specs, { data: [1, 2], shape: [3, 4] }).tensors.get("shape")?.data).toEqual(Float32Array.of(3, 4));
  });

  it.each<[string, unknown, string]>([
    ["a missing input", { age: [1], count: [1] }, 'input "city" is missing, got "age", "count"'],
    ["an inherited input", Object.create({ age: [1], city: ["a"], count: [1] }), 'input "age" is missing, got nothing'],
    [
      "inputs of two lengths",
      { age: [1], city: ["a", "b"], count: [1] },
      'input "city" has 2 rows, but input "age" has 1',
    ],
    [
      "a record without a column",
      [{ age: 1, count: 1 }],
      'input "city", row 0, column "city" is missing; give null for a missing value',
    ],
    ["rows of another width", [[1, "a"]], 'row 0: expected 3 columns ("age", "city", "count"), got 2 columns'],
    ["a row that is none", [[1, "a", 1], 3], 'row 1: expected 3 columns ("age", "city", "count"), got the number 3'],
    [
      "a wrong cell of a row",
      [[1, 2, 3]],
      'input "city", row 0: expected a string, got the number 2; convert it to a string in the form the model was trained with',
    ],
    [
      "a tensor of another width",
      { data: [1, 2], shape: [1, 2] },
      'X: expected shape [rows, 3] ("age", "city", "count"), got [1, 2]',
    ],
    ["a number", 3, 'expected an object with the inputs "age", "city", "count", got the number 3'],
  ])("refuses %s", (_, given, message) => {
    expect(failure(byColumn, given).message).toBe(message);
  });
});

describe("inputs of other shapes", () => {
  it("takes a fixed vector and a scalar, without rows", () => {
    const specs: InputSpec[] = [
      { name: "v", dtype: "float32", shape: [2] },
      { name: "s", dtype: "float64", shape: [] },
    ];
    const { tensors, rows } = toTensors(specs, { v: [1, 2], s: 3 });
    expect(rows).toBe(1);
    expect(tensors.get("v")?.data).toEqual(Float32Array.of(1, 2));
    expect(tensors.get("s")).toEqual({ dtype: "float64", shape: [], data: Float64Array.of(3) });
    expect(failure(specs, { v: [1, 2, 3], s: 3 }).message).toBe('input "v": expected shape [2], got [3]');
  });

  it("takes rank 3, and names the row of a ragged part", () => {
    const specs: InputSpec[] = [{ name: "X", dtype: "float32", shape: [N, 2, 2] }];
    expect(
      one(specs, [
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    ).toMatchObject({ shape: [1, 2, 2], data: [1, 2, 3, 4] });
    expect(
      failure(specs, [
        [
          [1, 2],
          [3, 4],
        ],
        [[1, 2], [3]],
      ]).message,
    ).toBe('input "X", row 1: expected 2 elements along axis 2, got 1');
  });

  it("counts rows along another axis than the first", () => {
    const specs: InputSpec[] = [{ name: "X", dtype: "float32", shape: [2, N] }];
    expect(
      one(specs, [
        [1, 2, 3],
        [4, 5, 6],
      ]).rows,
    ).toBe(3);
  });

  it("refuses two matrices given as one", () => {
    const specs = [...matrix(2), { ...matrix(3)[0]!, name: "Y" }];
    expect(failure(specs, [[1, 2]]).message).toBe('expected an object with the inputs "X", "Y", got an array of 1');
  });
});
