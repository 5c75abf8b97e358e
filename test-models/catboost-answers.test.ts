/** CatBoost's own files, JSON and binary, against CatBoost: labels, probabilities, raw scores and leaves. */

import { describeBoosters } from "./boosters.js";

describeBoosters("catboost", { backend: "reference" });
describeBoosters("catboost", { backend: "tfjs", device: "cpu", strategies: ["perfect-tree-traversal"] });
describeBoosters("catboost", { backend: "wasm", strategies: ["auto"] });
