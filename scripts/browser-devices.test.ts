/**
 * A dozen fixtures on TF.js's WebGL and WebGPU in headless Chromium, on its software renderer, against the files' answers: leaves and
 * labels equal, numbers within the tolerance of TF.js.
 */

import { describe, expect, test } from "vitest";
import { rtol } from "../test-models/compare.js";
import { dozen } from "../test-models/tiers.js";
import { findChromium } from "./browser/find-chromium.js";
import { measureInChromium } from "./devices/in-chromium.js";

const executable = findChromium();
if (executable === undefined) {
  console.log("no Chromium on PATH or at CALYPTE_CHROMIUM: WebGL is not tried; scripts/browser/setup.sh installs one");
}

test.runIf(process.env["CALYPTE_REQUIRE_BROWSER"] === "1")("there is a Chromium", () => {
  expect(executable, "run scripts/browser/setup.sh, or set CALYPTE_CHROMIUM").toBeDefined();
});

describe.skipIf(executable === undefined)("in Chromium", () => {
  test.each(["webgl", "webgpu"] as const)("fixtures on %s", { timeout: 300_000 }, async (device) => {
    // And what WebGL got wrong before: infinities in concatenated columns, 0 ÷ 0.
    const fixtures = [...dozen, "columns-logistic", "normalizer-logistic"];
    const large = device === "webgl" ? { large: "max-abs-scaler" } : {};
    const task = { device, primitives: ["mod"] as const, fixtures, ...large };
    const { report, version } = await measureInChromium(executable ?? "", task, 280);
    console.log(`Chromium ${version}, ${device} on ${report.adapter}`);
    expect(report.primitives?.["mod"]).toMatchObject({ worst: 0, differ: 0 });
    // WebGL rounds the quotients of floats, so their remainders are refused there.
    const partly = device === "webgl" ? /^UNSUPPORTED: .*mod of floats exactly on WebGL/ : /^$/;
    expect(report.primitives?.["mod"]?.partlyRefused ?? "").toMatch(partly);
    if (device === "webgl") {
      // More elements than float32 can count, which WebGL finds them by: cut into blocks.
      expect(report.large?.elements).toBeGreaterThan(2 ** 24);
      expect(report.large?.differ).toBe(0);
    }
    const cells = Object.entries(report.fixtures ?? {});
    expect(cells.map(([name]) => name)).toEqual(fixtures);
    for (const [name, cell] of cells) {
      expect(cell, name).toMatchObject({ differ: 0 });
      expect(cell.refused, name).toBeUndefined();
      expect(cell.worst, name).toBeLessThanOrEqual(rtol.tfjs);
    }
  });
});
