/**
 * Generates the decoder of ONNX files, src/readers/onnx/generated/onnx-ml.{js,d.ts}, from the copy of ONNX's schema beside it
 * (onnx-ml.proto of onnx 1.23.2, IR version 14). `node scripts/generate-onnx-proto.mjs` writes both files; with `--check` it
 * only compares them with what it would write, and exits with 1 where they differ.
 *
 * The decoder is protobufjs's static code, decoding only, over a schema that is narrowed without a change on the wire:
 * - messages that calypte never looks into (see `opaque`) are read as their bytes, so that their presence can still be refused;
 * - enums are read as int32: protobufjs drops an unknown value of a proto2 enum, and here nothing may be dropped in silence.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import protobuf from "protobufjs";
import pbjs from "protobufjs-cli/pbjs.js";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "readers", "onnx", "generated");

/** Messages whose content no reader needs; only that they are there. */
const opaque = new Set([
  "DeviceConfigurationProto",
  "NodeDeviceConfigurationProto",
  "SparseTensorProto",
  "TensorAnnotation",
  "TrainingInfoProto",
  "TensorProto.Segment",
  "TypeProto.Map",
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

const scalarTypes = {
  string: "string",
  bytes: "Uint8Array",
  float: "number",
  double: "number",
  int32: "number",
  int64: "Int64",
  uint64: "Int64",
};

/** Declarations of the decoded messages: absent singular fields are null, absent repeated ones empty. */
function declarations(root) {
  const interfaceName = (type) => type.fullName.replace(/^\.onnx\./, "").replaceAll(".", "_");
  const fieldLine = (field) => {
    const type = field.resolvedType === null ? scalarTypes[field.type] : interfaceName(field.resolvedType);
    if (type === undefined) throw new Error(`no TypeScript type for ${field.fullName}: ${field.type}`);
    return `  readonly ${field.name}: ${field.repeated ? `readonly ${type}[]` : `${type} | null`};`;
  };
  const messages = [];
  const collect = (scope) => {
    for (const item of scope.nestedArray) {
      messages.push(`export interface ${interfaceName(item)} {\n${item.fieldsArray.map(fieldLine).join("\n")}\n}\n`);
      collect(item);
    }
  };
  collect(root.lookup("onnx"));
  return `${messages.join("\n")}
export declare const onnx: {
  readonly ModelProto: {
    /**
     * Takes a subclass of protobufjs's Reader whose 64-bit integers are Int64. Throws that reader's own errors on malformed
     * bytes; its position tells where.
     */
    decode(reader: { readonly pos: number }): ModelProto;
  };
};
`;
}

async function generate() {
  const source = readFileSync(join(folder, "onnx-ml.proto"), "utf8");
  const root = narrowedSchema(source);
  // Through JSON, so that pbjs sees the narrowed schema as if it had been written so.
  const narrowed = protobuf.Root.fromJSON(root.toJSON({ keepComments: false }));
  narrowed.resolveAll();
  const code = await promisify(pbjs.generate)(narrowed, {
    target: "static-module",
    wrap: "esm",
    es6: true,
    root: "calypte-onnx",
    "null-defaults": true,
    create: false,
    encode: false,
    verify: false,
    convert: false,
    delimited: false,
    typeurl: false,
    service: false,
    comments: false,
    beautify: true,
    decode: true,
    lint: "",
  });
  const header = "// Generated from onnx-ml.proto by scripts/generate-onnx-proto.mjs; do not edit.\n";
  return {
    "onnx-ml.js": `${header}${code.replace(/^\/\*eslint-disable.*\*\/\n/, "").trimEnd()}\n`,
    "onnx-ml.d.ts": `${header}
/** A 64-bit integer: a number where that is exact, else a bigint; see decode.ts. */
export type Int64 = number | bigint;

${declarations(narrowed)}`,
  };
}

const check = process.argv.includes("--check");
let stale = false;
for (const [name, text] of Object.entries(await generate())) {
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
