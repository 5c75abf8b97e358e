/**
 * Inputs and outputs of the graph: element types, and shapes in terms of the batch size N.
 *
 * Source: onnx-ml.proto, TypeProto and TensorShapeProto. Which dimension counts rows is not in the file: it is the first one where
 * that is open (0 and 1 are taken so), and every dimension that bears the same symbol.
 */

import { UnsupportedError } from "../../errors.js";
import { type Dim, N } from "../../ir/dims.js";
import type { ModelInput, ModelOutput } from "../../ir/model.js";
import type { OutputRole } from "../../ir/program.js";
import type { TensorShapeProto, TypeProto } from "./generated/onnx-ml.js";
import type { NamedValue } from "./graph.js";
import { quote } from "./names.js";
import { checkRank, dtypeOf, readDim } from "./tensors.js";

/** What the names that exporters use say about an output; the others are left to the lowering. */
const roles: ReadonlyMap<string, OutputRole> = new Map<string, OutputRole>([
  ["label", "label"],
  ["output_label", "label"],
  ["probabilities", "probabilities"],
  ["output_probability", "probabilities"],
  ["scores", "decision"],
  ["score_samples", "scoreSamples"],
]);

/** A declared dimension: a number, a symbol, or open. */
type Declared = number | { readonly symbol: string } | undefined;

interface DeclaredInput {
  readonly value: NamedValue;
  readonly where: string;
  readonly elementType: number | null;
  readonly dims: readonly Declared[];
  /** Column names of a map. */
  readonly vocabulary?: readonly string[];
}

/**
 * Inputs and outputs as a Model has them; `vocabulary` names the columns of a map. Throws UnsupportedError for inputs that are no tensors or have no declared shape. Outputs
 * that are no tensors (ZipMap's) are left without a type; their lowering gives one.
 */
export function readValues(
  inputs: readonly NamedValue[],
  outputs: readonly NamedValue[],
  vocabulary: (input: string) => readonly string[],
): { readonly inputs: readonly ModelInput[]; readonly outputs: readonly ModelOutput[] } {
  const declared = inputs.map((input) => readInput(input, vocabulary));
  const firsts = declared.map(({ dims }) => dims[0]);
  const batchSymbols = new Set(firsts.flatMap((dim) => (typeof dim === "object" ? [dim.symbol] : [])));
  const toDim = (dim: Declared): Dim => {
    if (typeof dim === "number") return dim;
    return dim !== undefined && batchSymbols.has(dim.symbol) ? N : "?";
  };
  const isOpenBatch = (dim: Declared, axis: number): boolean => axis === 0 && (typeof dim !== "number" || dim <= 1);
  // A file traced with one row says 1 wherever it means the batch.
  const tracedWithOneRow = firsts.includes(1);
  return {
    inputs: declared.map(({ value, where, elementType, dims, vocabulary: columns }) => ({
      name: value.name,
      dtype: dtypeOf(elementType, where),
      shape: dims.map((dim, axis) => (isOpenBatch(dim, axis) ? N : toDim(dim))),
      ...(dims[0] === 1 ? { oneRow: true } : {}),
      ...(columns === undefined ? {} : { columns, sparse: true as const }),
    })),
    outputs: readOutputs(outputs, toDim, tracedWithOneRow),
  };
}

/** Outputs of a graph, or of a subgraph, whose open dimensions are unknown. */
export function readOutputs(
  outputs: readonly NamedValue[],
  toDim: (dim: Declared) => Dim = (dim) => (typeof dim === "number" ? dim : "?"),
  tracedWithOneRow = false,
): readonly ModelOutput[] {
  return outputs.map(({ name, type }): ModelOutput => {
    const where = `output ${quote(name)}`;
    const role = roles.get(name);
    const { elem_type: elementType = null, shape = null } = type?.tensor_type ?? {};
    const dims = shape === null ? undefined : declaredDims(shape, where);
    return {
      name,
      ...(role === undefined ? {} : { role }),
      ...(elementType === null || elementType === 0 ? {} : { dtype: dtypeOf(elementType, where) }),
      ...(dims === undefined ? {} : { shape: dims.map((dim) => (tracedWithOneRow && dim === 1 ? "?" : toDim(dim))) }),
    };
  });
}

function readInput(value: NamedValue, vocabulary: (input: string) => readonly string[]): DeclaredInput {
  const where = `input ${quote(value.name)}`;
  const map = value.type?.map_type ?? null;
  if (map !== null) {
    const columns = vocabulary(value.name);
    const elementType = map.value_type?.tensor_type?.elem_type ?? null;
    return { value, where, elementType, dims: [undefined, columns.length], vocabulary: columns };
  }
  const tensor = value.type?.tensor_type ?? null;
  if (tensor === null) {
    throw new UnsupportedError(
      where,
      `it is ${kindOf(value.type)}, expected a tensor`,
      "export the model with tensor inputs",
    );
  }
  if (tensor.shape === null) {
    throw new UnsupportedError(
      where,
      "its shape is not declared",
      "export the model with the number of columns declared",
    );
  }
  return { value, where, elementType: tensor.elem_type, dims: declaredDims(tensor.shape, where) };
}

function kindOf(type: TypeProto | null): string {
  if (type === null) return "of no declared type";
  if (type.sequence_type !== null) return "a sequence";
  if (type.optional_type !== null) return "an optional value";
  if (type.sparse_tensor_type !== null) return "a sparse tensor";
  return type.opaque_type === null ? "of no declared type" : "an opaque value";
}

/** Throws ModelParseError for dimensions that no tensor has. */
function declaredDims(shape: TensorShapeProto, where: string): readonly Declared[] {
  checkRank(shape.dim.length, where);
  return shape.dim.map(({ dim_value: value, dim_param: symbol }) => {
    if (value === null) return symbol === null || symbol === "" ? undefined : { symbol };
    // Old exporters write -1, as numpy does, for a dimension that is open.
    return value === -1 ? undefined : readDim(value, where);
  });
}
