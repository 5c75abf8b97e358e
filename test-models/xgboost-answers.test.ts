/** XGBoost's own files against the answers of the XGBoost that wrote them. */

import { describeBoosters } from "./boosters.js";

describeBoosters("xgboost", { backend: "reference", strategies: ["tree-traversal", "gemm"] });
describeBoosters("xgboost", { backend: "wasm", strategies: ["auto"] });
describeBoosters("xgboost", { backend: "tfjs", device: "cpu", strategies: ["perfect-tree-traversal"] });
