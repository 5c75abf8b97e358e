/**
 * Coefficients of the cost model, seconds per unit of each feature in the order of `costFeatureNames`
 * (strategies/shared/costs.ts), by backend and device. Written by bench/ from timed runs; do not edit by hand.
 */

export const costCoefficients = {
  reference: {
    cpu: [5e-6, 2e-6, 2e-9, 6e-9, 6e-9, 6e-9, 2e-9, 4e-9],
  },
  tfjs: {
    cpu: [5e-5, 6e-6, 2e-8, 6e-8, 4e-8, 2e-8, 2.5e-9, 0],
    wasm: [5e-5, 8e-6, 1e-9, 4.3e-9, 6e-9, 3e-10, 1.7e-9, 0],
    tensorflow: [5e-5, 1.5e-5, 1.7e-10, 3.1e-9, 2.6e-10, 2e-10, 5e-11, 0],
    portable: [5e-5, 1e-5, 2e-8, 4e-8, 4e-8, 1e-8, 1.5e-9, 0],
  },
} as const satisfies { readonly [backend: string]: { readonly [device: string]: readonly number[] } };
