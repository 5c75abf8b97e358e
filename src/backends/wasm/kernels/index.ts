/**
 * AssemblyScript: the entry of the kernel module. Built by scripts/build-kernels.mjs into generated/kernels.ts. Every export of
 * forest/ has one signature: (params, x, bytes between rows of x, out, rows, scratch); forests/*.ts write the params. `run` walks
 * the call table of an image; `alloc`, `score` and their kin are for a module that carries its image (machine/standalone.ts).
 */

export { forestBitSliced } from "./forest/bit-sliced";
export { forestWalkNarrow, forestWalkWide } from "./forest/walk";
export { run, wrongIndex } from "./machine/machine";
export { alloc, imageBase, inputBytes, outputBytes, reset, score } from "./machine/standalone";

/** First address that the module itself does not use. */
export function heapBase(): usize {
  return __heap_base;
}
