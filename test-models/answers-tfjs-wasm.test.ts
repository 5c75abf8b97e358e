/** Every fixture under every strategy on tfjs wasm. */

import { describeAnswers } from "./answers.js";

describeAnswers({ backend: "tfjs", device: "wasm" });
