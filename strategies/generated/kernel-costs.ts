/**
 * Weights of the cost model of the forest kernels, seconds per unit of each count of work in the order of
 * strategies/shared/kernel-costs.ts. Written by scripts/calibrate-kernels.ts; do not edit by hand.
 */

export const kernelCosts = {
  walk: [2.49e-7, 3.41e-10, 1.35e-9, 7.72e-10, 2.64e-9, 1.98e-11],
  masks: [3.81e-7, 1.08e-9, 2.08e-9, 8.6e-10, 4.27e-10],
  tables: [2.75e-7, 1.61e-9, 5.54e-9, 2.05e-9, 4.43e-10],
} as const satisfies { readonly [kernel: string]: readonly number[] };
