/** Picked columns of a constant that are turned round become picked rows: the same answers, the same errors. */

import { expect, test } from "vitest";
import { createReferenceExecutable, referenceTarget } from "../backends/reference/reference-backend.js";
import { createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import type { Program } from "../ir/program.js";
import { float32, int64 } from "../ir/tensor.js";
import { validateProgram } from "../ir/validate.js";
import { removeDeadCode } from "./dead-code.js";
import { gatherTransposed } from "./transposed-gathers.js";

/** Picks along `axis` of a constant [2, 3, 4], the axes then in the order `perm`. */
function picked(axis: number, perm: readonly number[]): Program {
  const b = createBuilder();
  const code = b.input("code", { dtype: "int64", shape: [N] });
  const table = b.constant(
    float32(
      Float32Array.from({ length: 24 }, (_, i) => (i === 5 ? Number.NaN : i === 6 ? -0 : i * i)),
      [2, 3, 4],
    ),
  );
  const value = b.op("transpose", [b.op("gather", [table, code], { axis })], { perm });
  return b.finish([{ name: "y", value }]);
}

const answer = (program: Program, codes: readonly bigint[]) =>
  createReferenceExecutable(program, referenceTarget(100))
    .runSync(new Map([["code", int64(codes, [codes.length])]]), codes.length, ["y"])
    .get("y")!;

const cases: readonly (readonly [axis: number, perm: readonly number[]])[] = [
  [0, [1, 0, 2]],
  [1, [1, 2, 0]],
  [2, [2, 0, 1]],
  [2, [1, 2, 0]],
];

for (const [axis, perm] of cases) {
  test(`along axis ${axis}, then [${perm}]`, () => {
    const program = picked(axis, perm);
    const rewritten = validateProgram(removeDeadCode(gatherTransposed(program)));
    expect(rewritten.instructions.map((i) => i.op)).toEqual(["constant", "gather"]);
    for (const codes of [[], [1n], [1n, 0n, 0n, 1n, 1n]]) {
      expect(answer(rewritten, codes)).toEqual(answer(program, codes));
    }
    expect(() => answer(rewritten, [9n])).toThrow("index 9 is not in [0,");
  });
}

test("what is no constant, or is picked by a matrix of indices, stays as it is", () => {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 3] });
  const code = b.input("code", { dtype: "int64", shape: [N, 2] });
  const table = b.constant(float32([1, 2, 3, 4], [2, 2]));
  const some = b.op("transpose", [b.op("gather", [x, b.constant(int64([2n, 0n]))], { axis: 1 })], { perm: [1, 0] });
  const many = b.op("transpose", [b.op("gather", [table, code], { axis: 1 })], { perm: [1, 2, 0] });
  const program = b.finish([
    { name: "some", value: some },
    { name: "many", value: many },
  ]);
  expect(gatherTransposed(program)).toBe(program);
});
