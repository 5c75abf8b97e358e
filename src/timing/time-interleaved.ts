/**
 * Times several contenders side by side: they take turns, one sample each, in an order that rotates, so that whatever disturbs the
 * machine disturbs all of them alike. Each sample is timed by the wall clock and by the processor time of this process;
 * the latter leaves out what other programs took of the cores, and counts all threads.
 */

import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export type Clock = "wall" | "cpu";

/** Seconds per call. */
export interface Sample {
  readonly wall: number;
  readonly cpu: number;
}

export interface Contender {
  readonly name: string;
  /** One call; `turn` counts up, so that calls can take different rows. */
  run(turn: number): Promise<unknown>;
  /** For calls that another process makes and times, or too quick to be awaited each: `calls` of them, from `turn` on. */
  sample?(turn: number, calls: number): Promise<Sample>;
}

/** Seconds per call, one entry per sample. */
export interface Timing {
  /** Calls in each sample. */
  readonly calls: number;
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
}

export interface TimingOptions {
  /** Processor seconds of samples that each contender gets, beside its warm-up. */
  readonly seconds: number;
  /** Samples that each gets at least, however slow it is. */
  readonly leastSamples: number;
  readonly mostSamples: number;
  /** A contender whose first call takes as many times the fastest one's, and more than a third of a second, gets no further call. */
  readonly hopeless?: number;
}

/** A sample shorter than this would drown in the resolution of the clocks, which count microseconds. */
const sampleSeconds = 0.004;

/** A call quicker than this is made once before the clock starts. */
const cheapSeconds = 0.02;

interface Lane {
  readonly contender: Contender;
  calls: number;
  turn: number;
  spent: number;
  readonly wall: number[];
  readonly cpu: number[];
}

/** Timings in the order of the contenders. */
export async function timeInterleaved(contenders: readonly Contender[], options: TimingOptions): Promise<Timing[]> {
  const lanes = contenders.map((contender): Lane => ({ contender, calls: 1, turn: 0, spent: 0, wall: [], cpu: [] }));
  const hopeless = options.hopeless === undefined ? [] : await findHopeless(lanes, options.hopeless);
  for (const lane of lanes) if (!hopeless.includes(lane)) await warmUp(lane, options.seconds / 2);
  const done = (lane: Lane): boolean =>
    hopeless.includes(lane) ||
    lane.cpu.length >= options.mostSamples ||
    (lane.cpu.length >= options.leastSamples && lane.spent >= options.seconds);
  for (let round = 0; lanes.some((lane) => !done(lane)); round++) {
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[(i + round) % lanes.length]!;
      if (done(lane)) continue;
      await settle(lane);
      const { wall, cpu } = await sample(lane, lane.calls);
      lane.wall.push(wall);
      lane.cpu.push(cpu);
      lane.spent += cpu * lane.calls;
    }
  }
  return lanes.map(({ calls, wall, cpu }) => ({ calls, wall, cpu }));
}

/** Times one call of each, slow compilers and all; lanes that are beyond hope keep it as their only sample. */
async function findHopeless(lanes: readonly Lane[], times: number): Promise<readonly Lane[]> {
  const firsts: { readonly lane: Lane; readonly wall: number; readonly cpu: number }[] = [];
  for (const lane of lanes) firsts.push({ lane, ...(await sample(lane, 1)) });
  const limit = Math.max(1 / 3, times * Math.min(...firsts.map((first) => first.cpu)));
  return firsts.flatMap(({ lane, wall, cpu }) => {
    if (cpu <= limit) return [];
    lane.wall.push(wall);
    lane.cpu.push(cpu);
    return [lane];
  });
}

/** Calls after which most of an engine's code is compiled; slow calls, which loop inside, need fewer. */
const settledTurns = 30;

/** Runs until the compilers of the engine have had time to settle, and finds how many calls make a sample. */
async function warmUp(lane: Lane, seconds: number): Promise<void> {
  let spent = 0;
  for (let calls = 1; ; calls = Math.min(2 * calls, 4096)) {
    const { cpu } = await sample(lane, calls);
    spent += cpu * calls;
    lane.calls = Math.max(1, Math.ceil(sampleSeconds / Math.max(cpu, 1e-6)));
    if (lane.turn >= 2 && spent >= seconds && (lane.turn >= settledTurns || spent >= 5 * seconds)) return;
  }
}

setFlagsFromString("--expose-gc");
/** Young objects only: a full collection throws code away, too, which the next contender would have to compile again. */
const collectGarbage = runInNewContext("() => gc({ type: 'minor' })", { gc: runInNewContext("gc") }) as () => void;

const waitMilliseconds = 5;
const mostWaits = 40;

/**
 * Clears away what the contender before left: garbage, and code to compile, on which the engine's own threads go on working at
 * this one's expense, and foreign data in the caches.
 */
async function settle(lane: Lane): Promise<void> {
  collectGarbage();
  for (let i = 0; i < mostWaits; i++) {
    const before = process.cpuUsage();
    await setTimeout(waitMilliseconds);
    const { user, system } = process.cpuUsage(before);
    if (user + system < 0.1 * waitMilliseconds * 1e3) break;
  }
  const last = lane.cpu.at(-1);
  if (last === undefined || last < cheapSeconds) await lane.contender.run(lane.turn++);
}

async function sample(lane: Lane, calls: number): Promise<Sample> {
  const { contender, turn } = lane;
  lane.turn += calls;
  if (contender.sample !== undefined) return contender.sample(turn, calls);
  const stop = startClocks();
  for (let i = 0; i < calls; i++) await contender.run(turn + i);
  return stop(calls);
}

/** Starts both clocks; what it returns stops them, `calls` calls later. */
export function startClocks(): (calls: number) => Sample {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  return (calls) => {
    const wall = performance.now() - before;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wall: wall / 1e3 / calls, cpu: (user + system) / 1e6 / calls };
  };
}
