import { describe, expect, it } from "vitest";
import { DataError, LimitError, OptionError, UnsupportedError } from "../errors.js";
import { N } from "../ir/dims.js";
import { bool, float32, float64, int32, int64, strings } from "../ir/tensor.js";
import { readCsv } from "./csv-records.js";
import { type CsvOptions, csvBatches } from "./csv-tensors.js";
import { csvHeader, csvRows, formatNumber, jsonRows } from "./csv-write.js";
import type { InputSpec } from "./input-spec.js";
import { toUser } from "./output.js";
import { maxRecordCharacters } from "./utf8.js";

const encode = (text: string) => new TextEncoder().encode(text);
async function* chunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function records(text: string | Uint8Array, size = 1000) {
  const found = [];
  const bytes = typeof text === "string" ? encode(text) : text;
  for await (const record of readCsv(chunks(bytes, size), "d.csv")) found.push([record.line, ...record.cells]);
  return found;
}
const X = (width: number | "?", columns?: readonly string[]): InputSpec[] => [
  { name: "X", dtype: "float32", shape: [N, width], ...(columns === undefined ? {} : { columns }) },
];
async function batches(specs: readonly InputSpec[], text: string, options: Partial<CsvOptions> = {}) {
  const found = [];
  const all = { file: "d.csv", batchRows: 100, header: true, ...options };
  for await (const { tensors, rows } of csvBatches(specs, readCsv(chunks(encode(text), 7), "d.csv"), all)) {
    found.push({
      rows,
      ...Object.fromEntries([...tensors].map(([k, t]) => [k, { shape: t.shape, data: Array.from<unknown>(t.data) }])),
    });
  }
  return found;
}

describe("readCsv", () => {
  it("gives the line on which a record begins", async () => {
    expect(await records('a,b\r\n1,"x\ny, ""z"""\n\n2,\n')).toEqual([
      [1, "a", "b"],
      [2, "1", 'x\ny, "z"'],
      [4, ""],
      [5, "2", ""],
    ]);
  });

  it("reads the same text in chunks of any size, with a byte order mark", async () => {
    const text = 'é,😀\r\n"1\r\n2",3\r\n';
    for (const size of [1, 2, 3, 100]) {
      expect(await records(Uint8Array.of(0xef, 0xbb, 0xbf, ...encode(text)), size)).toEqual([
        [1, "é", "😀"],
        [2, "1\r\n2", "3"],
      ]);
    }
  });

  it.each<[string, string | Uint8Array, string]>([
    ["an open quote", 'a,b\n1,"2\n3\n', "d.csv, line 2: a quoted cell is not closed before the end of the file"],
    [
      "text after a quote",
      'a,b\n1,"2"3\n',
      "d.csv, line 2: a quoted cell is followed by text; expected a comma or the end of the line",
    ],
    [
      "a quote inside",
      'a,b\n1,2"3"\n',
      "d.csv, line 2: a quote stands inside a cell; quote the whole cell and double the quotes in it",
    ],
    ["other encodings", Uint8Array.of(97, 10, 0xe9, 10), 'd.csv: the text is not UTF-8; save it as "CSV UTF-8"'],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 97, 0), 'd.csv: the text is not UTF-8; save it as "CSV UTF-8"'],
    ["a cut character", Uint8Array.of(97, 10, 0xc3), 'd.csv: the text is not UTF-8; save it as "CSV UTF-8"'],
  ])("refuses %s", async (_, text, message) => {
    await expect(records(text)).rejects.toThrow(message);
    await expect(records(text)).rejects.toThrow(DataError);
  });

  it("stops at a record without end", async () => {
    async function* endless() {
      yield encode('a,b\n1,"');
      const part = encode("x\n".repeat(1 << 19));
      for (;;) yield part;
    }
    const read = async () => {
      for await (const record of readCsv(endless(), "d.csv")) expect(record.line).toBe(1);
    };
    await expect(read()).rejects.toThrow(LimitError);
    await expect(read()).rejects.toThrow(`d.csv, line 2: a record is longer than ${maxRecordCharacters} characters`);
  });

  it("passes on errors of its source", async () => {
    async function* broken() {
      yield encode("a\n1\n");
      throw new Error("disk");
    }
    const read = async () => {
      for await (const record of readCsv(broken(), "d.csv")) expect(record.cells).toHaveLength(1);
    };
    await expect(read()).rejects.toThrow("disk");
  });
});

