/** The reference backend: blocks, ownership of outputs, the choice of outputs, and what it refuses. */

import { describe, expect, it } from "vitest";
import { DataError, LimitError, OptionError, ShapeError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import type { Program } from "../../ir/program.js";
import { float32, int32, strings, type Tensor } from "../../ir/tensor.js";
import { referenceBackend, referenceTarget } from "./reference-backend.js";

const target = referenceTarget(100);

/** y = x + [1, 2]; same = x; fixed = a constant; total = the sum over rows. */
function sample(): Program {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 2] });
  const y = b.op("add", [x, b.constant(float32([1, 2]))]);
  const fixed = b.constant(int32([7, 8]));
  return b.finish([
    { name: "y", value: y },
    { name: "same", value: x },
    { name: "again", value: b.op("reshape", [x], { shape: [N, 2, 1] }) },
    { name: "fixed", value: fixed },
    { name: "total", value: b.op("reduceSum", [x], { axes: [0] }), extra: true },
  ]);
}
const x = () => float32([1, 2, 3, 4, 5, 6], [3, 2]);
const given = (t: Tensor): ReadonlyMap<string, Tensor> => new Map([["x", t]]);

describe("referenceBackend", () => {
  it("offers everything on the cpu alone", async () => {
    const probed = await referenceBackend.probe({ batchHint: 5 });
    expect([probed.backend, probed.device, probed.batchHint, probed.maxElements]).toEqual([
      "reference",
      "cpu",
      5,
      2 ** 24,
    ]);
    expect(probed.primitives.has("forest") && probed.dtypes.has("string")).toBe(true);
    await expect(referenceBackend.probe({ device: "webgl", batchHint: 5 })).rejects.toThrow(OptionError);
  });

  it("gives the outputs asked for, whatever the block size", async () => {
    for (const maxElements of [1, 4, 2 ** 24]) {
      const scorer = await referenceBackend.compile(sample(), { ...target, maxElements });
      const outputs = scorer.runSync(given(x()), 3, ["y", "fixed"]);
      expect([...outputs.keys()]).toEqual(["y", "fixed"]);
      expect(outputs.get("y")).toEqual(float32([2, 4, 4, 6, 6, 8], [3, 2]));
      expect(outputs.get("fixed")).toEqual(int32([7, 8]));
      expect(await scorer.run(given(x()), 3, ["y", "fixed"])).toEqual(outputs);
    }
  });

  it("sees the whole batch where rows mix", async () => {
    const scorer = await referenceBackend.compile(sample(), { ...target, maxElements: 1 });
    expect(scorer.runSync(given(x()), 3, ["total", "y"]).get("total")).toEqual(float32([9, 12]));
  });

  it("takes no rows and one row", async () => {
    const scorer = await referenceBackend.compile(sample(), target);
    expect(scorer.runSync(given(float32([], [0, 2])), 0, ["y"]).get("y")).toEqual(float32([], [0, 2]));
    expect(scorer.runSync(given(float32([1, 1], [1, 2])), 1, ["y"]).get("y")).toEqual(float32([2, 3], [1, 2]));
  });

  it("owns the memory of its outputs", async () => {
    const scorer = await referenceBackend.compile(sample(), target);
    const input = x();
    const names = ["same", "again", "fixed"];
    const first = scorer.runSync(given(input), 3, names);
    const buffers = new Set([input.data, ...[...first.values()].map((t) => t.data)]);
    expect(buffers.size).toBe(4);
    for (const t of first.values()) if (!Array.isArray(t.data)) t.data.fill(0 as never);
    expect(input).toEqual(x());
    const second = scorer.runSync(given(input), 3, names);
    expect(second.get("same")).toEqual(x());
    expect(second.get("fixed")).toEqual(int32([7, 8]));
  });

  it("refuses inputs that do not fit", async () => {
    const scorer = await referenceBackend.compile(sample(), target);
    const run =
      (inputs: ReadonlyMap<string, Tensor>, n: number, names = ["y"]) =>
      () =>
        scorer.runSync(inputs, n, names);
    expect(run(new Map(), 3)).toThrow(DataError);
    expect(run(new Map(), 3)).toThrow("input x is missing; expected x");
    expect(
      run(
        new Map([
          ["x", x()],
          ["z", x()],
        ]),
        3,
      ),
    ).toThrow("there is no input z; expected x");
    expect(run(given(x()), 2)).toThrow("input x: expected float32[N, 2] with N = 2, got float32[3, 2]");
    expect(run(given(x()), 2)).toThrow(ShapeError);
    expect(run(given(int32([1, 2], [1, 2])), 1)).toThrow("got int32[1, 2]");
    expect(run(given({ dtype: "float32", shape: [3, 2], data: Float32Array.of(1) }), 3)).toThrow(
      "1 elements do not fill",
    );
    expect(run(given(x()), 3, ["nothing"])).toThrow(OptionError);
    expect(run(given(x()), -1)).toThrow(DataError);
    await expect(scorer.run(given(x()), 2, ["y"])).rejects.toThrow(ShapeError);
  });

  it("refuses what would not fit into memory before taking any", async () => {
    const b = createBuilder();
    const input = b.input("x", { dtype: "float32", shape: [N, 2] });
    const wide = b.op("broadcastTo", [b.op("reduceSum", [input], { axes: [0, 1] })], {
      shape: [{ N: 2 ** 30, plus: 0 }],
    });
    const scorer = await referenceBackend.compile(b.finish([{ name: "y", value: wide }]), target);
    expect(() => scorer.runSync(given(x()), 3, ["y"])).toThrow(LimitError);
  });

  it("carries strings", async () => {
    const b = createBuilder();
    const input = b.input("x", { dtype: "string", shape: [N] });
    const scorer = await referenceBackend.compile(b.finish([{ name: "y", value: input }]), {
      ...target,
      maxElements: 2,
    });
    const words = strings(["a", "b", "c"]);
    const y = scorer.runSync(given(words), 3, ["y"]).get("y");
    expect(y).toEqual(words);
    expect(y?.data).not.toBe(words.data);
  });

  it("is done after dispose", async () => {
    const scorer = await referenceBackend.compile(sample(), target);
    scorer.dispose();
    expect(() => scorer.runSync(given(x()), 3, ["y"])).toThrow(OptionError);
    await expect(scorer.run(given(x()), 3, ["y"])).rejects.toThrow(OptionError);
  });
});
