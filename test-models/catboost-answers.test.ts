/**
 * CatBoost's own files, JSON and binary, against CatBoost: labels, probabilities, raw scores and leaves of every fixture on the reference
 * and on WebAssembly with every strategy, and on TF.js.
 */

import { describeBoosters } from "./boosters.js";

// The fused strategies differ on WebAssembly only.
const dense = ["perfect-tree-traversal", "tree-traversal", "gemm"];
describeBoosters("catboost", { backend: "reference", strategies: ["walk", ...dense] });
describeBoosters("catboost", { backend: "wasm" });
describeBoosters("catboost", { backend: "tfjs", device: "cpu", strategies: ["perfect-tree-traversal"] });
