/**
 * The worker threads of this process or page, shared by all scorers: started when a scorer first asks for them, never keeping the
 * process alive but while an answer depends on them. One job runs at a time; the calling thread computes with the workers, so that
 * a second job would find nobody idle. control-block.ts says how they divide the blocks.
 */

import { BackendUnavailableError, InternalError } from "../../../errors.js";
import { closed, controlBytes, Gate, SlotState, Word, type WorkerStart } from "./control-block.js";
import { memoryImport } from "./shared-kernels.js";
import type { SharedMemory } from "./shared-memory.js";
import { startWorker, type WorkerThread } from "./start-worker.js";

/** Rows to be scored by several threads, block by block. */
export interface Job {
  /** The calling thread and workers, at least 2. */
  readonly threads: number;
  /** Address of the image. */
  readonly image: number;
  /** Address of the calling thread's work area. */
  readonly ownWork: number;
  /** Address of the first worker's work area, and bytes from one worker's to the next's. */
  readonly work: number;
  readonly workBytes: number;
  readonly wanted: number;
  /** `slotsPerThread` for each thread. */
  readonly slots: readonly { readonly inputs: number; readonly outputs: number }[];
  /** Puts the next rows into a slot. Their number; 0 where none are left. */
  fill(slot: number): number;
  /** Takes the answers of the rows that `fill` put there. */
  collect(slot: number): void;
}

/** As long as it may take the last worker to finish before it is worth sleeping, in milliseconds. */
const spinMs = 0.2;

interface Member {
  readonly thread: WorkerThread;
  readonly ready: Promise<void>;
}

interface Pool {
  readonly words: Int32Array;
  readonly members: Member[];
  /** Called when the last worker has left a job, if the gate says that it is awaited. */
  left: () => void;
  failure: BackendUnavailableError | undefined;
  /** Called when a worker fails. */
  failed: (error: BackendUnavailableError) => void;
}

const nobody = (): void => undefined;

let pool: Pool | undefined;
let controlAt: number | undefined;
/** Ends when the job before the next one has. */
let last: Promise<unknown> = Promise.resolve();

/** The control block is kept for a pool that comes after one that failed. */
function createPool(shared: SharedMemory): Pool {
  controlAt ??= shared.take(controlBytes).at;
  const words = new Int32Array(shared.memory.buffer, controlAt, controlBytes / 4);
  words.fill(0);
  return { words, members: [], left: nobody, failure: undefined, failed: nobody };
}

function addMember(shared: SharedMemory, to: Pool): void {
  const start: WorkerStart = {
    module: shared.module,
    memory: shared.memory,
    imports: memoryImport,
    control: to.words.byteOffset,
    worker: to.members.length + 1,
    Word,
    Gate,
    SlotState,
  };
  const fail = (reason: string, reject: (error: Error) => void): void => {
    to.failure ??= new BackendUnavailableError("wasm", `a worker thread failed: ${reason}`, "compile with threads: 1");
    reject(to.failure);
    to.failed(to.failure);
  };
  let thread: WorkerThread | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    try {
      thread = startWorker(start, {
        message: (message) => {
          if (message === "ready") resolve();
          else if (message === "left") to.left();
          else fail(message.failed, reject);
        },
        failure: (reason) => fail(reason, reject),
      });
    } catch (error) {
      // Node's permissions or a page's policy may forbid workers.
      fail(error instanceof Error ? error.message : String(error), reject);
    }
  });
  // Whoever waits for it gets the error; nobody may.
  ready.catch(nobody);
  to.members.push({ thread: thread ?? { hold: nobody, stop: async () => undefined }, ready });
}

function hold(members: readonly Member[], held: boolean): void {
  for (const { thread } of members) thread.hold(held);
}

/** The pool with at least `workers` workers that are ready. Throws BackendUnavailableError where one fails. */
async function readyPool(shared: SharedMemory, workers: number): Promise<Pool> {
  pool ??= createPool(shared);
  const current = pool;
  const before = current.members.length;
  while (current.members.length < workers && current.failure === undefined) addMember(shared, current);
  if (current.failure !== undefined) throw current.failure;
  if (before < workers) {
    hold(current.members, true);
    try {
      await Promise.all(current.members.map((m) => m.ready));
    } finally {
      hold(current.members, false);
    }
  }
  return current;
}

/** Ends all workers; the next job starts others. */
async function abandon(): Promise<void> {
  const members = pool?.members ?? [];
  pool = undefined;
  await Promise.all(members.map((m) => m.thread.stop()));
}

/**
 * Runs the job after those that were given before it. Resolves to false where a kernel met a wrong index, true where every row is
 * collected. Throws BackendUnavailableError where a worker fails or cannot be started; what it would have computed is lost, and the
 * next job starts new workers.
 */
export function runJob(shared: SharedMemory, job: Job): Promise<boolean> {
  const turn = last.then(() => runNow(shared, job));
  last = turn.catch(nobody);
  return turn;
}

