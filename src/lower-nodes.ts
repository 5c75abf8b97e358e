/**
 * Lowers the nodes of a graph in a scope of named values: what `lower.ts` does for a model, and operators with subgraphs for their
 * bodies. Sequences are lists of values that exist only here.
 */

import { InternalError, ModelParseError, ShapeError, UnsupportedError } from "./errors.js";
import type { Builder } from "./ir/builder.js";
import { dictionaryTensor } from "./ir/dictionary-tensor.js";
import type { ModelNode } from "./ir/model.js";
import type { CompileContext } from "./ir/operator.js";
import type { ValueId } from "./ir/program.js";
import type { Subgraph } from "./ir/sources.js";
import type { Tensor } from "./ir/tensor.js";

/** Values by name; a subgraph's scope asks the one around it for what it does not hold. */
export interface Scope {
  find(name: string): ValueId | undefined;
  set(name: string, value: ValueId): void;
}

/** What the graphs of one model share while they are lowered. */
export interface Lowering {
  readonly format: string;
  readonly eager: boolean;
  mark(role: "rawScore" | "leafIndices", value: ValueId): void;
  /** The lists that sequences stand for; a handle is a negative number, which no builder knows. */
  readonly sequences: Map<ValueId, readonly ValueId[]>;
}

export function createScope(
  build: Builder,
  constants: ReadonlyMap<string, Tensor>,
  around?: Pick<Scope, "find">,
): Scope {
  const values = new Map<string, ValueId>();
  return {
    find(name) {
      const known = values.get(name);
      if (known !== undefined) return known;
      const constant = constants.get(name);
      if (constant === undefined) return around?.find(name);
      const value = build.constant(constant);
      values.set(name, value);
      return value;
    },
    set: (name, value) => void values.set(name, value),
  };
}

/** A new sequence; see `CompileContext.sequence`. */
export function newSequence({ sequences }: Lowering, values: readonly ValueId[]): ValueId {
  const handle = -1 - sequences.size;
  sequences.set(handle, values);
  return handle;
}

/** Lowers one node and puts its outputs into the scope. Errors name the node. */
export function lowerNode(build: Builder, node: ModelNode, scope: Scope, lowering: Lowering): void {
  const { where, operator } = node;
  build.setOrigin(where);
  const inputs = node.inputs.map((name) => {
    if (name === undefined) return undefined;
    const value = scope.find(name);
    if (value === undefined) {
      throw new ModelParseError(lowering.format, where, `input "${name}" is computed by no node`);
    }
    if (lowering.sequences.has(value)) {
      if (operator.sequences === "take") return value;
      throw new UnsupportedError(
        where,
        "needs a tensor, but its input is a sequence",
        "take its elements with SequenceAt",
      );
    }
    return operator.labels === "keep" ? value : decodeLabels(build, value, where);
  });
  const ctx: CompileContext = {
    build,
    where,
    eager: lowering.eager,
    mark: lowering.mark,
    inline: (subgraph, given, inner = build) => {
      const results = lowerSubgraph(inner, subgraph, given, scope, lowering, where);
      build.setOrigin(where);
      return results;
    },
    sequence: (values) => newSequence(lowering, values),
    elementsOf: (value) => lowering.sequences.get(value),
  };
  const results = placed(lowering.format, where, () => operator.compile(ctx, inputs));
  for (const [i, name] of node.outputs.entries()) {
    if (name === undefined) continue;
    const value = results[i];
    if (value === undefined) throw new UnsupportedError(where, `output ${i} ("${name}") is not computed`);
    scope.set(name, value);
  }
}

function lowerSubgraph(
  build: Builder,
  subgraph: Subgraph,
  inputs: readonly ValueId[],
  around: Scope,
  lowering: Lowering,
  where: string,
): readonly ValueId[] {
  if (inputs.length !== subgraph.inputs.length) {
    throw new ShapeError(`its subgraph takes ${subgraph.inputs.length} inputs, but ${inputs.length} are given`);
  }
  const scope = createScope(build, subgraph.constants, around);
  for (const [i, name] of subgraph.inputs.entries()) {
    const value = inputs[i];
    if (value === undefined) throw new InternalError(`${where}: input ${name} of the subgraph has no value`);
    scope.set(name, value);
  }
  for (const node of subgraph.nodes) lowerNode(build, node, scope, lowering);
  return subgraph.outputs.map(({ name }) => {
    const value = scope.find(name);
    if (value === undefined)
      throw new ModelParseError(lowering.format, where, `output "${name}" is computed by no node`);
    return value;
  });
}

/** Puts the node's name before shape errors that arise inside its lowering. */
function placed<T>(format: string, where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ShapeError) {
      const message = error.message.startsWith(`${where}: `) ? error.message.slice(where.length + 2) : error.message;
      throw new ModelParseError(format, where, message, { cause: error });
    }
    throw error;
  }
}

/** Encoded numbers become numbers again; strings have no numeric form. */
function decodeLabels(build: Builder, value: ValueId, where: string): ValueId {
  const { dictionary } = build.type(value);
  if (dictionary === undefined) return value;
  if (dictionary.dtype === "string") {
    throw new UnsupportedError(where, "needs numbers, but its input holds strings", "encode them as numbers first");
  }
  return build.op("gather", [build.constant(dictionaryTensor(dictionary)), value], { axis: 0 });
}
