/**
 * What an operator compiler sees of a node in the source file, whatever the format: `NodeView`. Readers implement it; a
 * `read` function in compilers/ turns it into the operator's canonical attributes. Every attribute that a `read` function does
 * not touch is refused by the reader: nothing in a file is ignored in silence.
 */

import type { ModelNode, ModelOutput } from "./model.js";
import type { Tensor } from "./tensor.js";

/** A graph inside a node (a branch, a loop's body). Its nodes may read values of the graphs around it by name. */
export interface Subgraph {
  readonly inputs: readonly string[];
  readonly outputs: readonly ModelOutput[];
  readonly nodes: readonly ModelNode[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** Attributes of a source node. Without a fallback, an absent attribute is a ModelParseError; so is one of another type. */
export interface AttributeView {
  has(name: string): boolean;
  /** An integer that is exact as a number. */
  int(name: string, fallback?: number): number;
  float(name: string, fallback?: number): number;
  string(name: string, fallback?: string): string;
  ints(name: string, fallback?: readonly number[]): readonly number[];
  /** `ints` for lists as long as a forest has nodes. */
  intColumn(name: string, fallback?: ArrayLike<number>): Int32Array | Float64Array;
  /** 64-bit integers at full width (class labels, category codes). */
  int64s(name: string, fallback?: readonly bigint[]): readonly bigint[];
  /** float32 values. */
  floats(name: string, fallback?: ArrayLike<number>): Float32Array;
  strings(name: string, fallback?: readonly string[]): readonly string[];
  tensor(name: string): Tensor;
  graph(name: string): Subgraph;
  /** Marks an attribute as understood to have no influence on the numbers. */
  ignore(...names: readonly string[]): void;
}

export interface NodeView {
  readonly domain: string;
  readonly op: string;
  /** Version of the domain's operator set that the file imports. */
  readonly version: number;
  /** e.g. `node "scaler" (ai.onnx.ml:Scaler)`; opens every error message about the node. */
  readonly where: string;
  /** e.g. "onnx"; the format for a ModelParseError. */
  readonly format: string;
  readonly attrs: AttributeView;
  /** Number of inputs written in the file; an absent optional one in the middle counts. */
  readonly inputCount: number;
  readonly outputCount: number;
  hasInput(index: number): boolean;
  hasOutput(index: number): boolean;
  /** The input's value where it is a constant of the file. */
  constant(index: number): Tensor | undefined;
}

/** Reads a node from the first version `since` of its operator set on, until the next entry takes over. */
export interface SourceReader<A> {
  readonly since: number;
  read(node: NodeView): A;
}

/** By domain ("ai.onnx", "ai.onnx.ml", "com.microsoft", later "sklearn"), then by the operator's name there. */
export type SourceReaders<A> = {
  readonly [domain: string]: { readonly [op: string]: readonly SourceReader<A>[] };
};
