import { expect, test } from "vitest";
import { UnsupportedError } from "../errors.js";
import { createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import { printProgram } from "../ir/print.js";
import type { Instruction, Program } from "../ir/program.js";
import { float32, strings } from "../ir/tensor.js";
import { validateProgram } from "../ir/validate.js";
import { splitHost } from "./split-host.js";

const numeric =
  (program: Program) =>
  (i: Instruction): boolean =>
    ![...i.args, ...i.results].some((v) => program.types[v]?.dtype === "string");

test("text runs on the host, the rest on the device, which takes the host's outputs", () => {
  const b = createBuilder();
  const city = b.input("city", { dtype: "string", shape: [N, 1] });
  const x = b.input("x", { dtype: "float32", shape: [N, 1] });
  const code = b.op("indexOf", [city], { keys: strings(["a", "b"]) });
  const sum = b.op("add", [b.op("cast", [code], { to: "float32" }), x]);
  const program = b.finish([{ name: "y", value: sum }]);
  const { host, device } = splitHost(program, numeric(program));
  validateProgram(host);
  validateProgram(device);
  expect(printProgram(host)).toMatchInlineSnapshot(`
    "program(city %0: string[N, 1], x %1: float32[N, 1])
      %2: int32[N, 1] = indexOf(%0) {keys: "a", "b"}
      return x %1, host_2 %2
    "
  `);
  expect(printProgram(device)).toMatchInlineSnapshot(`
    "program(x %1: float32[N, 1], host_2 %2: int32[N, 1])
      %3: float32[N, 1] = cast(%2) {to: float32}
      %4: float32[N, 1] = add(%3, %1)
      return y %4
    "
  `);
  expect(device.inputs.map((i) => i.name)).toEqual(host.outputs.map((o) => o.name));
});

test("a Program without text stays whole on the device", () => {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N] });
  const program = b.finish([{ name: "y", value: b.op("neg", [x]) }]);
  const { host, device } = splitHost(program, numeric(program));
  expect(host.instructions).toEqual([]);
  expect(device.instructions).toEqual(program.instructions);
  expect(device.inputs).toEqual(program.inputs);
});

test("refuses text that needs a result of the device, and text that leaves", () => {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N] });
  b.setOrigin('node "add"');
  const sum = b.op("add", [x, b.constant(float32([1]))]);
  b.setOrigin('node "text"');
  const back = b.finish([
    { name: "y", value: b.op("indexOf", [b.op("cast", [sum], { to: "string" })], { keys: strings(["1"]) }) },
  ]);
  expect(() => splitHost(back, numeric(back))).toThrow(UnsupportedError);
  expect(() => splitHost(back, numeric(back))).toThrow(
    /node "text": cast runs on the host, but needs a result of node "add" from the device/,
  );

  const c = createBuilder();
  const leaves = c.finish([{ name: "y", value: c.input("city", { dtype: "string", shape: [N] }) }]);
  expect(() => splitHost(leaves, numeric(leaves))).toThrow(/city: text cannot leave the model/);
});
