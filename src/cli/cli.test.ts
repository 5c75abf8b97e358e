import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { loadBooster } from "../../test-models/boosters.js";
import { type Fixture, fixtureInputs, loadFixture } from "../../test-models/fixtures.js";
import { onnxFile } from "../../test-models/onnx-file.js";
import { readNpy, writeNpy } from "../data/npy.js";
import { UnsupportedError } from "../errors.js";
import { exitCodeOf, formatError } from "./exit-code.js";
import { createProgress } from "./io.js";
import { calypte, type Ran } from "./run.testing.js";

const folder = mkdtempSync(join(tmpdir(), "calypte-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string) => join(folder, name);

/** The rows of a fixture's first set as CSV; one header name per column. */
function csvOf(fixture: Fixture, repeat = 1): string {
  const set = fixture.sets[0];
  if (set === undefined) throw new Error(`${fixture.name} has no rows`);
  const columns = [...fixtureInputs(fixture, set)].flatMap(([name, t]) => {
    const width = t.shape[1] ?? 1;
    return Array.from({ length: width }, (_, j) => ({
      name: width === 1 ? name : `f${j}`,
      cell: (i: number) => (Number.isNaN(t.data[i * width + j]) ? "" : String(t.data[i * width + j])),
    }));
  });
  const lines = Array.from({ length: set.rows }, (_, i) => columns.map((c) => c.cell(i)).join(","));
  return `${[columns.map((c) => c.name).join(","), ...Array.from({ length: repeat }, () => lines).flat()].join("\n")}\n`;
}

const wine = loadFixture("wine-forest");
const words = loadFixture("string-label-forest");
const columns = loadFixture("columns-logistic");
const boosted = loadBooster("xgboost", "window-3.2");
const rows = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));

describe("usage", () => {
  it("prints help and version on stdout", async () => {
    const help = await calypte(["--help"]);
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toContain("calypte predict <model> [data]");
    const predict = await calypte(["predict", "--help"]);
    expect(predict.out).toContain("calypte predict model.onnx rows.csv -o");
    expect(await calypte(["--version"])).toMatchObject({ code: 0, err: "" });
  });

  it("completes commands", async () => {
    const script = await calypte(["completion"]);
    expect(script.code).toBe(0);
  });

  it.each<[readonly string[], string]>([
    [[], "calypte: expected a command: inspect, convert, predict, verify, bench or doctor; see calypte --help\n"],
    [["predict", "-"], "calypte: the model is read from a file, not from stdin; see calypte --help\n"],
    [["predct"], "calypte: Did you mean predict? See calypte --help\n"],
    [["predict", "m.onnx", "--colour"], "calypte: Unknown argument: colour; see calypte --help\n"],
    [["convert", "m.onnx"], "calypte: Missing required argument: out; see calypte --help\n"],
    [["predict", "m.onnx", "--proba", "--output", "x"], "calypte: --proba and --outputs exclude each other\n"],
    [
      ["predict", wine.modelPath, "--backend", "cuda"],
      'calypte: unknown backend "cuda"; use auto, wasm, reference or tfjs\n',
    ],
  ])("ends %j with 2", async (args, err) => {
    expect(await calypte(args)).toEqual({ code: 2, out: "", err });
  });

  it("asks for data on a terminal instead of waiting for it", async () => {
    expect(await calypte(["predict", wine.modelPath], "", true)).toMatchObject({
      code: 2,
      err: "calypte: predict needs a file of rows, or - for stdin\n",
    });
  });

  it("reports errors as JSON with --json", async () => {
    const { code, out, err } = await calypte(["predict", "m.onnx", "--colour", "--json"]);
    expect([code, out]).toEqual([2, ""]);
    expect(JSON.parse(err)).toEqual({
      error: { code: "USAGE", message: "Unknown argument: colour; see calypte --help" },
    });
  });

  it("has an exit code for every kind of error, and one line for each", () => {
    expect(exitCodeOf(new UnsupportedError("", "x"))).toBe(4);
    expect(exitCodeOf(new TypeError("x is undefined\nmore"))).toBe(1);
    expect(formatError(new TypeError("x is undefined\nmore"), false)).toBe(
      "calypte: internal error: x is undefined; please report it\n",
    );
  });
});

describe("progress", () => {
  const shown = (terminal: boolean, quiet: boolean, env: Readonly<Record<string, string>>) => {
    let text = "";
    const stream = new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk);
        done();
      },
    });
    const stderr = Object.assign(stream, { isTTY: terminal });
    const progress = createProgress({ stdin: Readable.from([]), stdout: stderr, stderr, env }, quiet);
    progress.show("8 rows");
    progress.clear();
    return text;
  };

  it("is shown on a terminal and wiped away, and nowhere else", () => {
    expect(shown(true, false, {})).toBe("\r8 rows\r      \r");
    expect(shown(false, false, {})).toBe("");
    expect(shown(true, true, {})).toBe("");
    expect(shown(true, false, { CI: "true" })).toBe("");
  });
});

