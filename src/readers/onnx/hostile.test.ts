import { describe, expect, it } from "vitest";
import { onnxFile } from "../../../test-models/onnx-file.js";
import { CalypteError } from "../../errors.js";
import { float32, int64, strings } from "../../ir/tensor.js";
import { stubOperators } from "./operators.testing.js";
import { readOnnx } from "./read-onnx.js";

const bytes = onnxFile({
  nodes: [
    {
      op: "Scaler",
      domain: "ai.onnx.ml",
      name: "s",
      inputs: ["x", "w"],
      outputs: ["a"],
      attributes: { k: { int: 3 } },
    },
    { op: "Constant", inputs: [], outputs: ["c"], attributes: { value_floats: { floats: [1, 2, 3] } } },
    { op: "Add", inputs: ["a", "c"], outputs: ["b"], attributes: { note: { strings: ["p", "q"] } } },
    { op: "Copy", inputs: ["b", "i", "t"], outputs: ["y"], attributes: { note: { ints: [1, -1, 2n ** 60n] } } },
  ],
  inputs: [{ name: "x", dtype: "float32", shape: ["N", 4] }],
  outputs: [{ name: "y", dtype: "float32", shape: ["N", 4] }],
  initializers: { w: float32([1, 2, 3, 4], [2, 2]), i: int64([2n ** 62n, -1n]), t: strings(["a", "é"]) },
});

const operators = stubOperators();

/** "ok", or the kind of the typed error. Any other error fails the test. */
function outcome(file: Uint8Array): string {
  try {
    readOnnx(file, operators);
    return "ok";
  } catch (error) {
    if (!(error instanceof CalypteError)) throw error;
    expect(error.message).not.toContain("undefined");
    return error.code;
  }
}

describe("a damaged file", () => {
  it("is refused wherever it is cut", () => {
    expect(outcome(bytes)).toBe("ok");
    const outcomes = Array.from({ length: bytes.length }, (_, length) => outcome(bytes.subarray(0, length)));
    // One cut cannot be seen: the one before the last import, of ai.onnx.ml, where a missing import means version 1.
    expect(outcomes.filter((result) => result !== "MODEL_PARSE")).toEqual(["ok"]);
  });

  it("is read or refused with a typed error, whichever bits are flipped", () => {
    // A linear congruential generator (Numerical Recipes): the same mutants in every run.
    let state = 20_240_607;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const counts = new Map<string, number>();
    for (let mutant = 0; mutant < 2_000; mutant++) {
      const copy = bytes.slice();
      for (let flips = 1 + random(4); flips > 0; flips--) copy[random(copy.length)]! ^= 1 << random(8);
      const result = outcome(copy);
      counts.set(result, (counts.get(result) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["MODEL_PARSE", "UNSUPPORTED", "ok"]);
    // Most mutants are found out; those that are not changed a value or an unused name.
    expect(counts.get("MODEL_PARSE")).toBeGreaterThan(1_000);
  });

  it("is read or refused with a typed error, whichever bytes are inserted, dropped or doubled", () => {
    for (let at = 0; at < bytes.length; at++) {
      outcome(Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]));
      outcome(Uint8Array.from([...bytes.subarray(0, at), 0xff, ...bytes.subarray(at)]));
      outcome(Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(0, at), ...bytes.subarray(at)]));
    }
  });
});
