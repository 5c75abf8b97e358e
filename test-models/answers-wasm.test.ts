/** Every fixture under every strategy on wasm. */

import { describeAnswers } from "./answers.js";

describeAnswers({ backend: "wasm" });
