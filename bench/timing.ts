/**
 * Times several contenders side by side: they take turns, one sample each, in an order that rotates, so that whatever disturbs the
 * machine disturbs all of them alike. Each sample is timed by the wall clock and by the processor time of this process;
 * the latter leaves out what other programs took of the cores, and counts all threads.
 */

export type Clock = "wall" | "cpu";

export interface Contender {
  readonly name: string;
  /** One call; `turn` counts up, so that calls can take different rows. */
  run(turn: number): Promise<unknown>;
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
}

/** A sample shorter than this would drown in the resolution of the clocks, which count microseconds. */
const sampleSeconds = 0.004;

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
  for (const lane of lanes) await warmUp(lane, options.seconds / 2);
  const done = (lane: Lane): boolean =>
    lane.cpu.length >= options.mostSamples ||
    (lane.cpu.length >= options.leastSamples && lane.spent >= options.seconds);
  for (let round = 0; lanes.some((lane) => !done(lane)); round++) {
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[(i + round) % lanes.length]!;
      if (done(lane)) continue;
      const { wall, cpu } = await sample(lane, lane.calls);
      lane.wall.push(wall);
      lane.cpu.push(cpu);
      lane.spent += cpu * lane.calls;
    }
  }
  return lanes.map(({ calls, wall, cpu }) => ({ calls, wall, cpu }));
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

async function sample(lane: Lane, calls: number): Promise<{ readonly wall: number; readonly cpu: number }> {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  for (let i = 0; i < calls; i++) await lane.contender.run(lane.turn++);
  const wall = performance.now() - before;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wall: wall / 1e3 / calls, cpu: (user + system) / 1e6 / calls };
}
