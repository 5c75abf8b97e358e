import { expect, test } from "vitest";
import { BackendUnavailableError, DataError, InternalError, LimitError } from "../errors.js";
import type { Executable } from "../ir/target.js";
import { float32, type Tensor } from "../ir/tensor.js";
import { withFallback } from "./with-fallback.js";

const outputs = (value: number): ReadonlyMap<string, Tensor> => new Map([["y", float32([value], [1])]]);

/** Answers with `value`, or throws `error`; counts its calls and disposals. */
function executableOf(value: number, error?: Error) {
  const counts = { calls: 0, disposed: 0 };
  const executable: Executable = {
    async run() {
      counts.calls++;
      if (error !== undefined) throw error;
      return outputs(value);
    },
    runSync: () => outputs(value),
    dispose() {
      counts.disposed++;
    },
  };
  return { counts, executable };
}

test.each([
  new LimitError("no memory is left"),
  new InternalError("a shader does not compile"),
  new BackendUnavailableError("tfjs", "the device was lost", "compile again"),
])("$name: the second answers this call and all later ones, and it is said once", async (error) => {
  const [first, second] = [executableOf(1, error), executableOf(2)];
  const notes: string[] = [];
  const both = withFallback(first.executable, second.executable, (note) => notes.push(note));
  const together = await Promise.all([both.run(new Map(), 1, ["y"]), both.run(new Map(), 1, ["y"])]);
  expect(together).toEqual([outputs(2), outputs(2)]);
  expect(await both.run(new Map(), 1, ["y"])).toEqual(outputs(2));
  expect(first.counts.calls).toBe(2);
  expect(notes).toEqual([`runs on wasm since the GPU failed: ${error.message}`]);
  both.dispose();
  expect([first.counts.disposed, second.counts.disposed]).toEqual([1, 1]);
});

test("an error of the data is the caller's, and the first stays", async () => {
  const [first, second] = [executableOf(1, new DataError("row 3 is text")), executableOf(2)];
  const both = withFallback(first.executable, second.executable, () => expect.unreachable());
  for (let i = 0; i < 2; i++) await expect(both.run(new Map(), 1, ["y"])).rejects.toThrow(DataError);
  expect([first.counts.calls, second.counts.calls]).toEqual([2, 0]);
  expect(both.runSync(new Map(), 1, ["y"])).toEqual(outputs(2));
});