describe("predict", () => {
  it("writes labels and probabilities, the file's own answers", async () => {
    const { code, out, err } = await calypte(["predict", words.modelPath, "-"], csvOf(words));
    expect([code, err]).toEqual([0, ""]);
    const [header, ...body] = rows(out);
    expect(header).toEqual([
      "output_label",
      "output_probability_setosa",
      "output_probability_versicolor",
      "output_probability_virginica",
    ]);
    expect(body.map((r) => r[0])).toEqual(words.answer("trainer/file/output_label").data);
    const want = Array.from(words.answer("trainer/file/output_probability").data, Number);
    const got = body.flatMap((r) => r.slice(1).map(Number));
    expect(got).toHaveLength(want.length);
    for (const [i, p] of got.entries()) expect(Math.abs(p - want[i]!)).toBeLessThanOrEqual(1e-6);
  });

  it("reads a file and columns by name, extra ones beside them", async () => {
    const [header = "", ...body] = csvOf(columns).trimEnd().split("\n");
    const text = [`id,${header}`, ...body.map((line, i) => `${i},${line}`)].join("\n");
    writeFileSync(inFolder("columns.csv"), text);
    const { code, out } = await calypte(["predict", columns.modelPath, inFolder("columns.csv"), "--output", "label"]);
    expect(code).toBe(0);
    expect(rows(out).flat()).toEqual(["label", ...(columns.answer("trainer/file/label").data as string[])]);
  });

  it("runs standard operators of TF.js alone under --no-fused", async () => {
    const plan = async (...options: readonly string[]) => {
      const { code, out } = await calypte([
        "inspect",
        wine.modelPath,
        "--backend",
        "tfjs",
        "--device",
        "cpu",
        ...options,
        "--json",
      ]);
      expect(code).toBe(0);
      return (JSON.parse(out) as { forests: { strategy: string }[] }).forests.map((f) => f.strategy);
    };
    expect(await plan()).toEqual(["bit-sliced"]);
    expect(["gemm", "perfect-tree-traversal", "tree-traversal"]).toContain((await plan("--no-fused"))[0]);
    const ran = await calypte(["predict", wine.modelPath, "--fused"], csvOf(wine));
    expect([ran.code, ran.err]).toEqual([2, "calypte: fused is for the tfjs backend, not wasm; leave it out\n"]);
  });

  it("writes probabilities only with --proba, and JSON lines with --json", async () => {
    const text = csvOf(wine);
    const proba = await calypte(["predict", wine.modelPath, "-", "--proba"], text);
    expect(rows(proba.out)[0]).toEqual(wine.classes?.map((c) => `probabilities_${String(c)}`));
    const json = await calypte(["predict", wine.modelPath, "-", "--proba", "--json"], text);
    const lines = json.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { probabilities: number[] });
    expect(lines.map((l) => l.probabilities.map(String))).toEqual(
      rows(proba.out)
        .slice(1)
        .map((r) => r.map((c) => String(Number(c)))),
    );
  });

  it("gives the same answers in batches as in one", async () => {
    const once = rows((await calypte(["predict", wine.modelPath], csvOf(wine))).out);
    const many = rows((await calypte(["predict", wine.modelPath], csvOf(wine, 60))).out);
    expect(many).toHaveLength(1 + 60 * (once.length - 1));
    expect(many.slice(1).every((row, i) => row.join() === once[1 + (i % (once.length - 1))]?.join())).toBe(true);
  });

  it("names the columns of an output with another axis of rows", async () => {
    const two = loadFixture("two-output-classifier");
    const { out } = await calypte(["predict", two.modelPath], csvOf(two));
    const [header, ...body] = rows(out);
    expect(header?.slice(0, 3)).toEqual(["label_0", "label_1", "probabilities_0_0"]);
    expect(body).toHaveLength(two.sets[0]?.rows ?? 0);
    const want = two.answer("trainer/file/probabilities");
    const n = body.length;
    const classes = want.shape[2] ?? 0;
    expect(Math.abs(Number(body[5]?.[2]) - Number(want.data[5 * classes]))).toBeLessThanOrEqual(1e-6);
    expect(Math.abs(Number(body[5]?.[2 + classes]) - Number(want.data[(n + 5) * classes]))).toBeLessThanOrEqual(1e-6);
  });

  it("answers a file without rows with a header", async () => {
    const [header] = csvOf(wine).split("\n");
    const { code, out } = await calypte(["predict", wine.modelPath, "-", "--proba"], `${header}\n`);
    expect([code, out.split("\n").length]).toEqual([0, 2]);
  });

  const [first = "", second = ""] = csvOf(wine).split("\n");
  it.each<[string, readonly string[], string, number, string]>([
    [
      "text in a number column",
      [],
      `${first}\n${second}\n${second.replace(/^[^,]*,[^,]*/, "1,abc")}\n`,
      3,
      'calypte: stdin, line 3, column "f1": expected a number, or an empty cell where it is missing, got "abc"\n',
    ],
    ["short rows", [], `${first}\n1,2\n`, 3, "calypte: stdin, line 2: expected 13 cells as in line 1, got 2\n"],
    [
      "no header",
      [],
      `${second}\n`,
      3,
      "calypte: stdin, line 1: expected column names, got only numbers; use --no-header if it has none\n",
    ],
    ["nothing", [], "", 3, "calypte: stdin is empty, expected a header line and rows\n"],
    [
      "unknown chosen columns",
      ["--columns", "a,b"],
      `${first}\n`,
      2,
      "calypte: --columns names 2 columns, but the model takes 13\n",
    ],
    [
      "an unknown output",
      ["--output", "scores"],
      `${first}\n${second}\n`,
      2,
      'calypte: the model has no output "scores"; use output_label or output_probability\n',
    ],
    [
      "an endless record",
      [],
      `${first}\n"${"x\n".repeat(1 << 22)}`,
      6,
      "calypte: stdin, line 2: a record is longer than 4194304 characters",
    ],
  ])("refuses %s", async (_, options, stdin, code, err) => {
    const ran = await calypte(["predict", wine.modelPath, "-", ...options], stdin);
    expect(ran.err.slice(0, err.length)).toBe(err);
    expect(ran.err.split("\n")).toHaveLength(2);
    expect(ran.code).toBe(code);
  });

  it("takes --no-header and --columns", async () => {
    const plain = await calypte(["predict", wine.modelPath, "-"], `${first}\n${second}\n`);
    expect(await calypte(["predict", wine.modelPath, "-", "--no-header"], `${second}\n`)).toEqual(plain);
    const chosen = await calypte(["predict", wine.modelPath, "-", "--columns", first], `y,${first}\n?,${second}\n`);
    expect(chosen).toEqual(plain);
  });

  it("names files that cannot be read", async () => {
    expect(await calypte(["predict", wine.modelPath, inFolder("no.csv")])).toEqual({
      code: 3,
      out: "",
      err: `calypte: ${inFolder("no.csv")}: there is no such file\n`,
    });
    expect((await calypte(["predict", wine.modelPath, folder])).err).toBe(
      `calypte: ${folder}: expected a file, got a directory\n`,
    );
    expect((await calypte(["predict", inFolder("no.onnx")], "a\n")).code).toBe(3);
  });

  it("ends with 3 for a foreign model file, with 4 for an operator that it lacks", async () => {
    writeFileSync(inFolder("foreign.onnx"), "this is no model");
    const foreign = await calypte(["predict", inFolder("foreign.onnx"), "-"], "a\n1\n");
    expect(foreign.code).toBe(3);
    expect(foreign.err).toMatch(/^calypte: .+\n$/);
    const bytes = onnxFile({
      nodes: [{ op: "NoSuchOperator", inputs: ["X"], outputs: ["Y"] }],
      inputs: [{ name: "X", dtype: "float32", shape: ["N", 2] }],
      outputs: [{ name: "Y", dtype: "float32", shape: ["N", 2] }],
    });
    writeFileSync(inFolder("unsupported.onnx"), bytes);
    const unsupported = await calypte(["predict", inFolder("unsupported.onnx"), "-", "--json"], "a\n1\n");
    expect(unsupported.code).toBe(4);
    expect(JSON.parse(unsupported.err)).toMatchObject({ error: { code: "UNSUPPORTED" } });
  });

  it("writes a file whole, and replaces one only when forced", async () => {
    const out = inFolder("answers.csv");
    const args = ["predict", wine.modelPath, "-", "-o", out];
    expect(await calypte(args, csvOf(wine))).toEqual({ code: 0, out: "", err: "" });
    const written = readFileSync(out, "utf8");
    expect(rows(written)).toHaveLength(1 + (wine.sets[0]?.rows ?? 0));
    expect(await calypte(args, csvOf(wine))).toEqual({
      code: 2,
      out: "",
      err: `calypte: ${out} exists; use --force to replace it\n`,
    });
    expect((await calypte([...args, "--force"], `${first}\nx\n`)).code).toBe(3);
    expect(readFileSync(out, "utf8")).toBe(written);
    expect((await calypte([...args, "--force"], `${first}\n${second}\n`)).code).toBe(0);
    expect(rows(readFileSync(out, "utf8"))).toHaveLength(2);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect((await calypte(["predict", wine.modelPath, "-", "-o", join(folder, "none", "a.csv")], "a\n")).code).toBe(2);
    expect((await calypte(["predict", wine.modelPath, "-", "-o", folder], "a\n")).code).toBe(2);
  });
});

