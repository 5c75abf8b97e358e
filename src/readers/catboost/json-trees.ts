/**
 * Non-symmetric trees of the JSON format (grow_policy Depthwise and Lossguide): nested objects, read without recursion. Leaves are
 * numbered in pre-order, left before right, as CatBoost's own JSON loader does (`GetNonSymmetricModelTrees`); the right child is
 * taken where the condition holds.
 */

import { ModelParseError } from "../../errors.js";
import { type BinaryTrees, format } from "./catboost-file.js";
import { readFields, shown } from "./json-fields.js";

const innerFields = { split: "value", left: "value", right: "value" } as const;
const leafFields = { value: "value", weight: "number?" } as const;

/** What has been read of the trees so far; see `CatboostTrees`. */
export interface TreeParts {
  readonly innerStart: number[];
  readonly leafStart: number[];
  readonly split: number[];
  readonly yes: number[];
  readonly no: number[];
  readonly leafValues: number[];
}

interface Pending {
  readonly node: unknown;
  readonly place: string;
  /** Where the child's number belongs; undefined for the root. */
  readonly slot: readonly [side: number[], at: number] | undefined;
}

/** Appends one tree; returns the number of outputs of its leaves, which must be `dimension` where that is known. */
export function readJsonTree(
  tree: unknown,
  root: string,
  check: (split: unknown, place: string) => number,
  parts: TreeParts,
  dimension: number | undefined,
): number {
  const { split, yes, no, leafValues, innerStart, leafStart } = parts;
  const firstInner = split.length;
  let outputs = dimension;
  let leaves = 0;
  const stack: Pending[] = [{ node: tree, place: root, slot: undefined }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, slot } = next;
    // A path of 10^5 steps in every message would take quadratic space.
    const place = next.place.length > 200 ? `${root}…` : next.place;
    let number: number;
    if (typeof node === "object" && node !== null && Object.hasOwn(node, "value")) {
      const { value } = readFields(node, place, leafFields);
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      outputs ??= values.length;
      if (values.length !== outputs || outputs === 0) {
        throw new ModelParseError(
          format,
          place,
          `a leaf of ${values.length} values, expected ${outputs || "one or more"}`,
        );
      }
      for (const v of values) {
        if (typeof v !== "number")
          throw new ModelParseError(format, place, `leaf value ${shown(v)}, expected a number`);
        leafValues.push(v);
      }
      number = -1 - leaves++;
    } else {
      const inner = readFields(node, place, innerFields);
      const at = split.push(check(inner.split, `${place}.split`)) - 1;
      yes.push(0);
      no.push(0);
      number = at - firstInner;
      stack.push({ node: inner.right, place: `${place}.right`, slot: [yes, at] });
      stack.push({ node: inner.left, place: `${place}.left`, slot: [no, at] });
    }
    if (slot !== undefined) slot[0][slot[1]] = number;
  }
  innerStart.push(split.length);
  leafStart.push((leafStart.at(-1) ?? 0) + leaves);
  return outputs ?? 1;
}

export function treesFromParts(parts: TreeParts, dimension: number): BinaryTrees {
  return {
    symmetric: false,
    dimension,
    innerStart: Int32Array.from(parts.innerStart),
    leafStart: Int32Array.from(parts.leafStart),
    split: Int32Array.from(parts.split),
    yes: Int32Array.from(parts.yes),
    no: Int32Array.from(parts.no),
    leafValues: Float64Array.from(parts.leafValues),
  };
}
