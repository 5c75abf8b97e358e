/** Puts images into the memory that threads share (shared-memory.ts), and gives their calls to the worker pool. */

import type { LoadedImage, PlaceImage, ThreadArea } from "../kernel-module.js";
import { slotsPerThread } from "./control-block.js";
import type { Span } from "./free-list.js";
import type { SharedMemory } from "./shared-memory.js";
import { runJob } from "./worker-pool.js";

export { sharedMemory } from "./shared-memory.js";

interface Held {
  readonly shared: SharedMemory;
  readonly spans: Span[];
}

const giveBack = ({ shared, spans }: Held): void => {
  for (const span of spans.splice(0)) shared.give(span);
};

/** Scorers that are dropped without being disposed. */
const forgotten = new FinalizationRegistry<Held>(giveBack);

/** Work areas and slots of neighbours do not share a cache line. */
const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** For calls of `threads` threads, at least 2: the calling one and workers. */
export function placeShared(shared: SharedMemory, threads: number): PlaceImage {
  const { kernels } = shared;
  return (image, inputBytes, outputBytes): LoadedImage => {
    const held: Held = { shared, spans: [] };
    const take = (bytes: number): number => {
      const span = shared.take(bytes);
      held.spans.push(span);
      return span.at;
    };
    const workBytes = align(image.memoryBytes - image.workAt);
    const base = take(image.memoryBytes + 64 + align(inputBytes) + align(outputBytes));
    const ownWork = base + image.workAt;
    const inputsAt = align(base + image.memoryBytes);
    const outputsAt = inputsAt + align(inputBytes);
    const bytes = new Uint8Array(shared.memory.buffer);
    bytes.set(image.bytes, base);
    bytes.fill(0, ownWork, base + image.memoryBytes);
    const prepare = (slotInputBytes: number, slotOutputBytes: number): ThreadArea => {
      const work = take((threads - 1) * workBytes);
      new Uint8Array(shared.memory.buffer).fill(0, work, work + (threads - 1) * workBytes);
      const slots = Array.from({ length: slotsPerThread * threads }, () => {
        const inputs = take(align(slotInputBytes) + slotOutputBytes);
        return { inputs, outputs: inputs + align(slotInputBytes) };
      });
      const job = { threads, image: base, ownWork, work, workBytes, slots };
      return {
        slots,
        buffer: shared.memory.buffer,
        run: (wanted, fill, collect) => runJob(shared, { ...job, wanted, fill, collect }),
      };
    };
    let area: ThreadArea | undefined;
    const loaded: LoadedImage = {
      buffer: shared.memory.buffer,
      inputsAt,
      outputsAt,
      run: (rows, wanted) => kernels.run(base, ownWork, inputsAt, outputsAt, rows, wanted),
      wrongIndex: () => kernels.wrongIndex(),
      threads: {
        count: threads,
        area(slotInputBytes, slotOutputBytes) {
          area ??= prepare(slotInputBytes, slotOutputBytes);
          return area;
        },
      },
      free() {
        forgotten.unregister(held);
        giveBack(held);
      },
    };
    forgotten.register(loaded, held, held);
    return loaded;
  };
}
