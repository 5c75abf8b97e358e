import { expect, it } from "vitest";
import { layoutFor } from "./layout.js";

it("takes the portable layout for devices that nobody measured", () => {
  const portable = layoutFor({ backend: "tfjs", device: "portable" });
  expect(portable).toMatchObject({ order: "rows", position: "int32", denseLevels: 1 });
  for (const [backend, device] of [
    ["tfjs", "webgl"],
    ["tfjs", "constructor"],
    ["toString", "cpu"],
    ["reference", "cpu"],
  ] as const) {
    expect(layoutFor({ backend, device })).toBe(portable);
  }
  expect(layoutFor({ backend: "tfjs", device: "wasm" }).position).toBe("float32");
});
