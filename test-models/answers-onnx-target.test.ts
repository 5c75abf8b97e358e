/**
 * Every fixture converted to plain operators and run by onnxruntime: ONNX files against their own answers, the boosters' files against
 * the reference, which has the trainers'.
 */

import onnxProto from "onnx-proto";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { compile } from "../src/compile.js";
import { convert } from "../src/convert.js";
import { UnsupportedError } from "../src/errors.js";
import type { DType } from "../src/ir/dtype.js";
import type { Model } from "../src/ir/model.js";
import { float32, float64, int64, strings, type Tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import { boosterNames, loadBooster } from "./boosters.js";
import { compareLabels, compareNumbers, rtol, toleranceFor } from "./compare.js";
import { fixtureInputs, fixtureNames, loadFixture } from "./fixtures.js";

/** What no plain operator of ONNX can say: work on texts, rounds whose number the data decide, shapes that depend on the data. */
const inexpressible = /cannot express (changeCase|joinTexts|splitTexts|hash|nGrams|deferred|pairwiseCoupling): /;

const toOrt = (t: Tensor): OrtTensor => new OrtTensor(t.dtype as "float32", t.data as Float32Array, t.shape);

const ours = (t: OrtTensor): Tensor =>
  t.type === "int64"
    ? int64(Array.from(t.data as BigInt64Array), t.dims)
    : ({ dtype: t.type, shape: t.dims, data: t.data } as Tensor);

describe("fixtures as plain ONNX, run by onnxruntime", () => {
  test.each(fixtureNames())("%s", async (name) => {
    const fixture = loadFixture(name);
    const model = await load(fixture.model);
    let files: ReadonlyMap<string, Uint8Array>;
    try {
      files = await convert(model, { target: "onnx" });
    } catch (error) {
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(String(error)).toMatch(inexpressible);
      return;
    }
    const bytes = files.get("model.onnx") ?? new Uint8Array();
    const decoded = onnxProto.onnx.ModelProto.decode(bytes);
    expect(decoded.opsetImport.map((o) => o.domain)).toEqual([""]);
    expect((decoded.graph?.node ?? []).filter((n) => n.domain !== undefined && n.domain !== "")).toEqual([]);
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
    for (const set of fixture.sets) {
      const inputs = fixtureInputs(fixture, set);
      const got = await session.run(Object.fromEntries([...inputs].map(([key, t]) => [key, toOrt(t)])));
      const relative = fixture.sums === "float64" ? rtol.float64 : rtol.tfjs;
      const scores = fixture.outputs.find((o) => o.role !== "label" && o.role !== "values");
      const fileScores = scores === undefined ? undefined : fixture.answer(set.file[scores.name] ?? "");
      for (const output of fixture.outputs) {
        const want = fixture.answer(set.file[output.name] ?? "");
        const value = got[output.name];
        if (value === undefined) throw new Error(`${name}: no output ${output.name}`);
        const place = `${name}/${set.name} ${output.name}`;
        const answer = { data: ours(value).data, shape: value.dims };
        if (output.role === "label") {
          expect.soft(compareLabels(answer, want, fileScores, relative).wrong, place).toEqual([]);
        } else {
          const difference = compareNumbers(answer, want, toleranceFor(fixture, output.role, relative));
          expect.soft(difference.first, `${place}, ${difference.wrong} wrong`).toBeUndefined();
        }
      }
    }
    await session.release();
  });
});

/** The trainer's rows in the form of the model's inputs: one matrix, or one column each. */
function inputsOf(model: Model, X: Tensor, rows: number): ReadonlyMap<string, Tensor> {
  if (model.inputs.length === 1) return new Map(model.inputs.map((i) => [i.name, X]));
  const width = X.shape[1] ?? 0;
  return new Map(
    model.inputs.map(({ name, dtype, shape }, column) => {
      const values = Array.from({ length: rows }, (_, r) => X.data[r * width + column]);
      const own = shape.length === 1 ? [rows] : [rows, 1];
      return [name, dtype === "string" ? strings(values.map(String), own) : floats(dtype, values.map(Number), own)];
    }),
  );
}

const floats = (dtype: DType, values: readonly number[], shape: readonly number[]): Tensor =>
  dtype === "float64" ? float64(values, shape) : float32(values, shape);

describe.each(["lightgbm", "xgboost", "catboost"] as const)("%s files as plain ONNX, run by onnxruntime", (format) => {
  test.each(boosterNames(format))("%s", async (name) => {
    const fixture = loadBooster(format, name);
    const model = await load(fixture.bytes);
    const options = fixture.options ?? {};
    const files = await convert(model, { target: "onnx", ...options });
    const session = await InferenceSession.create(files.get("model.onnx") ?? new Uint8Array(), { logSeverityLevel: 3 });
    const scorer = await compile(model, { backend: "reference", ...options });
    for (const set of fixture.sets) {
      const inputs = inputsOf(model, fixture.answer(set.X), set.rows);
      const want = await scorer.run(Object.fromEntries(inputs));
      const got = await session.run(Object.fromEntries([...inputs].map(([key, t]) => [key, toOrt(t)])));
      for (const { name: output, role } of scorer.outputs) {
        const [a, b] = [got[output], want[output]];
        if (a === undefined || b === undefined) throw new Error(`no output ${output}`);
        const place = `${name}/${set.name} ${output}`;
        if (role === "label") expect.soft(Array.from(ours(a).data, String), place).toEqual(Array.from(b.data, String));
        else {
          const tolerance = { rtol: rtol.tfjs, scale: fixture.scale, exponential: fixture.link === "exponential" };
          const difference = compareNumbers({ data: ours(a).data, shape: a.dims }, b as Tensor, tolerance);
          expect.soft(difference.first, `${place}, ${difference.wrong} wrong`).toBeUndefined();
        }
      }
    }
    scorer.dispose();
    await session.release();
  });
});
