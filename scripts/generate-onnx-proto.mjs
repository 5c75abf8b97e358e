/**
 * Generates the schema of ONNX files that the reader decodes by, src/readers/onnx/generated/onnx-ml.ts, from the copy of ONNX's own
 * beside it (onnx-ml.proto of onnx 1.23.2, IR version 14). `node scripts/generate-onnx-proto.mjs` writes the file; with `--check`
 * it only compares the file with what it would write, and exits with 1 where they differ.
 *
 * The schema is narrowed without a change on the wire:
 * - messages that calypte never looks into (see `opaque`) are read as their bytes, so that their presence can still be refused;
 * - enums are read as int32, so that an unknown value can be refused too.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "readers", "onnx", "generated");

/** Messages whose content no reader needs; only that they are there. */
const opaque = new Set([
  "DeviceConfigurationProto",
  "NodeDeviceConfigurationProto",
  "SparseTensorProto",
  "TensorAnnotation",
  "TrainingInfoProto",
  "TensorProto.Segment",
  "TypeProto.Opaque",
  "TypeProto.Optional",
  "TypeProto.Sequence",
  "TypeProto.SparseTensor",
]);

/** The schema with enums as int32 and opaque messages as bytes, holding only what a ModelProto can reach. */
function narrowedSchema(source) {
  const { root } = protobuf.parse(source, new protobuf.Root(), { keepCase: true });
  root.resolveAll();
  const nameOf = (type) => type.fullName.replace(/^\.onnx\./, "");
  const reached = new Set();
  const visit = (type) => {
    if (reached.has(nameOf(type))) return;
    reached.add(nameOf(type));
    for (const field of type.fieldsArray) {
      const target = field.resolvedType;
      if (target instanceof protobuf.Enum) retype(field, "int32");
      else if (target instanceof protobuf.Type && opaque.has(nameOf(target))) retype(field, "bytes");
      else if (target instanceof protobuf.Type) visit(target);
    }
  };
  visit(root.lookupType("onnx.ModelProto"));
  const prune = (scope) => {
    for (const item of scope.nestedArray) {
      if (item instanceof protobuf.Type && reached.has(nameOf(item))) prune(item);
      else scope.remove(item);
    }
  };
  prune(root.lookup("onnx"));
  return root;
}

function retype(field, type) {
  field.type = type;
  field.resolvedType = null;
  delete field.options?.default;
  field.defaultValue = null;
}

/** By scalar of the schema: the TypeScript type of one value, and of a list of them where that is no list of values. */
const scalarTypes = {
  string: ["string"],
  bytes: ["Uint8Array"],
  float: ["number", "Float32Array"],
  double: ["number", "Float64Array"],
  int32: ["number", "ArrayLike<number>"],
  int64: ["Int64", "ArrayLike<Int64>"],
  uint64: ["Int64", "ArrayLike<Int64>"],
};

const interfaceName = (type) => type.fullName.replace(/^\.onnx\./, "").replaceAll(".", "_");

/** The message's interface: absent singular fields are null, absent repeated ones empty. */
function declaration(type) {
  const line = (field) => {
    const [one, many] =
      field.resolvedType === null ? (scalarTypes[field.type] ?? []) : [interfaceName(field.resolvedType)];
    if (one === undefined) throw new Error(`no TypeScript type for ${field.fullName}: ${field.type}`);
    return `  readonly ${field.name}: ${field.repeated ? (many ?? `readonly ${one}[]`) : `${one} | null`};`;
  };
  return `export interface ${interfaceName(type)} {\n${type.fieldsArray.map(line).join("\n")}\n}\n`;
}

/** The message's row of the schema. */
function fieldsOf(type) {
  const line = (field) => {
    const kind = field.resolvedType === null ? field.type : interfaceName(field.resolvedType);
    return `    ${field.id}: ["${field.name}", "${kind}"${field.repeated ? ", true" : ""}],`;
  };
  return `  ${interfaceName(type)}: {\n${type.fieldsArray.map(line).join("\n")}\n  },`;
}

function generate() {
  const root = narrowedSchema(readFileSync(join(folder, "onnx-ml.proto"), "utf8"));
  const messages = [];
  const collect = (scope) => {
    for (const item of scope.nestedArray) {
      messages.push(item);
      collect(item);
    }
  };
  collect(root.lookup("onnx"));
  return {
    "onnx-ml.ts": `// Generated from onnx-ml.proto by scripts/generate-onnx-proto.mjs; do not edit.

/** A 64-bit integer: a number where that is exact, else a bigint. */
export type Int64 = number | bigint;

export type Scalar = ${Object.keys(scalarTypes)
      .map((name) => `"${name}"`)
      .join(" | ")};

export interface Messages {
${messages.map((type) => `  readonly ${interfaceName(type)}: ${interfaceName(type)};`).join("\n")}
}

/** A field's name, what it holds, and whether it may repeat. */
export type Field = readonly [name: string, holds: Scalar | keyof Messages, repeated?: true];

/** The fields of each message by their number. */
export const schema: { readonly [M in keyof Messages]: { readonly [number: number]: Field } } = {
${messages.map(fieldsOf).join("\n")}
};

${messages.map(declaration).join("\n")}`,
  };
}

const check = process.argv.includes("--check");
let stale = false;
for (const [name, text] of Object.entries(generate())) {
  const path = join(folder, name);
  if (!check) {
    writeFileSync(path, text);
    continue;
  }
  let found = "";
  try {
    found = readFileSync(path, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  if (found !== text) {
    stale = true;
    console.error(`${path} is stale: run node scripts/generate-onnx-proto.mjs`);
  }
}
if (stale) process.exitCode = 1;
