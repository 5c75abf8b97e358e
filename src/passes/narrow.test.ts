import { describe, expect, test } from "vitest";
import { UnsupportedError } from "../errors.js";
import { type Builder, createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import type { DType } from "../ir/dtype.js";
import { evaluateInstruction } from "../ir/evaluate.js";
import { nextDown32, nextUp32 } from "../ir/float.js";
import type { Program, ValueId } from "../ir/program.js";
import type { Target } from "../ir/target.js";
import { float32, float64, int32, int64, scalar, type Tensor, tensor } from "../ir/tensor.js";
import { validateProgram } from "../ir/validate.js";
import { narrow } from "./narrow.js";

const target: Target = {
  backend: "tfjs",
  device: "cpu",
  batchHint: 1,
  dtypes: new Set(["float32", "int32", "bool"]),
  primitives: new Set(),
  maxElements: 2 ** 24,
};

function program(dtype: DType, write: (build: Builder, x: ValueId) => ValueId): Program {
  const build = createBuilder();
  const x = build.input("x", { dtype, shape: [N] });
  build.setOrigin('node "n"');
  return build.finish([{ name: "y", value: write(build, x) }]);
}

function run({ inputs, instructions, outputs }: Program, x: Tensor): readonly (number | bigint | string)[] {
  const values = new Map<ValueId, Tensor>([[inputs[0]?.value ?? -1, x]]);
  for (const instruction of instructions) {
    const args = instruction.args.map((a) => values.get(a) ?? float32([]));
    for (const [i, result] of evaluateInstruction(instruction, args, x.data.length).entries()) {
      values.set(instruction.results[i] ?? -1, result);
    }
  }
  return [...(values.get(outputs[0]?.value ?? -1)?.data ?? [])];
}

const dtypesOf = (p: Program): DType[] => [...new Set(p.types.map((t) => t.dtype))];

describe("narrow", () => {
  test("a Program that fits is left as it is", () => {
    const p = program("float32", (b, x) => b.op("neg", [x]));
    expect(narrow(p, target)).toBe(p);
  });

  test("float64 becomes float32, and casts between them vanish", () => {
    const p = program("float32", (b, x) => {
      const wide = b.op("cast", [x], { to: "float64" });
      return b.op("cast", [b.op("add", [wide, b.constant(scalar("float64", 0.1))])], { to: "float32" });
    });
    const slim = validateProgram(narrow(p, target));
    expect(slim.instructions.map((i) => i.op)).toEqual(["constant", "add"]);
    expect(dtypesOf(slim)).toEqual(["float32"]);
  });

  test("float64 thresholds are rounded in the direction of the comparison", () => {
    const c = 0.1 + 1e-12;
    const near = Math.fround(c);
    const rows = float32([nextDown32(near), near, nextUp32(near), Number.NaN, Infinity]);
    for (const op of ["less", "lessEqual", "greater", "greaterEqual"] as const) {
      for (const mirrored of [false, true]) {
        const p = program("float64", (b, x) => {
          const k = b.constant(float64([c]));
          return b.op(op, mirrored ? [k, x] : [x, k]);
        });
        const exact = run(p, float64(rows.data));
        expect(run(validateProgram(narrow(p, target)), rows), `${op} ${mirrored}`).toEqual(exact);
      }
    }
  });

  test("small integers keep their wrap-around", () => {
    const cases = [
      ["int8", [127, -128, 100, -7]],
      ["uint8", [255, 0, 200, 3]],
      ["int16", [32767, -32768, 300, -1]],
      ["uint16", [65535, 0, 40000, 2]],
    ] as const;
    for (const [dtype, values] of cases) {
      for (const op of ["add", "sub", "mul"] as const) {
        const x = tensor(
          dtype,
          [4],
          (dtype === "int8"
            ? Int8Array
            : dtype === "uint8"
              ? Uint8Array
              : dtype === "int16"
                ? Int16Array
                : Uint16Array
          ).from(values) as never,
        );
        const p = program(dtype, (b, v) => b.op(op, [v, v]));
        const slim = validateProgram(narrow(p, target));
        expect(dtypesOf(slim)).toEqual(["int32"]);
        expect(run(slim, int32(values)), `${op} ${dtype}`).toEqual(run(p, x));
      }
    }
  });

  test("casts to small integers saturate from floats and wrap from integers", () => {
    const floats = float32([300.7, -300.7, 1.9, -1.9, Number.NaN, Infinity]);
    const integers = int32([300, -300, 127, 128, 65536, -129]);
    for (const to of ["int8", "uint8", "int16"] as const) {
      const fromFloat = program("float32", (b, x) => b.op("cast", [b.op("cast", [x], { to })], { to: "int32" }));
      expect(run(narrow(fromFloat, target), floats)).toEqual(run(fromFloat, floats));
      const fromInt = program("int32", (b, x) => b.op("cast", [b.op("cast", [x], { to })], { to: "int32" }));
      expect(run(narrow(fromInt, target), integers)).toEqual(run(fromInt, integers));
    }
  });

  test("int64 keys that do not fit are never found, and the others keep their places", () => {
    const p = program("int64", (b, x) => b.op("indexOf", [x], { keys: int64([2n ** 40n, 5n, -(2n ** 40n), 7n]) }));
    expect(run(validateProgram(narrow(p, target)), int32([5, 7, 6, 0]))).toEqual([1, 3, -1, -1]);
  });

  test("dims and iota become int32", () => {
    const p = program("float32", (b, x) => {
      const dims = b.op("dims", [], { dims: [N, 2] });
      const row = b.op("iota", [], { axis: 0, shape: [2], dtype: "int64" });
      return b.op(
        "cast",
        [
          b.op("add", [
            dims,
            b.op("add", [
              row,
              b.op("cast", [b.op("slice", [x], { axis: 0, start: 0, end: 1, step: 1 })], { to: "int64" }),
            ]),
          ]),
        ],
        { to: "float32" },
      );
    });
    const slim = narrow(p, target);
    expect(slim.types.filter((t) => t.dtype === "int64")).toHaveLength(1);
    expect(run(slim, float32([10, 20, 30]))).toEqual([13, 13]);
  });

  test("refuses, naming the origin, what does not fit", () => {
    const refusals: [Program, RegExp][] = [
      [
        program("int64", (b, x) => b.op("add", [x, b.constant(scalar("int64", 2n ** 40n))])),
        /node "n": the constant 1099511627776 does not fit int32/,
      ],
      [
        program("float64", (b, x) => b.op("mul", [x, b.constant(scalar("float64", 1e300))])),
        /node "n": the constant 1e\+300 is beyond the range of float32/,
      ],
      [program("uint32", (b, x) => b.op("add", [x, x])), /node "n": tfjs has no arithmetic for uint32/],
      [
        program("float32", (b, x) => b.op("cast", [x], { to: "uint64" })),
        /node "n": tfjs has no element type for uint64/,
      ],
      [
        program("float64", (b, x) => b.op("cast", [x], { to: "string" })),
        /node "n": tfjs cannot write float64 as text/,
      ],
      [
        program("float64", (b, x) => b.op("indexOf", [x], { keys: float64([0.1, 0.1 + 1e-12]) })),
        /node "n": the keys 0.1 and 0.1\d+ are one number in float32/,
      ],
    ];
    for (const [p, message] of refusals) {
      expect(() => narrow(p, target)).toThrow(UnsupportedError);
      expect(() => narrow(p, target)).toThrow(message);
    }
  });
});
