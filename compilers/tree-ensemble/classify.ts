/** From the raw scores of a TreeEnsembleClassifier to its label and scores; the rules are those of `read-classifier.ts`. */

import type { Forest } from "../../src/ir/forest.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { binaryLabel, labelled } from "../shared/class-labels.js";
import { transformColumns, transformSingle, twoClassScores } from "../shared/post-transform.js";
import { scalarLike } from "../shared/values.js";
import { voted } from "./derived-forests.js";
import type { ClassifierAttrs } from "./read-classifier.js";

interface Classified {
  /** int32 [N], with the labels as dictionary. */
  readonly label: ValueId;
  /** [N, classes], in the dtype of the raw scores. */
  readonly scores: ValueId;
}

/** `forest` over `x` gave `raw` [N, outputs], base values included. */
export function classify(
  ctx: CompileContext,
  attrs: ClassifierAttrs,
  forest: Forest,
  x: ValueId,
  raw: ValueId,
): Classified {
  const { build } = ctx;
  const { labels, postTransform, rule } = attrs;
  const rows = build.type(raw).shape[0] ?? 1;
  /** The second label where the margin [N, 1] is above the threshold. */
  const byMargin = (margin: ValueId, threshold: number) => {
    const above = build.op("greater", [margin, scalarLike(build, margin, threshold)]);
    return binaryLabel(ctx, build.op("reshape", [above], { shape: [rows] }), labels);
  };

  switch (rule.kind) {
    case "single": {
      const index = build.op("argMax", [raw], { axis: 1, last: false });
      return { label: labelled(ctx, index, labels), scores: transformSingle(ctx, raw, postTransform) };
    }
    case "margin": {
      const other = rule.allPositive ? "complement" : "negate";
      const label = byMargin(raw, rule.allPositive ? 0.5 : 0);
      return { label, scores: twoClassScores(ctx, raw, postTransform, other) };
    }
    case "second": {
      const label = byMargin(raw, rule.allPositive ? 0.5 : 0);
      const first = build.op("broadcastTo", [scalarLike(build, raw, 0)], { shape: [rows, 1] });
      const present = transformColumns(ctx, build.op("concat", [first, raw], { axis: 1 }), postTransform);
      if (rule.always) return { label, scores: present };
      const absent = twoClassScores(ctx, first, postTransform, rule.allPositive ? "complement" : "negate");
      return { label, scores: build.op("select", [voted(build, forest, x), present, absent]) };
    }
    case "top": {
      const competing = rule.everyClass
        ? raw
        : build.op("select", [voted(build, forest, x), raw, scalarLike(build, raw, Number.NEGATIVE_INFINITY)]);
      const index = build.op("argMax", [competing], { axis: 1, last: false });
      return { label: labelled(ctx, index, labels), scores: transformColumns(ctx, raw, postTransform) };
    }
  }
}
