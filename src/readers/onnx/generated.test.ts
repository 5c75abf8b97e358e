import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("the generated decoder is what its script makes of the schema", () => {
  const script = fileURLToPath(new URL("../../../scripts/generate-onnx-proto.mjs", import.meta.url));
  expect(execFileSync(process.execPath, [script, "--check"], { encoding: "utf8" })).toBe("");
});
