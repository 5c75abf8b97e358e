/**
 * Every ONNX fixture converted to plain operators and run by onnxruntime, against the file's own answers. Forests stay dense there;
 * labels and scores are those of the fixture.
 */

import onnxProto from "onnx-proto";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { convert } from "../src/convert.js";
import { int64, type Tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import { compareLabels, compareNumbers, rtol, toleranceFor } from "./compare.js";
import { fixtureInputs, fixtureNames, loadFixture } from "./fixtures.js";

const toOrt = (t: Tensor): OrtTensor => new OrtTensor(t.dtype as "float32", t.data as Float32Array, t.shape);

const ours = (t: OrtTensor): Tensor =>
  t.type === "int64"
    ? int64(Array.from(t.data as BigInt64Array), t.dims)
    : ({ dtype: t.type, shape: t.dims, data: t.data } as Tensor);

describe("fixtures as plain ONNX, run by onnxruntime", () => {
  test.each(fixtureNames())("%s", async (name) => {
    const fixture = loadFixture(name);
    const files = await convert(await load(fixture.model), { target: "onnx" });
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
