import { describe, expect, it } from "vitest";
import { roundDownToFloat32, roundUpToFloat32 } from "./float.js";
import { createSetCollector, isMember, roundSets, setCount } from "./interval-sets.js";

describe("interval sets", () => {
  it("hold both bounds of each interval, and no NaN", () => {
    const collector = createSetCollector("test");
    const set = collector.add([-Infinity, -1, 0, 0, 2, 3]);
    const sets = collector.finish();
    const values = [-Infinity, -1, -0.5, -0, 0, 5e-324, 2, 2.5, 3, 4, Infinity, Number.NaN];
    expect(values.map((v) => Number(isMember(sets, set, v))).join("")).toBe("110110111000");
  });

  it("keep a set once, by its bounds", () => {
    const collector = createSetCollector("test");
    expect([[1, 2], [], [1, 2, 5, 5], [1, 2], []].map((bounds) => collector.add(bounds))).toEqual([0, 1, 2, 0, 1]);
    expect(setCount(collector.finish())).toBe(3);
  });

  it("are rounded inwards, without what lies between two numbers", () => {
    const collector = createSetCollector("test");
    collector.add([0.1, 0.1, 0.5, 0.75, 0.9, 2]);
    expect(roundSets(collector.finish(), roundUpToFloat32, roundDownToFloat32)).toEqual({
      start: Int32Array.of(0, 2),
      low: Float64Array.of(0.5, roundUpToFloat32(0.9)),
      high: Float64Array.of(0.75, 2),
    });
  });
});
