/**
 * What a row of the emitter's table is: how one primitive is written in operators of ONNX's default domain, or why it cannot be.
 */

import type { PrimitiveAttrs, PrimitiveName } from "../../ir/primitive.js";
import type { TensorType } from "../../ir/types.js";
import type { Range } from "../ranges.js";
import type { Graph, Ref } from "./graph.js";

/** What every formulation may use: the graph, and the batch size. */
export interface Scope {
  readonly graph: Graph;
  /** int64 [1]: the batch size N. */
  rowCount(): Ref;
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
  readonly origin: string;
}

/** Writes the primitive's nodes; answers one reference per result. */
export type FormulationOf<A> = (scope: Scope, site: Site<A>) => readonly Ref[];
export type Formulation<P extends PrimitiveName> = FormulationOf<PrimitiveAttrs[P]>;

export interface Refusal {
  /** Completes the sentence "plain ONNX operators cannot express <primitive>: …". */
  readonly refuse: string;
}

export type FormulationTable = { readonly [P in PrimitiveName]: Formulation<P> | Refusal };

export function isRefusal(entry: object): entry is Refusal {
  return "refuse" in entry;
}
