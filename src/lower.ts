/** Model → Program: every operator of the file writes its instructions; forests stay whole. */

import { deferNodes } from "./defer.js";
import { DataDependentError, ModelParseError, UnsupportedError } from "./errors.js";
import { createBuilder } from "./ir/builder.js";
import type { Model, ModelNode, ModelOutput } from "./ir/model.js";
import type { OutputRole, Program, ProgramOutput, ValueId } from "./ir/program.js";
import { rowWise } from "./ir/rows.js";
import { formatType, logicalDType, type TensorType, typeOf } from "./ir/types.js";
import { createScope, type Lowering, lowerNode } from "./lower-nodes.js";
import { fuseDistances } from "./passes/fuse-distances.js";
import { separateRows } from "./passes/separate-rows.js";

/**
 * Lowers a model. The Program has the file's outputs by their names and, as extra outputs, the raw scores and leaf indices
 * where exactly one forest gives them. Throws UnsupportedError or ModelParseError naming the node.
 */
export function lowerModel(model: Model): Program {
  const build = createBuilder();
  const scope = createScope(build, model.constants);
  for (const input of model.inputs) scope.set(input.name, build.input(input.name, typeOf(input.dtype, input.shape)));
  const marks = new Map<"rawScore" | "leafIndices", ValueId[]>();
  const lowering: Lowering = {
    format: model.format,
    eager: false,
    mark: (role, value) => marks.set(role, [...(marks.get(role) ?? []), value]),
    sequences: new Map(),
  };

  // Nodes that need the data, and those that depend on them.
  const late: ModelNode[] = [];
  const lateNames = new Set<string>();
  let cause: DataDependentError | undefined;
  for (const node of model.nodes) {
    if (!readsAny(node, lateNames)) {
      const error = lowerOrDefer(() => lowerNode(build, node, scope, lowering));
      if (error === undefined) continue;
      cause ??= error;
    }
    late.push(node);
    for (const name of node.outputs) if (name !== undefined) lateNames.add(name);
  }
  build.setOrigin(undefined);
  if (cause !== undefined) deferNodes(build, model, late, scope, lowering, cause);

  const valueNamed = (name: string): ValueId => {
    const value = scope.find(name);
    if (value !== undefined) return value;
    throw new ModelParseError(model.format, `output "${name}"`, `input "${name}" is computed by no node`);
  };
  // A sequence leaves as one output for each of its elements.
  const named = model.outputs.flatMap((declared): { readonly declared: ModelOutput; readonly value: ValueId }[] => {
    const value = valueNamed(declared.name);
    const elements = lowering.sequences.get(value);
    if (elements === undefined) return [{ declared, value }];
    return elements.map((element, i) => ({ declared: { name: `${declared.name}[${i}]` }, value: element }));
  });
  const types = named.map((o) => build.type(o.value));
  const outputs = named.map(({ declared, value }, i): ProgramOutput => {
    checkDeclared(model, declared, types[i]!);
    return { name: declared.name, value, role: declared.role ?? guessRole(types, i) };
  });
  for (const [role, found] of marks) {
    if (found.length === 1) outputs.push({ name: `@${role}`, value: found[0]!, role, extra: true });
  }
  const program = fuseDistances(separateRows(build.finish(outputs)));
  if (model.inputs.some((i) => i.oneRow === true)) requireRowByRow(program);
  return program;
}

/** A file for one row means each row by itself; where its operators would mix the rows of a larger batch, it is refused. */
function requireRowByRow(program: Program): void {
  const kind = rowWise(program);
  if (kind.rowWise) return;
  const place = kind.mixing[0]?.origin ?? "model";
  throw new UnsupportedError(
    place,
    "the file declares a batch of one row, and this node would mix the rows of a larger one",
    "export the model with an open batch dimension",
  );
}

/** The error of a lowering that needs the data; undefined where it has done its work. */
function lowerOrDefer(work: () => void): DataDependentError | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof DataDependentError) return error;
    throw error;
  }
  return undefined;
}

function readsAny({ inputs, captures }: ModelNode, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  return [...inputs, ...(captures ?? [])].some((name) => name !== undefined && names.has(name));
}

function checkDeclared(model: Model, declared: ModelOutput, type: TensorType): void {
  const got = logicalDType(type);
  if (declared.dtype === undefined || declared.dtype === got) return;
  throw new ModelParseError(
    model.format,
    `output "${declared.name}"`,
    `the file declares ${declared.dtype}, but its graph gives ${formatType(type)}`,
  );
}

/** Integers or strings beside another output are labels; floats beside labels are probabilities; a lone output is a value. */
function guessRole(types: readonly TensorType[], index: number): OutputRole {
  const discrete = (t: TensorType) => t.dictionary !== undefined || t.dtype === "int64" || t.dtype === "string";
  if (types[index]!.dictionary !== undefined) return "label";
  if (types.length === 1) return "values";
  if (discrete(types[index]!)) return "label";
  return types.some(discrete) ? "probabilities" : "values";
}
