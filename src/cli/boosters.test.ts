/** Every command on the boosters' own files, one model of each format that the trainers wrote, against the trainers' answers. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type BoosterFormat, type LoadedBooster, loadBooster } from "../../test-models/boosters.js";
import { writeNpy } from "../data/npy.js";
import type { Tensor } from "../ir/tensor.js";
import { calypte } from "./run.testing.js";

const folder = mkdtempSync(join(tmpdir(), "calypte-boosters-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const written = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const npy = (fixture: LoadedBooster, key: string): string =>
  written(`${fixture.name}-${key.replaceAll("/", "-")}.npy`, writeNpy(fixture.answer(key)));

const quoted = (cell: string): string => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const csv = (names: readonly string[], lines: readonly (readonly unknown[])[]): string =>
  [names, ...lines].map((cells) => cells.map((cell) => quoted(String(cell ?? ""))).join(",")).join("\n");

/** Rows of a matrix, NaN as an empty cell. */
function rowsOf(X: Tensor): readonly (readonly unknown[])[] {
  const [rows = 0, width = 0] = X.shape;
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: width }, (_, j) => {
      const cell = X.data[i * width + j];
      return Number.isNaN(cell) ? "" : cell;
    }),
  );
}

/** The column `predict` of what the command wrote. */
async function predicted(args: readonly string[], stdin = ""): Promise<readonly number[]> {
  const { code, out, err } = await calypte(["predict", ...args, "--outputs", "predict"], stdin);
  expect([code, err]).toEqual([0, ""]);
  return out.trimEnd().split("\n").slice(1).map(Number);
}

function expectNear(got: readonly number[], want: Tensor): void {
  const all = Array.from(want.data as Float64Array);
  expect(got.length).toBe(all.length);
  const bound = want.dtype === "float64" ? 1e-12 : 1e-6;
  const wrong = got.filter((v, i) => !(Math.abs(v - all[i]!) <= bound * Math.max(1, Math.abs(all[i]!))));
  expect(wrong).toEqual([]);
}

describe.each<readonly [BoosterFormat, string, string | undefined]>([
  ["xgboost", "nan-directions-3.2", "x,y"],
  ["xgboost", "nan-directions-2.1", "__proto__"],
  ["lightgbm", "names", undefined],
  ["catboost", "rmse-names", "s 2"],
  ["catboost", "poisson-json", undefined],
])("%s %s", (format, name, column) => {
  const fixture = loadBooster(format, name);
  const { path } = fixture;
  const X = fixture.answer("trainer/X");
  const want = fixture.answer("trainer/predict");

  it("is inspected", async () => {
    const { code, out, err } = await calypte(["inspect", path, "--json"]);
    expect([code, err]).toEqual([0, ""]);
    const facts = JSON.parse(out) as { inputs: { columns?: string[] }[] };
    expect(facts).toMatchObject({ format, forests: [{ trees: fixture.stats.trees }] });
    if (column !== undefined) expect(facts.inputs[0]?.columns).toContain(column);
    expect((await calypte(["inspect", path])).code).toBe(0);
  });

  it("predicts rows of .npy, and of CSV whose columns stand in any order", async () => {
    expectNear(await predicted([path, npy(fixture, "trainer/X")]), want);
    const { out } = await calypte(["inspect", path, "--json"]);
    const [input] = (JSON.parse(out) as { inputs: { columns?: string[] }[] }).inputs;
    const names = input?.columns;
    const lines = rowsOf(X);
    const text =
      names === undefined
        ? csv(
            lines[0]!.map((_, j) => `f${j}`),
            lines,
          )
        : csv(
            [...names.toReversed(), "other"],
            lines.map((cells) => [...cells.toReversed(), "x"]),
          );
    expectNear(await predicted([path, "-"], text), want);
  });

  it("is verified against the trainer's predictions and leaves, on thresholds too", async () => {
    for (const set of fixture.sets) {
      for (const expected of [set.predict, set.leaves ?? ""]) {
        const args = ["verify", path, "--data", npy(fixture, set.X), "--expected", npy(fixture, expected)];
        const { code, out } = await calypte(args);
        expect([code, code === 0 ? "" : out], `${set.name} ${expected}`).toEqual([0, ""]);
      }
    }
    const other = Int32Array.from(
      fixture.answer("trainer/leaves").data as Int32Array,
      (leaf, i) => leaf + Number(i === 0),
    );
    const wrong = written(
      `${name}-wrong.npy`,
      writeNpy({ ...fixture.answer("trainer/leaves"), data: other } as Tensor),
    );
    const args = ["verify", path, "--data", npy(fixture, "trainer/X"), "--expected", wrong];
    expect((await calypte(args)).code).toBe(5);
  });

  it("is converted to every target", async () => {
    for (const target of ["tfjs", "wasm", "onnx", "savedmodel"]) {
      const to = join(folder, `${name}-${target}`);
      const { code, err } = await calypte(["convert", path, "-o", to, "--target", target]);
      expect([code, code === 0 ? "" : err], target).toEqual([0, ""]);
      expect(readdirSync(to).length).toBeGreaterThan(0);
    }
    const onnx = join(folder, `${name}-onnx`, "model.onnx");
    const got = await predicted([onnx, npy(fixture, "trainer/X")]);
    expect(
      got.every((v, i) => Math.abs(v - Number(want.data[i])) <= 1e-5 * Math.max(1, Math.abs(Number(want.data[i])))),
    ).toBe(true);
  });

  it("is timed", async () => {
    const args = ["bench", path, "--batches", "10", "--seconds", "0.001", "--backends", "wasm", "--strategies", "auto"];
    const { code, out } = await calypte([...args, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ cells: [{ auto: true, batch: 10, place: "wasm" }] });
  });
});

