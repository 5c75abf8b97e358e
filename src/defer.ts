/**
 * Nodes that cannot be lowered before the data is there (a shape, a condition or a number of rounds is computed from it) become one
 * instruction, `deferred`: when it runs, they are lowered again with every value known, which computes them. So whatever depends on
 * data has one implementation, that of the primitives, and needs no shape rules of its own.
 */

import { type DataDependentError, DataError, InternalError } from "./errors.js";
import { type Builder, createBuilder } from "./ir/builder.js";
import type { Model, ModelNode } from "./ir/model.js";
import type { ValueId } from "./ir/program.js";
import { numbersOf, strings, type Tensor, zeros } from "./ir/tensor.js";
import { type Dictionary, type TensorType, typeOf } from "./ir/types.js";
import { createScope, type Lowering, lowerNode, newSequence, type Scope } from "./lower-nodes.js";

/** A name that the nodes read: the places of its tensors among the instruction's arguments; several for a sequence. */
interface Read {
  readonly name: string;
  readonly places: readonly number[];
  readonly sequence: boolean;
}

/**
 * Emits the instruction and puts the model's outputs that `nodes` give into the scope. Throws `cause` where one of those has no
 * declared element type.
 */
export function deferNodes(
  build: Builder,
  model: Model,
  nodes: readonly ModelNode[],
  scope: Scope,
  lowering: Lowering,
  cause: DataDependentError,
): void {
  const given = new Set(nodes.flatMap(({ outputs }) => outputs));
  const outputs = model.outputs.filter(({ name }) => given.has(name));
  const results = outputs.map(({ dtype, shape }): TensorType => {
    if (dtype === undefined) throw cause;
    return typeOf(dtype, shape ?? ["?"]);
  });

  const args: ValueId[] = [];
  const reads: Read[] = [];
  for (const name of new Set(nodes.flatMap(({ inputs, captures }) => [...inputs, ...(captures ?? [])]))) {
    if (name === undefined || given.has(name) || model.constants.has(name)) continue;
    const value = scope.find(name);
    // A name that a subgraph gives itself.
    if (value === undefined) continue;
    const elements = lowering.sequences.get(value);
    const values = elements ?? [value];
    reads.push({ name, places: values.map((_, i) => args.length + i), sequence: elements !== undefined });
    args.push(...values);
  }
  const types = args.map(build.type);

  const run = (tensors: readonly Tensor[]): readonly Tensor[] => {
    const eager = createBuilder({ eager: true });
    const now: Lowering = { format: model.format, eager: true, mark: () => undefined, sequences: new Map() };
    const values = createScope(eager, model.constants);
    for (const { name, places, sequence } of reads) {
      const found = places.map((place) => {
        const tensor = tensors[place];
        if (tensor === undefined) throw new InternalError(`deferred: ${name} has no value`);
        return eager.constant(tensor, types[place]?.dictionary);
      });
      values.set(name, sequence ? newSequence(now, found) : (found[0] ?? 0));
    }
    for (const node of nodes) lowerNode(eager, node, values, now);
    return outputs.map(({ name, dtype }) => {
      const value = values.find(name);
      const tensor = value === undefined || now.sequences.has(value) ? undefined : eager.constantOf(value);
      if (value === undefined || tensor === undefined) throw new InternalError(`deferred: output ${name} has no value`);
      const answer = decoded(tensor, eager.type(value).dictionary);
      if (answer.dtype === dtype) return answer;
      throw new DataError(`output "${name}": the file declares ${dtype}, but its graph gave ${answer.dtype}`);
    });
  };
  build.setOrigin(nodes[0]?.where);
  const values = build.emit("deferred", args, { run, results, reason: cause.message });
  build.setOrigin(undefined);
  for (const [i, { name }] of outputs.entries()) scope.set(name, values[i]!);
}

/** Codes as the labels that they stand for. */
function decoded(codes: Tensor, dictionary: Dictionary | undefined): Tensor {
  if (dictionary === undefined) return codes;
  const { values } = dictionary;
  if (dictionary.dtype === "string") {
    return strings(
      Array.from(numbersOf(codes.data), (code) => dictionary.values[code] ?? ""),
      codes.shape,
    );
  }
  const result: Tensor = zeros(dictionary.dtype, codes.shape);
  const cells: { [index: number]: unknown } = result.data;
  for (let i = 0; i < codes.data.length; i++) {
    const value = values[Number(codes.data[i])];
    cells[i] = typeof value === "boolean" ? Number(value) : value;
  }
  return result;
}
