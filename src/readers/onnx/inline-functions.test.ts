import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { operators } from "../../../compilers/index.js";
import { onnxFile } from "../../../test-models/onnx-file.js";
import { createReferenceExecutable, referenceTarget } from "../../backends/reference/reference-backend.js";
import { LimitError, ModelParseError } from "../../errors.js";
import { float32, type Tensor } from "../../ir/tensor.js";
import { lowerModel } from "../../lower.js";
import { readOnnx } from "./read-onnx.js";

/** Protocol buffers written field by field: the encoder of onnx-proto knows functions without default attributes only. */
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
const bytesField = (field: number, bytes: Iterable<number>): number[] => {
  const content = [...bytes];
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
};
const textField = (field: number, text: string): number[] => bytesField(field, new TextEncoder().encode(text));
const intField = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

interface Node {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes by name: an int, or the attribute of the function that it refers to. */
  readonly attributes?: Readonly<Record<string, number | { readonly refersTo: string }>>;
}

function attributeBytes(name: string, value: number | { readonly refersTo: string }): number[] {
  const type = intField(20, 2);
  if (typeof value === "number") return [...textField(1, name), ...intField(3, value), ...type];
  return [...textField(1, name), ...type, ...textField(21, value.refersTo)];
}

const nodeBytes = (node: Node): number[] => [
  ...node.inputs.flatMap((name) => textField(1, name)),
  ...node.outputs.flatMap((name) => textField(2, name)),
  ...textField(4, node.op),
  ...Object.entries(node.attributes ?? {}).flatMap(([name, value]) => bytesField(5, attributeBytes(name, value))),
  ...(node.domain === undefined ? [] : textField(7, node.domain)),
];

interface Function {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly attributes?: readonly string[];
  readonly defaults?: Readonly<Record<string, number>>;
  /** Of ai.onnx. */
  readonly opset?: number;
}

const functionBytes = (f: Function): number[] => [
  ...textField(1, f.name),
  ...f.inputs.flatMap((name) => textField(4, name)),
  ...f.outputs.flatMap((name) => textField(5, name)),
  ...(f.attributes ?? []).flatMap((name) => textField(6, name)),
  ...f.nodes.flatMap((node) => bytesField(7, nodeBytes(node))),
  ...bytesField(9, [...textField(1, ""), ...intField(2, f.opset ?? 18)]),
  ...bytesField(9, [...textField(1, "local"), ...intField(2, 1)]),
  ...textField(10, "local"),
  ...Object.entries(f.defaults ?? {}).flatMap(([name, value]) => bytesField(11, attributeBytes(name, value))),
];

/** y from x [N, 3] by calls of the functions. */
function fileOf(functions: readonly Function[], nodes: readonly Node[]): Uint8Array {
  const file = onnxFile({
    nodes: nodes.map(({ attributes, ...node }, i) => ({
      ...node,
      name: `call ${i}`,
      attributes: Object.fromEntries(
        Object.entries(attributes ?? {}).flatMap(([name, value]) =>
          typeof value === "number" ? [[name, { int: value }]] : [],
        ),
      ),
    })),
    inputs: [{ name: "x", dtype: "float32", shape: ["N", 3] }],
    outputs: [{ name: "y", dtype: "float32", shape: ["N", 3] }],
    opsets: { "": 18, local: 1 },
  });
  return Uint8Array.from([...file, ...functions.flatMap((f) => bytesField(25, functionBytes(f)))]);
}

const x = float32([1, -2, 3, 0.5, 4, -5], [2, 3]);

function answer(file: Uint8Array): Tensor | undefined {
  const program = lowerModel(readOnnx(file, operators));
  return createReferenceExecutable(program, referenceTarget(2))
    .runSync(new Map([["x", x]]), 2, ["y"])
    .get("y");
}

async function judge(file: Uint8Array): Promise<readonly number[]> {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 4 });
  const { y } = await session.run({ x: new ort.Tensor("float32", x.data as Float32Array, x.shape) });
  return Array.from(y?.data as Float32Array);
}

const call = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Node["attributes"],
): Node => ({
  op,
  domain: "local",
  inputs,
  outputs,
  ...(attributes === undefined ? {} : { attributes }),
});
const add = (a: string, b: string, y: string): Node => ({ op: "Add", inputs: [a, b], outputs: [y] });
const twice: Function = { name: "twice", inputs: ["v"], outputs: ["w"], nodes: [add("v", "v", "w")] };

