import { expect, test } from "vitest";
import { timeInterleaved } from "./time-interleaved.js";

test("every contender gets the samples it is owed, in calls that count up", async () => {
  const turns: number[][] = [[], []];
  const contenders = turns.map((seen, i) => ({
    name: String(i),
    async run(turn: number) {
      seen.push(turn);
    },
  }));
  const timings = await timeInterleaved(contenders, { seconds: 0, leastSamples: 3, mostSamples: 5 });
  for (const [i, { calls, wall, cpu }] of timings.entries()) {
    expect(wall.length).toBe(cpu.length);
    expect(wall.length).toBeGreaterThanOrEqual(3);
    expect(wall.length).toBeLessThanOrEqual(5);
    expect(turns[i]).toEqual(Array.from(turns[i]!.keys()));
    expect(turns[i]!.length).toBeGreaterThanOrEqual(3 * calls);
  }
});

test("contenders take turns", async () => {
  const order: string[] = [];
  const contender = (name: string) => ({
    name,
    async run() {
      if (order.at(-1) !== name) order.push(name);
    },
  });
  await timeInterleaved([contender("a"), contender("b")], { seconds: 0, leastSamples: 4, mostSamples: 4 });
  // One after the other they would change hands three times: warm-up a, b, then samples of a, of b.
  expect(order.length).toBeGreaterThanOrEqual(6);
});

test("what a contender throws comes out", async () => {
  const failing = {
    name: "failing",
    run: async () => {
      throw new Error("wrong");
    },
  };
  await expect(timeInterleaved([failing], { seconds: 0, leastSamples: 1, mostSamples: 1 })).rejects.toThrow("wrong");
});

test("what is beyond hope is called once", async () => {
  const calls = { fast: 0, slow: 0 };
  const spin = (seconds: number) => {
    const { user } = process.cpuUsage();
    while (process.cpuUsage().user - user < seconds * 1e6);
  };
  const [fast, slow] = await timeInterleaved(
    [
      { name: "fast", run: async () => void calls.fast++ },
      {
        name: "slow",
        run: async () => {
          calls.slow++;
          spin(0.4);
        },
      },
    ],
    { seconds: 0, leastSamples: 3, mostSamples: 3, hopeless: 4 },
  );
  expect(calls.slow).toBe(1);
  expect(slow?.cpu.length).toBe(1);
  expect(fast?.cpu.length).toBe(3);
});
