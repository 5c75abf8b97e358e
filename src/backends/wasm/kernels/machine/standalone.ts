/**
 * AssemblyScript. What a self-contained model.wasm exports beside the kernels: the image stands at the first multiple of 64 behind
 * the module's own data, put there by a data segment; memory behind it is given out by `alloc`.
 */

import { inputBytesOf, outputBytesOf, run, workOf } from "./machine";

/** End of the memory given out; 0 before the first. */
let top: usize = 0;

/** Where the image stands. */
export function imageBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** `bytes` bytes at a multiple of 16; 0 where memory cannot grow so far. */
export function alloc(bytes: u32): usize {
  if (top == 0) top = imageBase() + load<u32>(imageBase(), 16);
  const start = (top + 15) & ~15;
  const end = <u64>start + bytes;
  const have = <u64>memory.size() << 16;
  if (end > have) {
    const missing = <i32>((end - have + 0xffff) >> 16);
    if (end > 0xffff0000 || memory.grow(missing) < 0) return 0;
  }
  top = <usize>end;
  return start;
}

/** Takes back everything that `alloc` gave out. */
export function reset(): void {
  top = 0;
}

/** Bytes of the area of inputs for `rows` rows. */
export function inputBytes(rows: i32): usize {
  return inputBytesOf(imageBase(), rows);
}

/** Bytes of the area of outputs for `rows` rows. */
export function outputBytes(rows: i32): usize {
  return outputBytesOf(imageBase(), rows);
}

/** Scores `rows` rows from `input` into `output`. 0 where all went well, else 1 + the number of the call that met a wrong index. */
export function score(input: usize, output: usize, rows: i32): u32 {
  return run(imageBase(), workOf(imageBase()), input, output, rows, 0xffffffff);
}
