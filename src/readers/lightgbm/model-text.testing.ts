/** LightGBM text models for tests: small ones written by hand, with true tree_sizes unless a test wants them to lie. */

import { type CompileOptions, compile } from "../../compile.js";
import type { Scorer } from "../../scorer.js";
import { readLightgbm } from "./read-lightgbm.js";

export type TreeText = Readonly<Record<string, string | number | undefined>>;

export interface ModelText {
  readonly version?: string;
  readonly classes?: number;
  readonly objective?: string | undefined;
  readonly features?: number;
  /** Whole header lines after feature_infos. */
  readonly header?: readonly string[];
  readonly trees?: readonly TreeText[];
  /** After "end of trees". */
  readonly tail?: string;
  readonly sizes?: string;
}

/** A tree of two leaves: x0 <= 1.5 ? 1 : 2, missing type NaN, default right. */
export const stump: TreeText = {
  num_leaves: 2,
  num_cat: 0,
  split_feature: 0,
  threshold: 1.5,
  decision_type: 8,
  left_child: -1,
  right_child: -2,
  leaf_value: "1 2",
};

/** A tree of four leaves, its inner nodes chained to the right: leaf i where x0 <= i, else on. */
export const chain: TreeText = {
  num_leaves: 4,
  num_cat: 0,
  split_feature: "0 0 0",
  threshold: "0.5 1.5 2.5",
  decision_type: "8 8 8",
  left_child: "-1 -2 -3",
  right_child: "1 2 -4",
  leaf_value: "10 20 30 40",
};

export function textOf(model: ModelText = {}): string {
  const { classes = 1, features = 2, trees = [stump], version = "v4" } = model;
  const blocks = trees.map((tree, t) => {
    const lines = Object.entries(tree).flatMap(([k, v]) => (v === undefined ? [] : [`${k}=${v}\n`]));
    return `Tree=${t}\n${lines.join("")}\n\n`;
  });
  const sizes = model.sizes ?? blocks.map((block) => Buffer.byteLength(block)).join(" ");
  const list = (word: string) => Array.from({ length: features }, (_, i) => `${word}${i}`).join(" ");
  return [
    "tree",
    `version=${version}`,
    `num_class=${classes}`,
    `num_tree_per_iteration=${classes}`,
    "label_index=0",
    `max_feature_idx=${features - 1}`,
    ...("objective" in model
      ? model.objective === undefined
        ? []
        : [`objective=${model.objective}`]
      : ["objective=regression"]),
    `feature_names=${list("f")}`,
    `feature_infos=${Array.from({ length: features }, () => "[0:1]").join(" ")}`,
    ...(model.header ?? []),
    `tree_sizes=${sizes}`,
    "",
    `${blocks.join("")}end of trees\n${model.tail ?? "\nfeature_importances:\nf0=1\n\nparameters:\n[boosting: gbdt]\n\nend of parameters\n\npandas_categorical:null\n"}`,
  ].join("\n");
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const scorerOf = async (model: ModelText | string, options: CompileOptions = {}): Promise<Scorer> =>
  compile(readLightgbm(bytesOf(typeof model === "string" ? model : textOf(model))), {
    backend: "reference",
    ...options,
  });

/** predict of float64 rows, as plain numbers. */
export async function predictions(
  model: ModelText | string,
  rows: readonly (readonly number[])[],
  options: CompileOptions = {},
) {
  const scorer = await scorerOf(model, options);
  return Array.from((await scorer.predict(rows)).data as Float64Array);
}
