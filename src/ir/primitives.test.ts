/** Every primitive of the table against hand-written results, and its shape rule against what `evaluate` gives. */

import { describe, expect, it } from "vitest";
import { evaluateDim, N } from "./dims.js";
import { evaluateInstruction, inferInstruction } from "./evaluate.js";
import { primitiveCases as cases } from "./primitives/all-cases.js";
import { primitives } from "./primitives.js";
import { toNested } from "./tensor.js";
import { typeOf } from "./types.js";

describe("the primitive table", () => {
  it("has a case for every primitive", () => {
    const tried = new Set<string>(cases.map((c) => c.op));
    expect(Object.keys(primitives).filter((op) => !tried.has(op))).toEqual([]);
  });

  for (const c of cases) {
    it(`${c.op}: ${c.about} (${c.args.map((t) => t.dtype).join(", ")})`, () => {
      const before = c.args.map((t) => t.data.slice());
      const results = c.evaluate(evaluateInstruction);
      expect(results.map((t) => t.dtype)).toEqual(c.want.map((t) => t.dtype));
      expect(results.map((t) => t.shape)).toEqual(c.want.map((t) => [...t.shape]));
      // toEqual tells -0 from 0 and takes NaN for equal to NaN.
      expect(results.map(toNested)).toEqual(c.want.map(toNested));
      for (const [i, t] of results.entries()) expect(t.data.constructor).toBe(c.want[i]?.data.constructor);
      expect(c.args.map((t) => t.data)).toEqual(before);
    });

    it(`${c.op}: infers ${c.want.map((t) => `${t.dtype}[${t.shape}]`).join(", ")} (${c.about})`, () => {
      const rows = (shape: readonly number[]) =>
        c.rows !== undefined && shape[0] === c.rows ? [N, ...shape.slice(1)] : shape;
      const argTypes = c.args.map((t) => typeOf(t.dtype, rows(t.shape)));
      const types = inferInstruction({ op: c.op, attrs: c.attrs }, argTypes);
      expect(types.map((t) => t.dtype)).toEqual(c.want.map((t) => t.dtype));
      // A bound that depends on N may lie before the first row; the tensor is then empty.
      // An unknown dimension depends on the data, and fits any.
      const shapes = types.map((t, i) =>
        t.shape.map((d, axis) => (d === "?" ? c.want[i]?.shape[axis] : Math.max(0, evaluateDim(d, c.n)))),
      );
      expect(shapes).toEqual(c.want.map((t) => [...t.shape]));
    });
  }
});
