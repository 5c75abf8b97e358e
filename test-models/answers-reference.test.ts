/** Every fixture under every strategy on reference. */

import { describeAnswers } from "./answers.js";

describeAnswers({ backend: "reference" });
