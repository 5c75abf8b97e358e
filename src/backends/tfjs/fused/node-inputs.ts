/** What a forest node of a fused graph is given, checked: see src/emitters/tfjs/fused-nodes.ts. */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { ForestNode } from "../../../emitters/tfjs/fused-nodes.js";
import { ShapeError } from "../../../errors.js";

export interface NodeInputs {
  readonly x: TensorInfo & { readonly shape: [number, number] };
  readonly image: TensorInfo;
  readonly tables: TensorInfo;
}

/** Throws ShapeError for other inputs. */
export function nodeInputs(
  { op }: ForestNode,
  inputs: Parameters<NonNullable<KernelConfig["kernelFunc"]>>[0]["inputs"],
): NodeInputs {
  const { x, image, tables } = inputs;
  if (x === undefined || image === undefined || tables === undefined) {
    throw new ShapeError(`${op}: expected rows and the forest in two forms`);
  }
  const [rows, width] = x.shape;
  if (x.dtype !== "float32" || rows === undefined || width === undefined || x.shape.length !== 2) {
    throw new ShapeError(`${op}: expected float32[rows, columns], got ${x.dtype}[${x.shape.join(", ")}]`);
  }
  return { x: { ...x, shape: [rows, width] }, image, tables };
}