describe("predict, other forms", () => {
  const set = wine.sets[0]!;
  const X = wine.answer(set.inputs["X"] ?? "");
  const wineRows = Array.from({ length: set.rows }, (_, i) =>
    Array.from(X.data as Float32Array).slice(i * 13, i * 13 + 13),
  );
  const records = csvOf(columns)
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line, i) => {
      const [city, kind, age, fare] = line.split(",");
      return { id: `0${i}`, city, class: kind, age: age === "" ? null : Number(age), fare: Number(fare) };
    });

  it("gives the answers of CSV for rows, JSON lines, columns by input and .npy", async () => {
    const want = await calypte(["predict", wine.modelPath, "-"], csvOf(wine));
    for (const [name, content] of [
      ["rows.json", JSON.stringify(wineRows)],
      ["pretty.json", JSON.stringify(wineRows, null, 2)],
      ["rows.jsonl", wineRows.map((r) => JSON.stringify(r)).join("\n")],
      ["input.json", JSON.stringify({ X: wineRows })],
      ["lines-of-input.jsonl", wineRows.map((r) => JSON.stringify({ X: r })).join("\r\n")],
      ["rows.npy", writeNpy(X)],
      ["rows.csv.gz", gzipSync(csvOf(wine))],
    ] as const) {
      writeFileSync(inFolder(name), content);
      expect(await calypte(["predict", wine.modelPath, inFolder(name)]), name).toEqual(want);
    }
  });

  it("gives the answers of CSV for records, columns and pandas' split table, whatever else they hold", async () => {
    const want = await calypte(["predict", columns.modelPath, "-"], csvOf(columns));
    const names = ["id", "city", "class", "age", "fare"] as const;
    const forms = [
      JSON.stringify(records),
      records.map((r) => JSON.stringify(r)).join("\n"),
      JSON.stringify(Object.fromEntries(names.map((n) => [n, records.map((r) => r[n])]))),
      JSON.stringify({
        columns: names,
        index: records.map((_, i) => i),
        data: records.map((r) => names.map((n) => r[n])),
      }),
    ];
    for (const text of forms) expect(await calypte(["predict", columns.modelPath, "-"], text)).toEqual(want);
  });

  it("writes JSON, JSON lines and .npy by the ending of the file", async () => {
    const lines = await calypte(["predict", wine.modelPath, "-", "--json"], csvOf(wine));
    const want = lines.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    for (const name of ["a.json", "a.jsonl", "a.npy"]) {
      const args = ["predict", wine.modelPath, "-", "-o", inFolder(name), ...(name === "a.npy" ? ["--proba"] : [])];
      expect(await calypte(args, csvOf(wine, 60))).toEqual({ code: 0, out: "", err: "" });
    }
    const written = readFileSync(inFolder("a.json"), "utf8");
    expect((JSON.parse(written) as unknown[]).slice(0, want.length)).toEqual(want);
    expect(readFileSync(inFolder("a.jsonl"), "utf8").split("\n")).toHaveLength(60 * set.rows + 1);
    const array = readNpy(readFileSync(inFolder("a.npy")), "a.npy");
    expect([array.dtype, array.shape]).toEqual(["float32", [60 * set.rows, 3]]);
    expect(Array.from(array.data.slice(-3), Number)).toEqual(
      (want.at(-1) as { output_probability: number[] }).output_probability.map(Math.fround),
    );
    const labels = await calypte(
      ["predict", wine.modelPath, "-", "--outputs", "output_label", "-o", inFolder("labels.npy")],
      csvOf(wine),
    );
    expect(labels.code).toBe(0);
    expect(readNpy(readFileSync(inFolder("labels.npy")), "labels.npy")).toMatchObject({
      dtype: "int64",
      shape: [set.rows],
    });
  });

  it("writes an empty list, and a .npy array of no rows", async () => {
    expect((await calypte(["predict", wine.modelPath, "-", "--to", "json"], "[]")).out).toBe("[]\n");
    const out = inFolder("none.npy");
    expect((await calypte(["predict", wine.modelPath, "-", "--proba", "-o", out], "[]")).code).toBe(0);
    expect(readNpy(readFileSync(out), "none.npy").shape).toEqual([0, 3]);
  });

  it("keeps columns of the data, in CSV as they stand and in JSON as what they are", async () => {
    const [header = "", ...body] = csvOf(columns).trimEnd().split("\n");
    const text = [`id,note,${header}`, ...body.map((line, i) => `0${i},"a ""b"", ${i}",${line}`)].join("\r\n");
    const csv = await calypte(["predict", columns.modelPath, "-", "--keep", "note,id", "--outputs", "label"], text);
    expect(csv.out.split("\n").slice(0, 2)).toEqual([
      "note,id,label",
      `"a ""b"", 0",00,${columns.answer("trainer/file/label").data[0]}`,
    ]);
    const json = await calypte(["predict", columns.modelPath, "-", "--keep", "id,age", "--json"], text);
    expect(JSON.parse(json.out.split("\n")[0] ?? "")).toMatchObject({ id: "00", age: records[0]?.age });
    const all = await calypte(
      ["predict", columns.modelPath, "-", "--keep-all", "--outputs", "label", "--json"],
      JSON.stringify(records),
    );
    expect(JSON.parse(all.out.split("\n")[0] ?? "")).toEqual({
      ...records[0],
      label: columns.answer("trainer/file/label").data[0],
    });
    const both = await calypte(["predict", columns.modelPath, "-", "--keep", "label"], text.replace("note", "label"));
    expect(both).toMatchObject({
      code: 2,
      err: 'calypte: the data and the answers both have a column "label"; keep others, with --keep a,b\n',
    });
  });

  it("reads other delimiters, and words for missing values that are named", async () => {
    const want = await calypte(["predict", wine.modelPath, "-"], csvOf(wine));
    expect(
      await calypte(["predict", wine.modelPath, "-", "--delimiter", ";"], csvOf(wine).replaceAll(",", ";")),
    ).toEqual(want);
    const one = (cell: string) => `${csvOf(wine).split("\n")[0]}\n1,2,3,${cell},5,6,7,8,9,10,11,12,13\n`;
    const empty = await calypte(["predict", wine.modelPath, "-"], one(""));
    expect(empty.code).toBe(0);
    expect(await calypte(["predict", wine.modelPath, "-", "--missing-values", "NA,-999"], one("NA"))).toEqual(empty);
    expect(await calypte(["predict", wine.modelPath, "-", "--missing-values", "NA,-999"], one("-999"))).toEqual(empty);
    const special = [`[1,2,3,"NaN",5,6,7,8,9,10,11,12,13]`, "[1,2,3,null,5,6,7,8,9,10,11,12,13]"];
    const [text, nothing] = await Promise.all(
      special.map((row) => calypte(["predict", wine.modelPath, "-", "--json-special"], row)),
    );
    expect(text).toEqual(nothing);
  });

  it.each<[string, readonly string[], string | Uint8Array, number, string]>([
    [
      "a word for missing that was not named",
      [],
      "a,b,c,d,e,f,g,h,i,j,k,l,m\n1,NA,3,4,5,6,7,8,9,10,11,12,13\n",
      3,
      'stdin, line 2, column "b": expected a number, or an empty cell where it is missing, got "NA"; if that means missing, say --missing-values "NA"',
    ],
    [
      "semicolons",
      [],
      "a;b\n1;2\n",
      3,
      'stdin, line 1: expected 13 columns, got 1; if cells are separated by ";", say --delimiter ";"',
    ],
    ["JSON that ends early", [], "[[1,2", 3, "stdin: is no JSON ("],
    ["NaN in JSON lines", [], `[${"1,".repeat(12)}2]\n[${"1,".repeat(12)}NaN]\n`, 3, "stdin, line 2: is no JSON ("],
    [
      "text in JSON",
      [],
      `[[1,2,3,4,5,6,7,8,9,"x",11,12,13]]`,
      3,
      'stdin, row 0, column 9: expected a number for float32, got the string "x"',
    ],
    [
      "special text that was not asked for",
      [],
      `[[1,2,3,4,5,6,7,8,9,"NaN",11,12,13]]`,
      3,
      'stdin, row 0, column 9: expected a number, got "NaN"; say --json-special',
    ],
    [
      "ragged rows",
      [],
      `[${"1,".repeat(12)}2]\n[1]\n`,
      3,
      "stdin, line 2: expected 13 cells as in the first row, got 1 cells",
    ],
    [
      "records where nothing names columns",
      [],
      `{"a":1}`,
      3,
      'stdin, row 0: "X" is missing, got "a"; the model names no columns: give arrays, or choose with --columns',
    ],
    [
      "nested columns",
      [],
      `{"a":{"0":1}}`,
      3,
      'stdin: expected a list of values for column "a", got an object; write rows (pandas: orient="records")',
    ],
    ["a bare value", [], "7", 3, "stdin, line 1: expected column names, got only numbers"],
    [
      "an option of another form",
      ["--delimiter", ";"],
      "[[1]]",
      2,
      "--delimiter is for CSV, and stdin is json; leave it out",
    ],
    ["an unknown form", ["--from", "xlsx"], "", 2, 'unknown form "xlsx" for --from; use csv, json, jsonl or npy'],
    [
      "a Parquet file",
      [],
      "PAR1\u0015",
      4,
      "stdin: it is a Parquet file; write the rows as CSV (UTF-8), JSON lines or .npy",
    ],
    ["binary garbage", [], Uint8Array.of(1, 2, 0, 3, 255), 3, "stdin: is binary data of an unknown kind"],
    ["half a gzip file", [], gzipSync(csvOf(wine)).subarray(0, 100), 3, "stdin: is no whole gzip file ("],
    [
      "a .npy array of another width",
      [],
      writeNpy({ dtype: "float32", shape: [1, 2], data: new Float32Array(2) }),
      3,
      "stdin: expected shape [rows, 13], got [1, 2]",
    ],
    [
      "half a .npy array",
      [],
      writeNpy({ dtype: "float32", shape: [2, 13], data: new Float32Array(26) }).subarray(0, 180),
      3,
      "stdin: is cut off: its header says 2 rows",
    ],
    [
      "more than a .npy array",
      [],
      Buffer.concat([writeNpy({ dtype: "float32", shape: [1, 13], data: new Float32Array(13) }), Buffer.alloc(4)]),
      3,
      "stdin: has more data than its header says (1 rows)",
    ],
    [
      "two outputs in one .npy array",
      ["--to", "npy"],
      csvOf(wine),
      2,
      "a .npy file holds one array; choose output_label or output_probability with --outputs",
    ],
    [
      "kept columns in a .npy array",
      ["--to", "npy", "--keep", "a"],
      "",
      2,
      "a .npy array keeps no columns; write csv or jsonl",
    ],
    ["a range that is none", ["--iterations", "5"], "", 2, 'expected --iterations FIRST:END, like 0:100, got "5"'],
  ])("refuses %s", async (_, options, stdin, code, err) => {
    const ran = await calypte(["predict", wine.modelPath, "-", ...options], stdin);
    expect(ran.err.slice(0, 9 + err.length)).toBe(`calypte: ${err}`);
    expect(ran.err.split("\n")).toHaveLength(2);
    expect(ran.code).toBe(code);
  });
});

