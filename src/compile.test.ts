/** Which backend "auto" is: wasm where WebAssembly may run, else reference with a note; tfjs where a device is named. */

import { afterEach, expect, test, vi } from "vitest";
import { fixtureNames, loadFixture } from "../test-models/fixtures.js";
import { compile } from "./compile.js";
import { BackendUnavailableError } from "./errors.js";
import { load } from "./load.js";

afterEach(() => vi.unstubAllGlobals());

const model = () => load(loadFixture(fixtureNames()[0] ?? "").model);

test("auto is wasm", async () => {
  expect((await compile(await model())).plan.backend).toBe("wasm");
  expect((await compile(await model(), { backend: "auto" })).plan.notes).toEqual([]);
});

test("auto is reference where WebAssembly is absent, and the plan says so; wasm by name is refused", async () => {
  const loaded = await model();
  vi.stubGlobal("WebAssembly", undefined);
  const { plan } = await compile(loaded);
  expect(plan.backend).toBe("reference");
  expect(plan.notes).toEqual(['runs on reference: this engine has no WebAssembly; use backend "reference"']);
  await expect(compile(loaded, { backend: "wasm" })).rejects.toThrow(BackendUnavailableError);
});