describe("the trainers' options", () => {
  it.each<readonly [BoosterFormat, string, readonly string[]]>([
    ["xgboost", "window-1.6", ["--iterations", "2:6"]],
    ["xgboost", "window-forest-3.2", ["--iterations", "1:3"]],
    ["xgboost", "missing-999-3.2", ["--missing=-999"]],
    ["xgboost", "missing-zero-2.1", ["--missing", "0"]],
    ["lightgbm", "range", ["--iterations", "4:10"]],
    ["catboost", "rmse-range-json", ["--iterations", "5:20"]],
    ["catboost", "lossguide-range", ["--iterations", "3:11"]],
  ])("%s %s: %j gives the trainer's answers, and others without", async (format, name, options) => {
    const fixture = loadBooster(format, name);
    const files = ["--data", npy(fixture, "trainer/X"), "--expected", npy(fixture, "trainer/predict")];
    const args = ["verify", fixture.path, ...files, "--output", "predict"];
    expect((await calypte([...args, ...options])).code).toBe(0);
    expect((await calypte(args)).code).toBe(5);
  });

  it("are all rounds where the file names a best one, unless told otherwise", async () => {
    const fixture = loadBooster("xgboost", "early-stopping-3.2");
    const { out } = await calypte(["inspect", fixture.path]);
    expect(out).toMatch(/^ {2}rounds: 14$/m);
    expect(out).toContain("best iteration: 8 (all rounds are used unless iterationRange is [0, 9])");
    const data = npy(fixture, "trainer/X");
    expectNear(await predicted([fixture.path, data]), fixture.answer("trainer/predict"));
    const best = await predicted([fixture.path, data, "--iterations", "0:9"]);
    expect(best).not.toEqual(await predicted([fixture.path, data, "--iterations", "0:14"]));
  });
});

describe("categories by name", () => {
  it.each<readonly [BoosterFormat, string]>([
    ["xgboost", "frame-texts-3.2"],
    ["xgboost", "frame-mixed-3.2"],
    ["lightgbm", "frame-texts"],
    ["lightgbm", "frame-numbers"],
    ["lightgbm", "frame-mixed"],
  ])("%s %s: CSV and JSON as the trainer's data frame had them", async (format, name) => {
    const fixture = loadBooster(format, name);
    const columns = fixture.frame("frame.json");
    const want = fixture.answer("frame/predict");
    const names = Object.keys(columns);
    const lines = Array.from({ length: want.shape[0]! }, (_, i) => names.map((column) => columns[column]?.[i]));
    expectNear(await predicted([fixture.path, "-"], csv(names, lines)), want);
    expectNear(await predicted([fixture.path, "-", "--from", "json"], JSON.stringify(columns)), want);
  });

  it("that XGBoost has not seen are refused with their line", async () => {
    const { path } = loadBooster("xgboost", "frame-texts-3.2");
    const ran = await calypte(["predict", path, "-"], "k0,k1,k2,d,e\nAachen,x,t1,0,0\nAthen,x,t1,0,0\n");
    expect(ran.code).toBe(3);
    expect(ran.err).toContain('calypte: stdin, line 3, column "k0": expected one of the categories');
  });
});
