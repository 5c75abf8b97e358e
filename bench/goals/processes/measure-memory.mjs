// What a process holds: live bytes after full collections, and the memory of every WebAssembly instance still reachable.
// Run with --expose-gc. To be imported before the library.
const memories = new Set();
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    const { memory } = this.exports;
    if (memory instanceof WebAssembly.Memory) memories.add(new WeakRef(memory));
  }
};

export async function held() {
  // Weak references are cleared between turns of the event loop only.
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  let wasm = 0;
  for (const reference of memories) {
    const memory = reference.deref();
    if (memory === undefined) memories.delete(reference);
    else wasm += memory.buffer.byteLength;
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, external, arrayBuffers, wasm };
}
