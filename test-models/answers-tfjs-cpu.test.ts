/** Every fixture under every strategy on tfjs cpu. */

import { describeAnswers } from "./answers.js";

describeAnswers({ backend: "tfjs", device: "cpu" });
