/**
 * Coefficients of the cost model, seconds per unit of each feature in the order of `costFeatureNames`
 * (strategies/shared/costs.ts), by backend and device. Written by `npm run bench -- calibrate`; do not edit by hand.
 *
 * 2026-11-24, AMD EPYC, seed 1: tfjs-cpu from 566 runs, tfjs-wasm from 806 runs.
 * Features: call, instructions, moved, lookedUp, read, compared, masked, arithmetic, stretched, multiplied, products, operands, constantOperands, walked.
 */

export const costCoefficients = {
  reference: {
    cpu: [5e-6, 2e-6, 2e-9, 6e-9, 6e-9, 6e-9, 6e-9, 6e-9, 0, 2e-9, 0, 0, 0, 4e-9],
  },
  tfjs: {
    cpu: [2.91e-5, 6.14e-6, 5.97e-8, 6.92e-8, 5.14e-8, 0, 2.83e-8, 3.65e-8, 7.77e-8, 2.38e-9, 1.65e-7, 0, 2.81e-10, 0],
    wasm: [1.02e-5, 1.35e-5, 2.72e-9, 0, 1.63e-8, 6.9e-9, 2.16e-8, 0, 4.59e-10, 1.06e-10, 0, 8.31e-9, 1.09e-9, 0],
    tensorflow: [5e-5, 1.5e-5, 1.7e-10, 3.1e-9, 3.1e-9, 2.6e-10, 2.6e-10, 2e-10, 0, 5e-11, 0, 0, 1e-10, 0],
    portable: [5e-5, 1e-5, 2e-8, 4e-8, 4e-8, 4e-8, 4e-8, 1e-8, 1e-8, 1.5e-9, 0, 0, 5e-10, 0],
  },
} as const satisfies { readonly [backend: string]: { readonly [device: string]: readonly number[] } };
