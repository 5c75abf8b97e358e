/**
 * A worker thread of the wasm backend: computes blocks of rows in the shared memory until its process or page ends. See
 * control-block.ts for the words and the rules. A file of its own, as it is, in the package; it imports nothing and has no module
 * syntax, so that it runs as a classic or module worker wherever a bundler puts it.
 */
// @ts-check

(() => {
  /** @type {{ postMessage(message: unknown): void, once(event: "message", listener: (start: import("./control-block.js").WorkerStart) => void): void } | null | undefined} */
  const port =
    typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:worker_threads")?.parentPort;
  /** @param {import("./control-block.js").WorkerMessage} message */
  const send = (message) => (port ?? self).postMessage(message);

  /** @param {import("./control-block.js").WorkerStart} start */
  function work({ module, memory, imports, control, worker, Word, Gate, SlotState }) {
    /** @type {{ run(...args: number[]): number }} */
    let kernels;
    try {
      const { exports } = new WebAssembly.Instance(module, { [imports.module]: { [imports.name]: memory } });
      kernels = /** @type {{ run(...args: number[]): number }} */ (/** @type {unknown} */ (exports));
    } catch (error) {
      send({ failed: String(error) });
      return;
    }
    const words = new Int32Array(memory.buffer, control);
    /** @param {number} word */
    const read = (word) => Atomics.load(words, word);
    send("ready");
    let seen = 0;
    for (;;) {
      Atomics.wait(words, Word.job, seen);
      seen = read(Word.job);
      if (!enter()) continue;
      if (worker <= read(Word.workers)) takeBlocks();
      const before = Atomics.sub(words, Word.gate, 1);
      if ((before & Gate.inside) === 1 && (before & Gate.awaited) !== 0) send("left");
    }

    /** False where the job is over. */
    function enter() {
      for (;;) {
        const gate = read(Word.gate);
        if ((gate & Gate.open) === 0) return false;
        if (Atomics.compareExchange(words, Word.gate, gate, gate + 1) === gate) return true;
      }
    }

    function takeBlocks() {
      for (;;) {
        const block = read(Word.taken);
        const filled = read(Word.filled);
        if (block < filled) {
          // Read before the block is taken: until then its place in the queue is not used again.
          const slot = read(Word.queue + (block % read(Word.slots)));
          if (Atomics.compareExchange(words, Word.taken, block, block + 1) === block) compute(slot);
        } else if ((read(Word.gate) & Gate.open) === 0) return;
        else Atomics.wait(words, Word.filled, filled);
      }
    }

    /** @param {number} slot */
    function compute(slot) {
      const at = Word.slot + slot * Word.slotWords;
      const area = read(Word.work) + (worker - 1) * read(Word.workBytes);
      /** @type {number} */
      let state = SlotState.trapped;
      try {
        const wrong = kernels.run(
          read(Word.image),
          area,
          read(at + Word.inputs),
          read(at + Word.outputs),
          read(at + Word.rows),
          read(Word.wanted),
        );
        state = wrong === 0 ? SlotState.done : SlotState.wrongIndex;
      } catch {
        // The calling thread makes an error of it.
      }
      Atomics.store(words, at + Word.state, state);
    }
  }

  if (port) port.once("message", work);
  else self.onmessage = (event) => work(event.data);
})();