describe("csvBatches", () => {
  it("reads a matrix by position where the model names no columns", async () => {
    expect(await batches(X(2), "a,b\n1,2\n 3 ,-4e-1\n")).toEqual([
      { rows: 2, X: { shape: [2, 2], data: [1, 2, 3, Math.fround(-0.4)] } },
    ]);
  });

  it("reads empty cells, nan and inf", async () => {
    const [batch] = await batches(X(1), 'a\n\n""\nnan\nNaN\ninf\n-Infinity\n+.5\n7.\n-0\n');
    expect(batch?.["X" as never]).toEqual({
      shape: [9, 1],
      data: [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Infinity, -Infinity, 0.5, 7, -0],
    });
  });

  it("cuts batches, and gives one empty batch for a file without rows", async () => {
    expect((await batches(X("?"), "a\n1\n2\n3\n4\n5", { batchRows: 2 })).map((b) => [b.rows, b["X" as never]])).toEqual(
      [
        [2, { shape: [2, 1], data: [1, 2] }],
        [2, { shape: [2, 1], data: [3, 4] }],
        [1, { shape: [1, 1], data: [5] }],
      ],
    );
    expect((await batches(X(1), "a\n1\n2\n", { batchRows: 2 })).length).toBe(1);
    expect(await batches(X(2), "a,b\n")).toEqual([{ rows: 0, X: { shape: [0, 2], data: [] } }]);
    const many = `a,b\n${"1,2\n".repeat(1000)}`;
    expect((await batches(X(2), many, { batchRows: Infinity })).map((b) => b.rows)).toEqual([1000]);
  });

  it("skips blank lines between rows of several columns", async () => {
    expect((await batches(X(2), "a,b\n\n1,2\n\n3,4\n\n"))[0]?.rows).toBe(2);
  });

  it("reads columns by name, in any order, with extra ones beside them", async () => {
    const specs: InputSpec[] = [
      { name: "constructor", dtype: "string", shape: [N, 1] },
      { name: "__proto__", dtype: "int64", shape: [N] },
      { name: "flag", dtype: "bool", shape: [N, 1] },
      { name: "small", dtype: "int8", shape: [N, 1] },
    ];
    const found = await batches(
      specs,
      'id,__proto__,flag,constructor,small\n7,9223372036854775807,True," a,b",-128\n,-1,0,,+5\n',
    );
    expect(found).toEqual([
      {
        rows: 2,
        constructor: { shape: [2, 1], data: [" a,b", ""] },
        ["__proto__"]: { shape: [2], data: [9223372036854775807n, -1n] },
        flag: { shape: [2, 1], data: [1, 0] },
        small: { shape: [2, 1], data: [-128, 5] },
      },
    ]);
    expect(await batches(X(2, ["b", "a"]), "a,z,b\n1,x,2\n")).toEqual([
      { rows: 1, X: { shape: [1, 2], data: [2, 1] } },
    ]);
  });

  it("reads without a header, and chosen columns", async () => {
    expect((await batches(X(2), "1,2\n3,4\n", { header: false }))[0]).toEqual({
      rows: 2,
      X: { shape: [2, 2], data: [1, 2, 3, 4] },
    });
    expect((await batches(X(2), "id,a,b\nx,1,2\n", { columns: ["b", "a"] }))[0]).toEqual({
      rows: 1,
      X: { shape: [1, 2], data: [2, 1] },
    });
    expect((await batches([{ name: "t", dtype: "string", shape: [N] }], "words\na\n\n"))[0]).toEqual({
      rows: 2,
      t: { shape: [2], data: ["a", ""] },
    });
  });

  const two: InputSpec[] = [
    { name: "a", dtype: "float32", shape: [N, 1] },
    { name: "b", dtype: "int64", shape: [N, 1] },
  ];
  it.each<[string, readonly InputSpec[], string, Partial<CsvOptions>, string]>([
    [
      "text in a number column",
      X(2),
      "a,b\n1,2\n3,abc\n",
      {},
      'd.csv, line 3, column "b": expected a number, or an empty cell where it is missing, got "abc"',
    ],
    [
      "text after a cell of two lines",
      [...two.slice(0, 1)],
      'n,a\n"x\ny",1\nz,?\n',
      {},
      'd.csv, line 4, column "a": expected a number, or an empty cell where it is missing, got "?"',
    ],
    [
      "NA",
      X(1),
      "a\nNA\n",
      {},
      'd.csv, line 2, column "a": expected a number, or an empty cell where it is missing, got "NA"',
    ],
    [
      "hexadecimal",
      X(1),
      "a\n0x10\n",
      {},
      'd.csv, line 2, column "a": expected a number, or an empty cell where it is missing, got "0x10"',
    ],
    [
      "a decimal comma",
      X(1),
      'a\n"1,5"\n',
      {},
      'd.csv, line 2, column "a": expected a number, or an empty cell where it is missing, got "1,5"',
    ],
    [
      "a fraction for an integer",
      two,
      "a,b\n1,2.0\n",
      {},
      'd.csv, line 2, column "b": expected an integer for int64, got "2.0"',
    ],
    [
      "a missing integer",
      two,
      "a,b\n1,\n",
      {},
      'd.csv, line 2, column "b": expected an integer for int64, got an empty cell',
    ],
    [
      "an integer out of range",
      two,
      "a,b\n1,9223372036854775808\n",
      {},
      'd.csv, line 2, column "b": expected an integer for int64 within [-9223372036854775808, 9223372036854775807], got the BigInt 9223372036854775808n',
    ],
    ["short rows", X(2), "a,b\n1,2\n3\n", {}, "d.csv, line 3: expected 2 cells as in line 1, got 1"],
    ["long rows", X(2), "a,b\n1,2,3\n", {}, "d.csv, line 2: expected 2 cells as in line 1, got 3"],
    ["a missing column", two, "a,c\n1,2\n", {}, 'd.csv, line 1: column "b" is missing, got "a", "c"'],
    ["a column twice", two, "a,b,a\n1,2,3\n", {}, 'd.csv, line 1: column "a" occurs twice'],
    [
      "another width",
      X(3),
      "a,b\n1,2\n",
      {},
      "d.csv, line 1: expected 3 columns, got 2; choose them in the model's order with --columns",
    ],
    [
      "no header",
      X(2),
      "1,2\n3,4\n",
      {},
      "d.csv, line 1: expected column names, got only numbers; use --no-header if it has none",
    ],
    ["nothing", X(2), "", {}, "d.csv is empty, expected a header line and rows"],
    ["another width without header", X(3), "1,2\n", { header: false }, "d.csv, line 1: expected 3 columns, got 2"],
    [
      "another count without header",
      two,
      "1\n",
      { header: false },
      "d.csv, line 1: expected 2 cells, one for each input, got 1",
    ],
    [
      "an unknown chosen column",
      X(1),
      "a,b\n1,2\n",
      { columns: ["c"] },
      'd.csv, line 1: column "c" is missing, got "a", "b"',
    ],
  ])("refuses %s", async (_, specs, text, options, message) => {
    const run = batches(specs, text, options);
    await expect(run).rejects.toThrow(DataError);
    await expect(run).rejects.toThrow(message);
  });

  it("carries row and column on the error", async () => {
    const error = await batches(X(2), "a,b\n1,2\n3,abc\n").catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "DATA", row: 1, column: "b" });
  });

  it("refuses options and models that do not fit", async () => {
    await expect(batches(X(2), "a\n1\n", { columns: ["a"] })).rejects.toThrow(OptionError);
    await expect(batches(two, "a,b\n1,2\n", { columns: ["a", "b"] })).rejects.toThrow(OptionError);
    await expect(batches(X(1), "1\n", { columns: ["a"], header: false })).rejects.toThrow(OptionError);
    await expect(batches([...X(2), { ...X(3)[0]!, name: "Y" }], "a\n1\n", { header: true })).rejects.toThrow(
      UnsupportedError,
    );
  });
});

