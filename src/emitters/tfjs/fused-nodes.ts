/**
 * The nodes of a fused TF.js graph, one per primitive: what the emitter writes and `calypte/tfjs` registers. Their inputs: float32
 * [rows, columns]; the forest as an image of the wasm backend, for the devices whose tensors its kernels reach; the forest as tables
 * of shaders, for webgpu. Both are int32 words; what the graph's device does not need is left out (`absent`).
 */

/** Name of the operator and the element type of its result. */
export const forestNodes = {
  forest: { op: "CalypteForest", dtype: "float32" },
  forestLeaves: { op: "CalypteForestLeaves", dtype: "int32" },
} as const;
export type ForestNode = (typeof forestNodes)[keyof typeof forestNodes];

/** The devices that take the image. */
export const imageDevices = ["cpu", "wasm", "tensorflow"] as const;

/** The devices that have a kernel for the nodes. */
export const fusedDevices = [...imageDevices, "webgpu"] as const;

/** In place of a form of the forest that a graph does without. */
export const absent: readonly number[] = [0];