async function runNow(shared: SharedMemory, job: Job): Promise<boolean> {
  try {
    return await runWith(await readyPool(shared, job.threads - 1), shared, job);
  } catch (error) {
    if (error instanceof BackendUnavailableError) {
      await abandon();
      // A worker may have been stopped while it wrote into its area.
      new Uint8Array(shared.memory.buffer).fill(0, job.work, job.work + (job.threads - 1) * job.workBytes);
    }
    throw error;
  }
}

const wordOfSlot = (slot: number): number => Word.slot + slot * Word.slotWords;

async function runWith(current: Pool, { kernels }: SharedMemory, job: Job): Promise<boolean> {
  const { words } = current;
  const compute = (slot: number): number => {
    const { inputs, outputs } = job.slots[slot]!;
    return kernels.run(job.image, job.ownWork, inputs, outputs, words[wordOfSlot(slot) + Word.rows]!, job.wanted);
  };
  /** Slots with rows that are not collected. */
  let busy: number[] = [];
  let right = true;
  /** The slots that are done, collected. */
  const collectDone = (): number[] => {
    const done: number[] = [];
    busy = busy.filter((slot) => {
      const state = Atomics.load(words, wordOfSlot(slot) + Word.state);
      if (state === SlotState.waiting) return true;
      if (state === SlotState.trapped) throw new InternalError("a kernel trapped in a worker thread");
      if (state === SlotState.wrongIndex) right = false;
      else job.collect(slot);
      done.push(slot);
      return false;
    });
    return done;
  };
  openJob(words, job);
  try {
    const free = job.slots.map((_, slot) => slot);
    let filled = 0;
    let more = true;
    for (;;) {
      free.push(...collectDone());
      while (more && right && free.length > 0) {
        const slot = free.at(-1)!;
        const rows = job.fill(slot);
        more = rows > 0;
        if (!more) break;
        busy.push(slot);
        free.pop();
        offer(words, slot, rows, filled++);
      }
      const slot = takeBlock(words);
      if (slot !== undefined) {
        const state = compute(slot) === 0 ? SlotState.done : SlotState.wrongIndex;
        Atomics.store(words, wordOfSlot(slot) + Word.state, state);
      } else if (!more || !right) break;
      // Otherwise the workers took what was just offered; there are more slots than workers, so that others are done or free.
    }
  } finally {
    closeJob(words);
    await everybodyLeft(current);
  }
  collectDone();
  return right;
}

function openJob(words: Pool["words"], job: Job): void {
  words[Word.workers] = job.threads - 1;
  words[Word.image] = job.image;
  words[Word.work] = job.work;
  words[Word.workBytes] = job.workBytes;
  words[Word.wanted] = job.wanted;
  words[Word.slots] = job.slots.length;
  for (const [slot, { inputs, outputs }] of job.slots.entries()) {
    words[wordOfSlot(slot) + Word.inputs] = inputs;
    words[wordOfSlot(slot) + Word.outputs] = outputs;
  }
  Atomics.store(words, Word.taken, 0);
  Atomics.store(words, Word.filled, 0);
  Atomics.store(words, Word.gate, Gate.open);
  Atomics.add(words, Word.job, 1);
  Atomics.notify(words, Word.job);
}

/** Rows that stand in a slot become block `block`. */
function offer(words: Pool["words"], slot: number, rows: number, block: number): void {
  words[wordOfSlot(slot) + Word.rows] = rows;
  Atomics.store(words, wordOfSlot(slot) + Word.state, SlotState.waiting);
  Atomics.store(words, Word.queue + (block % words[Word.slots]!), slot);
  Atomics.store(words, Word.filled, block + 1);
  Atomics.notify(words, Word.filled, 1);
}

/** The slot of a block that nobody else computes now; undefined where all that were offered are taken. */
function takeBlock(words: Pool["words"]): number | undefined {
  for (;;) {
    const block = Atomics.load(words, Word.taken);
    if (block >= Atomics.load(words, Word.filled)) return undefined;
    const slot = Atomics.load(words, Word.queue + (block % words[Word.slots]!));
    if (Atomics.compareExchange(words, Word.taken, block, block + 1) === block) return slot;
  }
}

function closeJob(words: Pool["words"]): void {
  Atomics.and(words, Word.gate, ~Gate.open);
  Atomics.store(words, Word.filled, closed);
  Atomics.notify(words, Word.filled);
}

async function everybodyLeft(current: Pool): Promise<void> {
  const { words, members } = current;
  const inside = (): boolean => (Atomics.load(words, Word.gate) & Gate.inside) !== 0;
  for (const until = performance.now() + spinMs; inside(); ) {
    if (performance.now() < until) continue;
    if ((Atomics.or(words, Word.gate, Gate.awaited) & Gate.inside) === 0) return;
    hold(members, true);
    try {
      await new Promise<void>((resolve, reject) => {
        current.left = resolve;
        current.failed = reject;
        if (current.failure !== undefined) reject(current.failure);
      });
    } finally {
      hold(members, false);
      [current.left, current.failed] = [nobody, nobody];
    }
  }
}
