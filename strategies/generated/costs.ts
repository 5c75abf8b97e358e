/**
 * Coefficients of the cost model, seconds per unit of each feature in the order of `costFeatureNames`
 * (strategies/shared/costs.ts), by backend and device. Written by `npm run bench -- calibrate`; do not edit by hand.
 *
 * 2026-11-24, AMD EPYC, seed 1: reference from 425 runs, tfjs-cpu from 343 runs, tfjs-wasm from 401 runs, onnx from 420 runs.
 * Features: call, instructions, moved, lookedUp, read, compared, masked, arithmetic, stretched, multiplied, products, operands, constantOperands, walked.
 */

export const costCoefficients = {
  reference: {
    cpu: [1.08e-6, 1.01e-6, 4.26e-9, 2.24e-9, 1.34e-8, 1.4e-8, 7.08e-9, 3.2e-9, 0, 2.24e-9, 3.67e-7, 6.37e-9, 3.48e-9, 8.17e-9],
  },
  tfjs: {
    cpu: [1.35e-5, 7.23e-6, 7.15e-8, 8.48e-8, 5.36e-8, 0, 3.36e-8, 3.73e-8, 6.02e-8, 2.87e-9, 3.34e-7, 0, 4.27e-10, 0],
    wasm: [1.28e-5, 1.57e-5, 3.1e-9, 0, 2.57e-8, 0, 2.37e-8, 0, 3.78e-9, 1.1e-10, 3.94e-9, 8.74e-9, 1.31e-9, 0],
    tensorflow: [5e-5, 1.5e-5, 1.7e-10, 3.1e-9, 3.1e-9, 2.6e-10, 2.6e-10, 2e-10, 0, 5e-11, 0, 0, 1e-10, 0],
    portable: [5e-5, 1e-5, 2e-8, 4e-8, 4e-8, 4e-8, 4e-8, 1e-8, 1e-8, 1.5e-9, 0, 0, 5e-10, 0],
  },
  onnx: {
    portable: [1.4e-5, 2.81e-7, 1.55e-9, 1.06e-8, 0, 0, 0, 0, 0, 1.2e-11, 2.69e-7, 0, 1.59e-10, 0],
  },
} as const satisfies { readonly [backend: string]: { readonly [device: string]: readonly number[] } };
