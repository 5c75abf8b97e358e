/** Where there is no Node, nothing asks for its modules: load fetches, save says why it cannot. */

import { afterEach, expect, test, vi } from "vitest";
import { loadFixture } from "../test-models/fixtures.js";
import { OptionError } from "./errors.js";
import { load } from "./load.js";
import { nodeModule } from "./node-module.js";
import { save } from "./save.js";

afterEach(() => vi.unstubAllGlobals());

test.each([undefined, { env: {} }])("process is %j, as in a page", async (process) => {
  const { model } = loadFixture("iris-tree");
  // The reader is loaded before: bringing modules in is the test runner's work, which needs Node.
  await load(model);
  vi.stubGlobal("process", process);
  const fetched = vi.fn(async () => new Response(new Uint8Array(model)));
  vi.stubGlobal("fetch", fetched);
  expect(nodeModule("node:path")).toBeUndefined();
  expect((await load("models/iris.onnx")).format).toBe("onnx");
  expect(fetched).toHaveBeenCalledWith("models/iris.onnx");
  await expect(save(new Map(), "out")).rejects.toThrow(OptionError);
  await expect(save(new Map(), "out")).rejects.toThrow(/there is no file system here/);
});

test("in Node they are there", async () => {
  expect(nodeModule("node:path")?.join("a", "b")).toBe("a/b");
});
