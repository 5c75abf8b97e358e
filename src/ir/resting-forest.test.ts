import { describe, expect, it } from "vitest";
import { grownForest } from "../backends/wasm/forests/forests.testing.js";
import type { Forest } from "./forest.js";
import { KeptProgram } from "./kept-program.js";
import type { Program } from "./program.js";
import { restingForest } from "./resting-forest.js";

const large = { trees: 40, features: 12, leaves: 1000 } as const;

/** Names of what two forests do not share to the bit. */
function differences(a: Forest, b: Forest): string[] {
  const bytes = (value: unknown): unknown =>
    ArrayBuffer.isView(value) ? [value.constructor.name, Buffer.from(value.buffer).toString("base64")] : value;
  const text = (value: unknown): string => JSON.stringify(value, (_, v) => bytes(v));
  const names = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Forest>;
  return [...names].filter((name) => text(a[name]) !== text(b[name]));
}

describe("restingForest", () => {
  it("gives back the same forest, whatever its nodes are like", () => {
    const shapes: Record<string, Parameters<typeof grownForest>[0]> = {
      "of one mode": large,
      "in float64": { ...large, compare: "float64", sum: "float64" },
      "with missing values": { ...large, missing: "some" },
      "of all modes": { ...large, modes: ["lessEqual", "less", "greater", "greaterEqual", "equal", "notEqual"] },
      "with categories": { ...large, categorical: 5, missing: "some" },
      "of seven classes": { ...large, outputs: 7 },
      "with few votes": { ...large, outputs: 7, votes: "some" },
      "of 40,000 features": { ...large, features: 40_000 },
      "of single leaves and large trees": { trees: 2, features: 5, leaves: 40_000 },
    };
    for (const [name, shape] of Object.entries(shapes)) {
      const forest = grownForest(shape);
      const back = restingForest(forest);
      expect(differences(back(), forest), name).toEqual([]);
      expect(back() === forest, name).toBe(false);
    }
  });

  it("gives back what does not follow: other ids, children in another order, zeros with a sign", () => {
    const forest = grownForest(large);
    const odd: Forest = {
      ...forest,
      nodeId: forest.nodeId.map((id) => id + 1),
      trueChild: forest.falseChild.map((child, i) => (i % 3 === 0 ? child : forest.trueChild[i]!)),
      falseChild: forest.trueChild.map((child, i) => (i % 3 === 0 ? child : forest.falseChild[i]!)),
      threshold: forest.threshold.map((t, i) => (forest.feature[i] === -1 ? 0 : i % 5 === 0 ? -0 : t)),
      leafValue: forest.leafValue.map((v, i) => (i % 7 === 0 ? -0 : v)),
    };
    const back = restingForest(odd)();
    expect(differences(back, odd)).toEqual([]);
    expect(differences(back, forest).sort()).toEqual(["falseChild", "leafValue", "nodeId", "threshold", "trueChild"]);
  });

  it("leaves small forests alone, and packs one only once", () => {
    const small = grownForest({ trees: 3, features: 4, leaves: 10 });
    expect(restingForest(small)() === small).toBe(true);
    const forest = grownForest(large);
    const back = restingForest(forest);
    expect(restingForest(forest)).toBe(back);
    expect(restingForest(back())).toBe(back);
  });
});

describe("KeptProgram", () => {
  const programOf = (forest: Forest): Program => ({
    inputs: [{ name: "X", value: 0 }],
    types: [],
    outputs: [],
    instructions: [
      { op: "forest", args: [0], attrs: { forest, kernel: "walk" }, results: [1], origin: "trees" },
      { op: "forestLeaves", args: [0], attrs: { forest }, results: [2] },
      { op: "neg", args: [1], attrs: {}, results: [3] },
    ],
  });

  it("gives the Program back, with one forest where there was one", () => {
    const forest = grownForest(large);
    const program = programOf(forest);
    const kept = new KeptProgram(program);
    expect(kept.get() === program).toBe(true);
    kept.rest();
    kept.rest();
    const back = kept.get();
    const bare = ({ instructions, ...rest }: Program) => ({
      ...rest,
      instructions: instructions.map((i) => ("forest" in i.attrs ? { ...i, attrs: { ...i.attrs, forest: 0 } } : i)),
    });
    expect(bare(back)).toEqual(bare(program));
    const [first, second] = back.instructions.map((i) => ("forest" in i.attrs ? i.attrs.forest : undefined));
    expect(first === second).toBe(true);
    expect(first === undefined ? ["none"] : differences(first, forest)).toEqual([]);
  });
});