describe("convert", () => {
  it("writes a TF.js model, and replaces one only when forced", async () => {
    const out = inFolder("web");
    const first = await calypte(["convert", wine.modelPath, "-o", out, "--target", "tfjs"]);
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(JSON.parse(readFileSync(join(out, "model.json"), "utf8"))).toMatchObject({ format: "graph-model" });
    expect(first.out).toMatch(/model\.json +\d{2},\d{3} bytes\n/);
    const second = await calypte(["convert", wine.modelPath, "-o", out]);
    expect([second.code, second.out]).toEqual([2, ""]);
    expect(second.err).toBe(
      `calypte: ${join(out, "model.json")} exists; replace it with force (--force on the command line)\n`,
    );
    const third = await calypte(["convert", wine.modelPath, "-o", out, "--force", "--json"]);
    expect(third.code).toBe(0);
    const { files } = JSON.parse(third.out) as { files: { path: string; bytes: number }[] };
    for (const file of files) expect(readFileSync(file.path)).toHaveLength(file.bytes);
  });

  it("writes a WebAssembly module with its loader", async () => {
    const out = inFolder("module");
    expect((await calypte(["convert", wine.modelPath, "-o", out, "--target", "wasm"])).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["manifest.json", "model.d.mts", "model.mjs", "model.wasm"]);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(join(out, "model.wasm"))))).toEqual([]);
  });

  it("keeps the forest whole for calypte/tfjs under --fused, and the outputs that are asked for", async () => {
    const out = inFolder("fused");
    const ran = await calypte([
      "convert",
      wine.modelPath,
      "-o",
      out,
      "--fused",
      "--quantized",
      "--outputs",
      "output_probability",
    ]);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    const { modelTopology, signature } = JSON.parse(readFileSync(join(out, "model.json"), "utf8")) as {
      modelTopology: { node: { op: string }[] };
      signature: { outputs: Record<string, unknown> };
    };
    expect(modelTopology.node.some(({ op }) => op.startsWith("Calypte"))).toBe(true);
    expect(Object.keys(signature.outputs)).toEqual(["output_probability"]);
    expect(await calypte(["convert", wine.modelPath, "-o", out, "--target", "onnx", "--fused"])).toMatchObject({
      code: 2,
      err: "calypte: fused is for the target tfjs, not onnx; leave it out\n",
    });
  });

  it("writes the rounds that --iterations names", async () => {
    const [all, some] = [inFolder("all"), inFolder("some")];
    const file = boosted.path;
    expect((await calypte(["convert", file, "-o", all, "--target", "onnx"])).code).toBe(0);
    expect((await calypte(["convert", file, "-o", some, "--target", "onnx", "--iterations", "2:6"])).code).toBe(0);
    const answers = async (path: string, ...more: readonly string[]) => {
      writeFileSync(inFolder("X.npy"), writeNpy(boosted.answer("trainer/X")));
      const { code, out, err } = await calypte(["predict", path, inFolder("X.npy"), "--outputs", "predict", ...more]);
      expect([code, err]).toEqual([0, ""]);
      return rows(out).slice(1).flat().map(Number);
    };
    const want = Array.from(boosted.answer("trainer/predict").data as Float32Array);
    const near = (a: readonly number[], b: readonly number[]) =>
      Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? Number.NaN)))) < 1e-5;
    expect(near(await answers(join(some, "model.onnx")), want)).toBe(true);
    expect(near(await answers(file, "--iterations", "2:6"), want)).toBe(true);
    expect(near(await answers(join(all, "model.onnx")), want)).toBe(false);
  });

  it("refuses unknown targets and strategies", async () => {
    writeFileSync(inFolder("file"), "");
    expect(await calypte(["convert", wine.modelPath, "-o", inFolder("file")])).toMatchObject({
      code: 2,
      err: `calypte: ${inFolder("file")} is no folder; name one that is, or a new one\n`,
    });
    expect((await calypte(["convert", wine.modelPath, "-o", inFolder("x"), "--target", "coreml"])).code).toBe(2);
    expect((await calypte(["convert", wine.modelPath, "-o", inFolder("x"), "--strategy", "magic"])).code).toBe(2);
    expect(existsSync(inFolder("x"))).toBe(false);
  });
});

