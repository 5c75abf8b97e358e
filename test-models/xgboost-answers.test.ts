/**
 * XGBoost's own files against the answers of the XGBoost that wrote them: every fixture on the reference and on WebAssembly with every
 * strategy, and on TF.js.
 */

import { describeBoosters } from "./boosters.js";

// The fused strategies differ on WebAssembly only.
const dense = ["perfect-tree-traversal", "tree-traversal", "gemm"];
describeBoosters("xgboost", { backend: "reference", strategies: ["walk", ...dense] });
describeBoosters("xgboost", { backend: "wasm" });
describeBoosters("xgboost", { backend: "tfjs", device: "cpu", strategies: ["perfect-tree-traversal"] });
