/**
 * The words through which the calling thread and its workers speak, in the shared memory: 32-bit, read and written by `Atomics`.
 * worker.js imports nothing, so that it gets these numbers with its first message.
 *
 * A job is a number of blocks of rows. The calling thread puts rows into slots and counts them in `filled`; whoever moves `taken`
 * from b to b + 1 computes block b, in the slot that stands at b modulo the count of slots in the queue. A worker enters the job by
 * counting itself in at the gate, which it may only while the gate is open; once it is closed and everybody has left, no worker
 * reads a word of the job any more.
 */

export const mostThreads = 256;
/** While a thread computes one block, the next one waits for it. */
export const slotsPerThread = 2;
const mostSlots = slotsPerThread * mostThreads;

/** Where each word stands. */
export const Word = {
  gate: 0,
  /** Counts jobs; workers sleep on it between jobs. */
  job: 1,
  /** Blocks put in place so far; `closed` once there will be no more. Workers sleep on it within a job. */
  filled: 2,
  taken: 3,
  /** Workers that take part: those numbered 1 to this. */
  workers: 4,
  image: 5,
  /** Worker w's work area stands at `work` + (w - 1) · `workBytes`. */
  work: 6,
  workBytes: 7,
  wanted: 8,
  /** How many slots the job uses. */
  slots: 9,
  /** Numbers of slots. */
  queue: 16,
  /** The first slot; each takes `slotWords`. */
  slot: 16 + mostSlots,
  slotWords: 4,
  /** Within a slot. */
  rows: 0,
  state: 1,
  inputs: 2,
  outputs: 3,
} as const;

export const closed = -1;

/** The gate: how many workers are inside, and two bits. */
export const Gate = {
  inside: 0xffff,
  open: 1 << 16,
  /** The calling thread sleeps until the last worker sends it a message. */
  awaited: 1 << 17,
} as const;

export const SlotState = { waiting: 0, done: 1, wrongIndex: 2, trapped: 3 } as const;

export const controlBytes = 4 * (Word.slot + mostSlots * Word.slotWords);

/** What a worker is sent first. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly imports: { readonly module: string; readonly name: string };
  /** Address of the control block. */
  readonly control: number;
  /** From 1 on. */
  readonly worker: number;
  readonly Word: typeof Word;
  readonly Gate: typeof Gate;
  readonly SlotState: typeof SlotState;
}

/** What a worker sends: that it is ready, that it was the last to leave a job, or why it cannot start. */
export type WorkerMessage = "ready" | "left" | { readonly failed: string };
