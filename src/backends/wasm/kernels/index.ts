/**
 * AssemblyScript: the entry of the kernel module. Built by scripts/build-kernels.mjs into generated/kernels.ts. Every export of
 * forest/ has one signature: (params, x, bytes between rows of x, out, rows, scratch); forests/*.ts write the params.
 */

export { forestBitSliced } from "./forest/bit-sliced";
export { forestWalkNarrow, forestWalkWide } from "./forest/walk";

/** First address that the module itself does not use. */
export function heapBase(): usize {
  return __heap_base;
}
