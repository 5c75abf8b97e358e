/** Every primitive in the kernel module: the hand-written cases of the table, and edge values in blocks of rows against `evaluate`. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import { primitiveCases } from "../../ir/primitives/all-cases.js";
import type { PrimitiveCase } from "../../ir/primitives/cases.js";
import { primitives } from "../../ir/primitives.js";
import type { Program } from "../../ir/program.js";
import type { Tensor } from "../../ir/tensor.js";
import { typeOf } from "../../ir/types.js";
import { Family, Op, Type } from "./codes.js";
import { inOwnMemory, kernelModule } from "./kernel-module.js";
import { kernelTable } from "./kernel-table.js";
import { createModulePart } from "./module-part.js";
import { partition } from "./partition.js";
import { difference } from "./within-accuracy.testing.js";

const place = inOwnMemory(await kernelModule());

/** The case as a Program whose arguments are inputs. */
function programOf(c: PrimitiveCase): { program: Program; inputs: ReadonlyMap<string, Tensor> } {
  const build = createBuilder();
  const rows = (shape: readonly number[]) =>
    c.rows !== undefined && shape[0] === c.rows ? [N, ...shape.slice(1)] : shape;
  const ids = c.args.map((t, i) => build.input(`x${i}`, typeOf(t.dtype, rows(t.shape))));
  const results = c.op === "constant" ? [] : build.emit(c.op, ids, c.attrs);
  const program = build.finish(results.map((value, i) => ({ name: `y${i}`, value })));
  return { program, inputs: new Map(c.args.map((t, i) => [`x${i}`, t])) };
}

describe("the hand-written cases", () => {
  const ran = new Map<PrimitiveName, number>();
  const left: string[] = [];
  for (const c of primitiveCases) {
    if (c.op === "constant") continue;
    const { program, inputs } = programOf(c);
    const parts = partition(program);
    if (parts.module === undefined || parts.before !== undefined || parts.after !== undefined) {
      left.push(`${c.op}: ${c.about}: ${parts.notes.join()}`);
      continue;
    }
    ran.set(c.op, (ran.get(c.op) ?? 0) + 1);
    test(`${c.op}: ${c.about} (${c.args.map((t) => t.dtype).join(", ")})`, () => {
      const part = createModulePart(program, place);
      const got = part.run(
        inputs,
        c.n,
        program.outputs.map((o) => o.name),
      );
      for (const [i, want] of c.want.entries()) {
        const scale = new Array<number>(want.data.length).fill(1e3);
        expect(difference(got.get(`y${i}`) as Tensor, want, primitives[c.op].accuracy, scale)).toBeUndefined();
      }
    });
  }

  test("every primitive with a kernel has a case that runs in the module", () => {
    const names = Object.keys(kernelTable) as PrimitiveName[];
    const without = names.filter((n) => typeof kernelTable[n] !== "string" && n !== "constant" && !ran.has(n));
    expect(without).toEqual([]);
  });

  test("cases stay on the host for known reasons only", () => {
    const known =
      /string does not|float16 does not|bfloat16 does not|mixes rows|left open|has no row axis|no infinity|the batch|known on the host|depend on the data|no kernel for bits|read on the host|no kernel for/;
    expect(left.filter((l) => !known.test(l))).toEqual([]);
    console.log(left.join("\n"));
  });
});

test("the codes of the module are those of the host", () => {
  const text = readFileSync(new URL("kernels/machine/codes.ts", import.meta.url), "utf8");
  const theirs = Object.fromEntries(
    [...text.matchAll(/export const (\w+): u32 = (\d+);/g)].map((m) => [m[1] ?? "", Number(m[2])]),
  );
  expect(theirs).toEqual({ ...Family, ...Type, ...Op });
});
