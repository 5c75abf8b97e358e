/** deferred: a part of a model that is lowered, and so computed, when its data is there (src/defer.ts). */

import type { Primitive } from "../primitive.js";

export const deferred: Primitive<"deferred"> = {
  infer: (_args, { results }) => results,
  evaluate: (args, { run }) => run(args),
  // Nothing is known of it.
  mixesRows: () => true,
  accuracy: "exact",
};