describe("functions of a file", () => {
  const files: Readonly<Record<string, Uint8Array>> = {
    "called twice": fileOf([twice], [call("twice", ["x"], ["t"]), call("twice", ["t"], ["y"])]),
    "that call functions": fileOf(
      [
        twice,
        {
          name: "thrice",
          inputs: ["v"],
          outputs: ["w"],
          nodes: [call("twice", ["v"], ["t"]), add("t", "v", "w")],
        },
      ],
      [call("thrice", ["x"], ["t"]), call("thrice", ["t"], ["y"])],
    ),
    "with names that the graph has too": fileOf(
      [{ name: "f", inputs: ["y"], outputs: ["x"], nodes: [add("y", "y", "t"), add("t", "y", "x")] }],
      [call("f", ["x"], ["t"]), add("t", "x", "y")],
    ),
    "with attributes, given and by default": fileOf(
      [
        {
          name: "pick",
          inputs: ["v"],
          outputs: ["w"],
          attributes: ["axis"],
          defaults: { start: 1 },
          nodes: [
            { op: "Shape", inputs: ["v"], outputs: ["s"], attributes: { start: { refersTo: "start" } } },
            { op: "Cast", inputs: ["s"], outputs: ["c"], attributes: { to: 1 } },
            { op: "Softmax", inputs: ["v"], outputs: ["m"], attributes: { axis: { refersTo: "axis" } } },
            add("m", "c", "w"),
          ],
        },
      ],
      [call("pick", ["x"], ["t"], { axis: 1 }), call("pick", ["t"], ["y"], { axis: 1, start: 1 })],
    ),
    "that leave out an attribute": fileOf(
      [
        {
          name: "soft",
          inputs: ["v"],
          outputs: ["w"],
          attributes: ["axis"],
          nodes: [{ op: "Softmax", inputs: ["v"], outputs: ["w"], attributes: { axis: { refersTo: "axis" } } }],
        },
      ],
      [call("soft", ["x"], ["y"])],
    ),
    "of another operator set": fileOf(
      [
        {
          name: "total",
          inputs: ["v"],
          outputs: ["w"],
          opset: 13,
          nodes: [{ op: "Softmax", inputs: ["v"], outputs: ["w"], attributes: { axis: 0 } }],
        },
      ],
      [call("total", ["x"], ["y"])],
    ),
    "instead of an operator of that name": fileOf([{ ...twice, name: "Relu" }], [call("Relu", ["x"], ["y"])]),
  };

  for (const [what, file] of Object.entries(files)) {
    it(`are put in place, ${what}`, async () => {
      const want = await judge(file);
      expect(Array.from(answer(file)?.data as Float32Array).map((v) => v.toFixed(5))).toEqual(
        want.map((v) => v.toFixed(5)),
      );
    });
  }

  it("may give an input back, and leave outputs unused", () => {
    const both: Function = { name: "both", inputs: ["v"], outputs: ["v", "w", "w"], nodes: [add("v", "v", "w")] };
    expect(answer(fileOf([both], [call("both", ["x"], ["y"])]))?.data).toEqual(x.data);
    const file = fileOf([both], [call("both", ["x"], ["", "a", "b"]), add("a", "b", "y")]);
    expect(answer(file)?.data).toEqual(Float32Array.from(x.data as Float32Array, (v) => 4 * v));
  });

  const refused: readonly (readonly [string, readonly Function[], readonly Node[], RegExp])[] = [
    [
      "one that calls itself",
      [{ ...twice, nodes: [call("twice", ["v"], ["w"])] }],
      [call("twice", ["x"], ["y"])],
      /local:twice: it calls itself/,
    ],
    [
      "two that call each other",
      [
        { ...twice, name: "a", nodes: [call("b", ["v"], ["w"])] },
        { ...twice, name: "b", nodes: [call("a", ["v"], ["w"])] },
      ],
      [call("a", ["x"], ["y"])],
      /it calls itself/,
    ],
    ["two of one name", [twice, twice], [call("twice", ["x"], ["y"])], /stands twice/],
    [
      "too many inputs",
      [twice],
      [call("twice", ["x", "x"], ["y"])],
      /2 inputs and 1 outputs, but the function 1 and 1/,
    ],
    ["an attribute it does not have", [twice], [call("twice", ["x"], ["y"], { k: 1 })], /has no attribute "k"/],
    [
      "a reference to an attribute it does not have",
      [
        {
          ...twice,
          nodes: [{ op: "Softmax", inputs: ["v"], outputs: ["w"], attributes: { axis: { refersTo: "k" } } }],
        },
      ],
      [call("twice", ["x"], ["y"])],
      /has no attribute "k", but refers to it/,
    ],
    [
      "a name from outside",
      [{ ...twice, nodes: [add("v", "x", "w")] }],
      [call("twice", ["x"], ["y"])],
      /reads "twice\/0\/x"/,
    ],
  ];
  for (const [what, functions, nodes, message] of refused) {
    it(`are refused: ${what}`, () => {
      const read = () => readOnnx(fileOf(functions, nodes), operators);
      expect(read).toThrow(ModelParseError);
      expect(read).toThrow(message);
    });
  }

  it("that would make a billion nodes are refused before they do", () => {
    const levels = Array.from(
      { length: 30 },
      (_, i): Function => ({
        ...twice,
        name: `f${i}`,
        nodes: i === 0 ? [add("v", "v", "w")] : [call(`f${i - 1}`, ["v"], ["t"]), call(`f${i - 1}`, ["t"], ["w"])],
      }),
    );
    expect(() => readOnnx(fileOf(levels, [call("f29", ["x"], ["y"])]), operators)).toThrow(LimitError);
  });

  it("that call each other too deep are refused", () => {
    const levels = Array.from(
      { length: 500 },
      (_, i): Function => ({
        ...twice,
        name: `f${i}`,
        nodes: i === 0 ? [add("v", "v", "w")] : [call(`f${i - 1}`, ["v"], ["w"])],
      }),
    );
    expect(() => readOnnx(fileOf(levels.reverse(), [call("f499", ["x"], ["y"])]), operators)).toThrow(LimitError);
  });
});
