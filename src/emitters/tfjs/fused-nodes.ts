/** The nodes of a fused TF.js graph, one per primitive: what the emitter writes and `calypte/tfjs` registers. */

/**
 * Name of the operator and the element type of its result. Its inputs: float32 [rows, columns], and the image of the forest as int32
 * words.
 */
export const forestNodes = {
  forest: { op: "CalypteForest", dtype: "float32" },
  forestLeaves: { op: "CalypteForestLeaves", dtype: "int32" },
} as const;

/** The devices whose tensors the kernels reach. */
export const fusedDevices = ["cpu", "wasm", "tensorflow"] as const;
