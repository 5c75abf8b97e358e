/**
 * What a row of the emitter's table is: how one primitive is written in TensorFlow operators, per device where that matters,
 * or why it cannot be.
 */

import type { PrimitiveAttrs, PrimitiveName } from "../../ir/primitive.js";
import type { TensorType } from "../../ir/types.js";
import type { Range } from "../ranges.js";
import type { Graph, Ref } from "./graph-def.js";

/** Where a graph is to run. "portable" is right on all of them, and no faster than the slowest needs. */
export const devices = ["cpu", "wasm", "webgl", "webgpu", "tensorflow", "portable"] as const;
export type Device = (typeof devices)[number];

/** What every formulation may use: the graph, the device, and values that depend on the batch size. */
export interface Scope {
  readonly graph: Graph;
  readonly device: Device;
  /** Whether TensorFlow itself executes the graph, not TF.js operator by operator. */
  readonly native: boolean;
  /** int32 scalar: the batch size N. */
  rowCount(): Ref;
  /** float32 [N] of ones. */
  rowOnes(): Ref;
}

/** One instruction, with its attributes of type A. */
export interface Site<A> {
  readonly args: readonly Ref[];
  readonly attrs: A;
  /** What is known of the arguments' elements. */
  readonly ranges: readonly (Range | undefined)[];
  readonly types: readonly TensorType[];
  readonly results: readonly TensorType[];
  /** For messages. */
  readonly origin: string | undefined;
}

/** Writes the primitive's nodes; answers one reference per result. */
export type FormulationOf<A> = (scope: Scope, site: Site<A>) => readonly Ref[];
export type Formulation<P extends PrimitiveName> = FormulationOf<PrimitiveAttrs[P]>;

export interface Refusal {
  /** Completes the sentence "TF.js cannot run <primitive>: …". */
  readonly refuse: string;
  readonly alternative?: string;
}

export type FormulationTable = { readonly [P in PrimitiveName]: Formulation<P> | Refusal };

export function isRefusal(entry: object): entry is Refusal {
  return "refuse" in entry;
}