describe("inspect", () => {
  it("says what the file holds and how it would run", async () => {
    const text = await calypte(["inspect", wine.modelPath]);
    expect([text.code, text.err]).toEqual([0, ""]);
    expect(text.out).toContain("  X  float32[rows, 13]\n");
    for (const line of text.out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(text.out).toContain(`${wine.stats.trees} trees`);
    const json = await calypte(["inspect", wine.modelPath, "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({
      format: "onnx",
      inputs: [{ name: "X", dtype: "float32", shape: "[rows, 13]" }],
      classes: wine.classes,
      forests: [{ trees: wine.stats.trees, nodes: wine.stats.nodes }],
      plan: { backend: "wasm", rowWise: true },
    });
  });
});

it("inspect says what TF.js refuses, once for all devices", async () => {
  const { out } = await calypte(["inspect", loadFixture("svc-probability").modelPath]);
  expect(out.split("Plan")[1]?.replace(/\s+/g, " ")).toContain("not on tfjs wasm, tfjs cpu: node ");
});

describe("the trainer's options", () => {
  it("hold for what inspect and verify say of the forest", async () => {
    const json = await calypte(["inspect", boosted.path, "--iterations", "2:6", "--json"]);
    const { forests } = JSON.parse(json.out) as { forests: { trees: number }[] };
    expect(forests.map((f) => f.trees)).toEqual([boosted.stats.trees / 2]);
    writeFileSync(inFolder("X.npy"), writeNpy(boosted.answer("trainer/X")));
    writeFileSync(inFolder("leaves.npy"), writeNpy(boosted.answer("trainer/leaves")));
    const args = ["verify", boosted.path, "--data", inFolder("X.npy"), "--expected", inFolder("leaves.npy")];
    expect((await calypte([...args, "--iterations", "2:6"])).code).toBe(0);
    const other = await calypte([...args, "--iterations", "1:5"]);
    expect(other.code).toBe(5);
    expect(other.out).toContain("tree ");
  });

  it.each<[string, readonly string[], string]>([
    ["onnx", ["--iterations", "0:2"], "an onnx model has no boosting rounds to choose; leave --iterations out"],
    ["onnx", ["--missing", "0"], "an onnx model has no value that means missing to choose; leave --missing out"],
    ["xgboost", ["--iterations", "2"], 'expected --iterations FIRST:END, like 0:100, got "2"'],
  ])("are refused for %s %j", async (format, options, says) => {
    const path = format === "onnx" ? wine.modelPath : boosted.path;
    for (const command of [["inspect"], ["convert", "-o", inFolder("none")], ["predict"], ["bench"]]) {
      const ran = await calypte([...command, path, ...options]);
      expect([ran.code, ran.err]).toEqual([2, `calypte: ${says}\n`]);
    }
  });
});

describe("verify", () => {
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(inFolder(name), content);
    return inFolder(name);
  };
  const data = write("verify.csv", csvOf(wine));
  const npy = (key: string): string => write(`${key.replaceAll("/", "-")}.npy`, writeNpy(wine.answer(key)));
  const verify = (expected: string, ...more: readonly string[]) =>
    calypte(["verify", wine.modelPath, "--data", data, "--expected", expected, ...more]);
  const outcome = async (ran: Promise<Ran>) => {
    const { code, out } = await ran;
    const { outputs } = JSON.parse(out) as { outputs: { output: string; kind: string; wrongRows: number }[] };
    return { code, outputs: outputs.map((o) => [o.output, o.kind, o.wrongRows]) };
  };

  it("finds which output a .npy array is: labels, probabilities, leaves", async () => {
    expect(await outcome(verify(npy("trainer/predict"), "--json"))).toEqual({
      code: 0,
      outputs: [["output_label", "labels", 0]],
    });
    expect(await outcome(verify(npy("trainer/predictProba"), "--json"))).toEqual({
      code: 0,
      outputs: [["output_probability", "numbers", 0]],
    });
    expect(await outcome(verify(npy("trainer/leaves"), "--json"))).toEqual({
      code: 0,
      outputs: [["@leafIndices", "leaves", 0]],
    });
  });

  it("takes what predict wrote, as CSV and as JSON", async () => {
    for (const name of ["was.csv", "was.json", "was.jsonl"]) {
      const out = inFolder(name);
      expect((await calypte(["predict", wine.modelPath, data, "-o", out])).code).toBe(0);
      expect(await outcome(verify(out, "--json")), name).toEqual({
        code: 0,
        outputs: [
          ["output_label", "labels", 0],
          ["output_probability", "numbers", 0],
        ],
      });
    }
  });

  it("ends with 5 for another number, and says row, column and what the row does", async () => {
    const values = wine.answer("trainer/predictProba");
    const data64 = Float64Array.from(values.data as Float64Array);
    data64[3 * 7 + 1]! += 1e-3;
    const { code, out, err } = await verify(
      write("off.npy", writeNpy({ dtype: "float64", shape: values.shape, data: data64 })),
    );
    expect(code).toBe(5);
    expect(err).toBe(`calypte: answers differ from off.npy: output_probability in 1 of ${values.shape[0]} rows\n`);
    expect(out).toContain("DIFFER  output_probability\n  1 of ");
    expect(out).toContain("  in row 7, column 1: got ");
    expect(out).toContain("  row 7 reaches the leaves ");
    expect(out).toContain("  its closest comparison: tree ");
    expect((await verify(inFolder("off.npy"), "--tolerance", "0.01")).code).toBe(0);
  });

  it("names the tree, the leaf and the node at which two ways part", async () => {
    const leaves = wine.answer("trainer/leaves");
    const trees = leaves.shape[1]!;
    const wrong = Int32Array.from(leaves.data as Int32Array);
    const mine = wrong[2]!;
    // Another leaf of the same tree, as another row reaches it.
    const other = Array.from({ length: leaves.shape[0]! }, (_, r) => wrong[r * trees + 2]!).find(
      (leaf) => leaf !== mine,
    );
    wrong[2] = other ?? -1;
    const { code, out } = await verify(
      write("leaves.npy", writeNpy({ dtype: "int32", shape: leaves.shape, data: wrong })),
    );
    expect(code).toBe(5);
    expect(out.replaceAll(/\s+/g, " ")).toMatch(
      new RegExp(
        `tree 2 in 1 row, first row 0: leaf ${mine}, expected ${other}; the ways part at node \\d+: column \\d+ <= [\\d.]+, x is [\\d.]+`,
      ),
    );
  });

  it("counts labels that differ", async () => {
    const labels = Array.from(wine.answer("trainer/predict").data, String);
    labels[4] = "7";
    const { code, out } = await verify(write("labels.csv", `y\n${labels.join("\n")}\n`));
    expect([
      code,
      out.includes(`first in row 4, column 0: got ${wine.answer("trainer/predict").data[4]}, expected 7`),
    ]).toEqual([5, true]);
  });

  it("asks onnxruntime-node where nothing is given", async () => {
    const ran = await calypte(["verify", columns.modelPath, "--data", "-", "--json"], csvOf(columns));
    const { expected, ok } = JSON.parse(ran.out) as { expected: string; ok: boolean };
    expect([ran.code, ok, expected.split(" ")[0]]).toEqual([0, true, "onnxruntime-node"]);
  });

  it.each<[string, () => readonly string[], number, string]>([
    [
      "a file that is not there",
      () => ["--expected", inFolder("no.npy")],
      3,
      `${inFolder("no.npy")}: there is no such file`,
    ],
    [
      "answers to other rows",
      () => ["--expected", write("few.npy", writeNpy({ dtype: "int64", shape: [1], data: BigInt64Array.of(1n) }))],
      3,
      "few.npy: output_label has shape [1], the model answers [160]",
    ],
    [
      "an unknown output",
      () => ["--expected", npy("trainer/predict"), "--output", "y"],
      2,
      'the model has no output "y"; use output_label, output_probability, @rawScore or @leafIndices',
    ],
    [
      "an array that fits nothing",
      () => [
        "--expected",
        write("odd.npy", writeNpy({ dtype: "float32", shape: [2, 7], data: new Float32Array(14).fill(0.5) })),
      ],
      2,
      "odd.npy, of shape [2, 7]: say which output it is, with --output output_label, ",
    ],
    [
      "JSON of other things",
      () => ["--expected", write("odd.json", '[{"a":1}]')],
      3,
      'odd.json: names none of the outputs output_label, output_probability, @rawScore, @leafIndices, got "a"',
    ],
    [
      "no rows",
      () => ["--data", write("header.csv", `${csvOf(wine).split("\n")[0]}\n`), "--expected", npy("trainer/predict")],
      3,
      "the data has no rows, so there is nothing to compare",
    ],
    ["a negative tolerance", () => ["--tolerance", "-1"], 2, "expected a number of at least 0 for --tolerance, got -1"],
  ])("refuses %s", async (_, options, code, err) => {
    const given = options();
    const ran = await calypte([
      "verify",
      wine.modelPath,
      ...(given.includes("--data") ? [] : ["--data", data]),
      ...given,
    ]);
    expect(ran.err.slice(0, 9 + err.length)).toBe(`calypte: ${err}`);
    expect([ran.code, ran.out]).toEqual([code, ""]);
  });
});