describe("writing", () => {
  const classes = ["no", "yes, or so"];
  const table = [
    { name: "label", value: toUser(strings(["no", 'a "b"'])), rowAxis: 0, classes },
    { name: "p", value: toUser(float32([0.1, 0.9, Number.NaN, -0], [2, 2])), rowAxis: 0, classes },
    { name: "n", value: toUser(int64([1n, 2n ** 40n])), rowAxis: 0 },
    { name: "b", value: toUser(bool([true, false], [2, 1])), rowAxis: 0 },
  ];

  it("writes CSV that the reader reads back", async () => {
    const text = csvHeader(table) + csvRows(table);
    expect(text).toBe('label,p_no,"p_yes, or so",n,b\nno,0.1,0.9,1,true\n"a ""b""",NaN,-0,1099511627776,false\n');
    expect(await records(text)).toEqual([
      [1, "label", "p_no", "p_yes, or so", "n", "b"],
      [2, "no", "0.1", "0.9", "1", "true"],
      [3, 'a "b"', "NaN", "-0", "1099511627776", "false"],
    ]);
  });

  it("writes JSON lines", () => {
    expect(jsonRows(table)).toBe(
      '{"label":"no","p":[0.1,0.9],"n":1,"b":[true]}\n{"label":"a \\"b\\"","p":[null,-0],"n":1099511627776,"b":[false]}\n',
    );
  });

  it("writes other axes of rows, and flattens the rest", () => {
    const value = toUser(float64([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]));
    const output = [{ name: "y", value, rowAxis: 1, classes: ["a", "b"] }];
    expect(csvHeader(output)).toBe("y_0_a,y_0_b,y_1_a,y_1_b\n");
    expect(csvRows(output)).toBe("0,1,4,5\n2,3,6,7\n");
  });

  it("writes columns without names, single ones, empty strings and no rows", () => {
    expect(csvHeader([{ name: "y", value: toUser(int32([1, 2], [1, 2])), rowAxis: 0 }])).toBe("y_0,y_1\n");
    expect(csvHeader([{ name: "y", value: toUser(int32([1, 2], [2, 1])), rowAxis: 0 }])).toBe("y\n");
    expect(csvRows([{ name: "y", value: toUser(strings(["", " a"])), rowAxis: 0 }])).toBe('""\n" a"\n');
    expect(csvRows([{ name: "y", value: toUser(float32([], [0, 3])), rowAxis: 0 }])).toBe("");
    expect(csvHeader([{ name: "y", value: toUser(float32([], [0, 2])), rowAxis: 0 }])).toBe("y_0,y_1\n");
  });

  it("refuses an output without rows", () => {
    expect(() => csvRows([{ name: "y", value: toUser(int32([1])), rowAxis: -1 }])).toThrow(UnsupportedError);
  });

  it("writes float32 with the fewest digits that read back the same", () => {
    expect(formatNumber(Math.fround(0.1), "float32")).toBe("0.1");
    expect(formatNumber(Math.fround(0.1), "float64")).toBe("0.10000000149011612");
    expect(formatNumber(16777216, "float32")).toBe("16777216");
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    const wrong: number[] = [];
    for (let i = 0; i < 20000; i++) {
      bits[0] = Math.imul(i, 2654435761);
      const value = float[0]!;
      const back = Math.fround(Number(formatNumber(value, "float32")));
      if (Number.isFinite(value) && !Object.is(back, value)) wrong.push(value);
    }
    expect(wrong).toEqual([]);
  });
});
