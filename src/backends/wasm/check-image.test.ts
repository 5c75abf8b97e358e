/** Images are deterministic, and damage to one is an error before it can become a trap. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ModelParseError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { crc32 } from "../../ir/crc32.js";
import { N } from "../../ir/dims.js";
import type { Program } from "../../ir/program.js";
import { float32, int32 } from "../../ir/tensor.js";
import { checkImage } from "./check-image.js";
import { grownForest } from "./forests/forests.testing.js";
import { buildImage } from "./image.js";
import { headerWords, sealImage, slotOffsets } from "./image-format.js";
import { kernelModule, loadImage } from "./kernel-module.js";

const module = await kernelModule();

/** A bit of everything: a forest, products, a lookup, moving and reducing. */
function everything(withForest: boolean): Program {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 5] });
  const k = b.input("k", { dtype: "int32", shape: [N, 2] });
  const scaled = b.op("mul", [
    b.op("sub", [x, b.constant(float32([1, 2, 3, 4, 5]))]),
    b.constant(float32([2, 2, 2, 2, 2])),
  ]);
  const forest = grownForest({ trees: 5, features: 5, leaves: 9, outputs: 2 });
  const raw = withForest
    ? b.op("forest", [scaled], { forest })
    : b.op("gatherColumns", [x], { columns: Int32Array.of(4, 1) });
  const linear = b.op("matMul", [scaled, b.constant(float32(new Float32Array(15).fill(0.5), [5, 3]))]);
  const found = b.op("indexOf", [k], { keys: int32([7, 3, 9]) });
  const picked = b.op("gather", [b.constant(float32([1, 2, 3, 4])), b.op("add", [found, b.constant(int32([1]))])], {
    axis: 0,
  });
  const all = b.op("concat", [raw, linear, picked], { axis: 1 });
  const turned = b.op("transpose", [all], { perm: [1, 0] });
  return b.finish([
    { name: "p", value: b.op("softmax", [all], { axis: 1 }) },
    { name: "best", value: b.op("argMax", [all], { axis: 1, last: false }) },
    { name: "sum", value: b.op("reduceSum", [turned], { axes: [0] }) },
    { name: "same", value: x },
  ]);
}

const image = buildImage(everything(true));
sealImage(image.bytes);

describe("images", () => {
  test("are the same bytes every time", () => {
    expect(Buffer.compare(sealImage(buildImage(everything(true)).bytes), image.bytes)).toBe(0);
  });

  test("pass their check, which gives back what was written", () => {
    expect(checkImage(image.bytes)).toEqual(image);
  });

  test("know CRC-32", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  test("are refused when cut short anywhere", () => {
    for (const length of [0, 1, 63, 71, 72, 100, 400, image.bytes.length - 1]) {
      expect(() => checkImage(image.bytes.slice(0, length)), `${length} bytes`).toThrow(ModelParseError);
    }
  });

  test("are refused when any bit is flipped", () => {
    fc.assert(
      fc.property(fc.nat(image.bytes.length * 8 - 1), (bit) => {
        const damaged = image.bytes.slice();
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => checkImage(damaged)).toThrow(ModelParseError);
      }),
      { numRuns: 500 },
    );
  });

  test("never trap when their tables are wrong under a right checksum: they are refused, or run", () => {
    // What a forest's own params hold is for the checksum to know.
    const plain = buildImage(everything(false)).bytes;
    const view = new DataView(plain.buffer);
    const at = (word: (typeof headerWords)[number]) => view.getUint32(4 * headerWords.indexOf(word), true);
    const words = fc.integer({ min: at("callsAt") / 4, max: at("outputsAt") / 4 + 7 });
    const [rows, mostBytes] = [3, 2 ** 24];
    let [refused, ran] = [0, 0];
    fc.assert(
      fc.property(words, fc.oneof(fc.nat(64), fc.nat(2 ** 32 - 1)), (word, value) => {
        const damaged = plain.slice();
        new DataView(damaged.buffer).setUint32(word * 4, value, true);
        try {
          const checked = checkImage(sealImage(damaged));
          const [inputs, outputs] = [checked.inputs, checked.outputs].map((s) => slotOffsets(s, rows).at(-1) ?? 0);
          if (inputs! + outputs! > mostBytes) return;
          loadImage(module, checked, inputs!, outputs!).run(rows, 0xffffffff);
          ran++;
        } catch (error) {
          expect(error).toBeInstanceOf(ModelParseError);
          refused++;
        }
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(30);
    expect(ran).toBeGreaterThan(30);
  });

  test("name what is wrong", () => {
    const damaged = image.bytes.slice();
    new DataView(damaged.buffer).setUint32(4, 7, true);
    expect(() => checkImage(damaged)).toThrow("image: header: is of version 7, expected 4; compile the model again");
    const call = image.bytes.slice();
    const view = new DataView(call.buffer);
    view.setUint32(view.getUint32(4 * headerWords.indexOf("callsAt"), true), 99, true);
    expect(() => checkImage(sealImage(call))).toThrow("image: call 0: there is no kernel 99");
  });
});