describe("bench", () => {
  it("times every strategy, and the peers, after their answers agree", async () => {
    const args = [
      "bench",
      wine.modelPath,
      "--batches",
      "10,1",
      "--seconds",
      "0.001",
      "--backends",
      "wasm,onnxruntime-node,onnxruntime-web",
      "--json",
    ];
    const { code, out, err } = await calypte(args);
    expect([code, err]).toEqual([0, ""]);
    const { batches, cells } = JSON.parse(out) as {
      batches: number[];
      cells: {
        place: string;
        strategy: string;
        batch: number;
        auto: boolean;
        nanosecondsPerRow?: number;
        wall?: number[];
        skipped?: string;
      }[];
    };
    expect(batches).toEqual([1, 10]);
    const timed = cells.filter((c) => c.nanosecondsPerRow !== undefined);
    for (const batch of batches) {
      expect(timed.filter((c) => c.batch === batch && c.auto)).toHaveLength(1);
      expect(
        timed
          .filter((c) => c.batch === batch)
          .map((c) => `${c.place} ${c.strategy}`)
          .sort(),
      ).toEqual([
        "onnxruntime-node ",
        "onnxruntime-web ",
        ...["bit-sliced", "gemm", "perfect-tree-traversal", "tree-traversal", "walk"].map((s) => `wasm ${s}`),
      ]);
    }
    expect(timed.every((c) => c.wall !== undefined && c.wall.length >= 5)).toBe(true);
    expect(cells.find((c) => c.strategy === "oblivious")?.skipped).toContain("do not all make one comparison");
  });

  it("takes threads for the wasm backend and the peer", async () => {
    const args = ["bench", wine.modelPath, "--batches", "10", "--seconds", "0.001", "--strategies", "auto"];
    const json = await calypte([...args, "--threads", "2", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ threads: 2 });
    const text = await calypte([...args, "--threads", "2", "--backends", "wasm"]);
    expect(text.out.split("Time a row")[0]?.replaceAll("\n", " ")).toContain("2 threads");
    expect((await calypte([...args, "--threads", "x"])).err).toBe(
      'calypte: --threads is a whole number or auto, got "x"\n',
    );
  });

  it("prints a table of 80 columns on the user's rows", async () => {
    const args = [
      "bench",
      columns.modelPath,
      "-",
      "--batches",
      "1,1000",
      "--seconds",
      "0.001",
      "--backends",
      "wasm,reference",
    ];
    const { code, out } = await calypte(args, csvOf(columns));
    expect(code).toBe(0);
    expect(out).toMatch(/^reference +\S+ ±\d+% +\S+ ±\d+%$/m);
    expect(out).toContain("larger batches repeat them");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each<[readonly string[], number, string]>([
    [["--batches", "1,x"], 2, 'expected whole numbers from 1 to 10000000 for --batches, got "x"'],
    [
      ["--backends", "cuda"],
      2,
      'unknown backend "cuda"; use wasm, reference, tfjs-wasm, tfjs-cpu, onnxruntime-node or onnxruntime-web',
    ],
    [["--strategies", "magic"], 2, 'unknown strategy "magic"; use auto, bit-sliced, '],
    [["--clock", "sun"], 2, '--clock is wall or cpu, got "sun"'],
    [["--seconds", "0"], 2, "expected seconds above 0, at most 60, got 0"],
  ])("refuses %j", async (options, code, err) => {
    const ran = await calypte(["bench", wine.modelPath, "--batches", "1", ...options]);
    expect(ran.err.slice(0, 9 + err.length)).toBe(`calypte: ${err}`);
    expect([ran.code, ran.out]).toEqual([code, ""]);
  });

  it("asks for rows where a model takes text", async () => {
    const ran = await calypte(["bench", columns.modelPath, "--batches", "1"]);
    expect(ran).toEqual({
      code: 4,
      out: "",
      err: 'calypte: bench: input "city" takes more than numbers; give a file of rows\n',
    });
  });
});

describe("doctor", () => {
  it("says what works here and what would make the rest work", async () => {
    const text = await calypte(["doctor"]);
    expect([text.code, text.err]).toEqual([0, ""]);
    expect(text.out).toContain('The backend "auto" is wasm here.');
    for (const line of text.out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const { checks } = JSON.parse((await calypte(["doctor", "--json"])).out) as {
      checks: { name: string; works: boolean; says: string; next?: string }[];
    };
    expect(checks.find((c) => c.name === "backend wasm")?.works).toBe(true);
    // Installed, but Node has no WebGL.
    expect(checks.find((c) => c.name === "backend tfjs webgl")).toEqual({
      name: "backend tfjs webgl",
      works: false,
      says: "TF.js has WebGL in browsers only",
      next: "use the device wasm, cpu or webgpu",
      optional: true,
    });
    for (const check of checks) expect(check.works || check.next !== undefined, check.name).toBe(true);
  });
});

describe("as a process", () => {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const start = (args: readonly string[]) =>
    spawn(process.execPath, ["--import", "tsx", main, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = (child: {
    readonly stderr: Readable;
    on(event: "close", end: (code: number | null) => void): unknown;
  }) =>
    new Promise<{ code: number | null; err: string }>((resolve) => {
      let err = "";
      child.stderr.on("data", (chunk) => {
        err += String(chunk);
      });
      child.on("close", (code) => resolve({ code, err }));
    });

  it("reads stdin and writes stdout", async () => {
    const child = start(["predict", wine.modelPath, "-", "--output", "output_label"]);
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += String(chunk);
    });
    child.stdin.end(csvOf(wine));
    expect(await ended(child)).toEqual({ code: 0, err: "" });
    expect(out.trimEnd().split("\n").slice(1)).toEqual(
      Array.from(wine.answer("trainer/file/output_label").data, String),
    );
  });

  it("takes no more memory for ten times the rows", { timeout: 120_000 }, async () => {
    const megabytes = async (repeat: number): Promise<number> => {
      const say = "process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)))";
      const preload = `data:text/javascript,${encodeURIComponent(say)}`;
      const args = [
        "--import",
        "tsx",
        "--import",
        preload,
        main,
        "predict",
        wine.modelPath,
        "-",
        "-o",
        inFolder("many.csv"),
        "--force",
      ];
      const child = spawn(process.execPath, args, { stdio: ["pipe", "ignore", "pipe"] });
      const end = ended(child);
      const [header = "", ...body] = csvOf(wine).trimEnd().split("\n");
      const part = `${body.join("\n")}\n`.repeat(100);
      child.stdin.write(`${header}\n`);
      for (let i = 0; i < repeat / 100; i++) {
        if (!child.stdin.write(part)) await new Promise((resolve) => child.stdin.once("drain", resolve));
      }
      child.stdin.end();
      const { code, err } = await end;
      expect(code, err).toBe(0);
      return Number(err) / 1024;
    };
    const [few, many] = [await megabytes(200), await megabytes(2_000)];
    // 320,000 rows are 20 MB of text, and more than 100 MB as cells.
    expect(many - few).toBeLessThan(60);
  });

  it("ends quietly when its reader goes", async () => {
    const child = start(["predict", wine.modelPath, "-"]);
    child.stdin.on("error", () => {});
    child.stdout.once("data", () => child.stdout.destroy());
    child.stdin.end(csvOf(wine, 400));
    expect(await ended(child)).toEqual({ code: 0, err: "" });
  });

  it("ends with 130 when interrupted, and leaves no half file", async () => {
    const out = inFolder("interrupted.csv");
    const child = start(["predict", wine.modelPath, "-", "-o", out]);
    child.stdin.write(csvOf(wine));
    const end = ended(child);
    const temporary = () => readdirSync(folder).filter((name) => name.startsWith("interrupted.csv"));
    while (temporary().length === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    expect((await end).code).toBe(130);
    expect(temporary()).toEqual([]);
  });

  it("ends with 3 and one line for a bad cell", async () => {
    const child = start(["predict", wine.modelPath]);
    child.stdin.end("a\nb\n");
    expect(await ended(child)).toEqual({
      code: 3,
      err: "calypte: stdin, line 1: expected 13 columns, got 1; choose them in the model's order with --columns\n",
    });
  });
});
