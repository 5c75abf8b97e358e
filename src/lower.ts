/** Model → Program: every operator of the file writes its instructions; forests stay whole. */

import { ModelParseError, ShapeError, UnsupportedError } from "./errors.js";
import { type Builder, createBuilder } from "./ir/builder.js";
import type { Model, ModelOutput } from "./ir/model.js";
import type { OutputRole, Program, ProgramOutput, ValueId } from "./ir/program.js";
import { rowWise } from "./ir/rows.js";
import { bool, float32, float64, int64, type Tensor } from "./ir/tensor.js";
import { type Dictionary, formatType, logicalDType, type TensorType, typeOf } from "./ir/types.js";

/**
 * Lowers a model. The Program has the file's outputs by their names and, as extra outputs, the raw scores and leaf indices
 * where exactly one forest gives them. Throws UnsupportedError or ModelParseError naming the node.
 */
export function lowerModel(model: Model): Program {
  const build = createBuilder();
  const values = new Map<string, ValueId>();
  for (const input of model.inputs) values.set(input.name, build.input(input.name, typeOf(input.dtype, input.shape)));
  const valueNamed = (name: string, where: string): ValueId => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const constant = model.constants.get(name);
    if (constant === undefined)
      throw new ModelParseError(model.format, where, `input "${name}" is computed by no node`);
    const value = build.constant(constant);
    values.set(name, value);
    return value;
  };

  const marks = new Map<"rawScore" | "leafIndices", ValueId[]>();
  for (const node of model.nodes) {
    build.setOrigin(node.where);
    const inputs = node.inputs.map((name) => {
      if (name === undefined) return undefined;
      const value = valueNamed(name, node.where);
      return node.operator.labels === "keep" ? value : decodeLabels(build, value, node.where);
    });
    const ctx = {
      build,
      where: node.where,
      mark: (role: "rawScore" | "leafIndices", value: ValueId) => marks.set(role, [...(marks.get(role) ?? []), value]),
    };
    const results = placed(model.format, node.where, () => node.operator.compile(ctx, inputs));
    for (const [i, name] of node.outputs.entries()) {
      const value = results[i];
      if (name === undefined) continue;
      if (value === undefined) throw new UnsupportedError(node.where, `output ${i} ("${name}") is not computed`);
      values.set(name, value);
    }
  }
  build.setOrigin(undefined);

  const named = model.outputs.map((o) => ({ declared: o, value: valueNamed(o.name, `output "${o.name}"`) }));
  const types = named.map((o) => build.type(o.value));
  const outputs = named.map(({ declared, value }, i): ProgramOutput => {
    checkDeclared(model, declared, types[i]!);
    return { name: declared.name, value, role: declared.role ?? guessRole(types, i) };
  });
  for (const [role, found] of marks) {
    if (found.length === 1) outputs.push({ name: `@${role}`, value: found[0]!, role, extra: true });
  }
  const program = build.finish(outputs);
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

function dictionaryTensor(dictionary: Exclude<Dictionary, { dtype: "string" }>): Tensor {
  switch (dictionary.dtype) {
    case "int64":
      return int64(dictionary.values);
    case "bool":
      return bool(dictionary.values);
    case "float32":
      return float32(dictionary.values);
    case "float64":
      return float64(dictionary.values);
  }
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
