/** Prints a Program as text: one instruction a line, for snapshots, `inspect` and error reports. */

import { formatDims } from "./dims.js";
import { type Forest, forestShape } from "./forest.js";
import type { Instruction, Program } from "./program.js";
import { isBigIntData, isStringData, type Tensor } from "./tensor.js";
import { formatType } from "./types.js";

export function printProgram(program: Program): string {
  // The validator prints Programs that are not well formed.
  const type = (id: number) => {
    const known = program.types[id];
    return known === undefined ? "no type" : formatType(known);
  };
  const inputs = program.inputs.map((i) => `${i.name} %${i.value}: ${type(i.value)}`).join(", ");
  const lines = program.instructions.map((i) => {
    const results = i.results.map((r) => `%${r}: ${type(r)}`).join(", ");
    const args = i.args.map((a) => `%${a}`).join(", ");
    const origin = i.origin === undefined ? "" : `  // ${i.origin}`;
    return `  ${results} = ${i.op}(${args})${printAttrs(i)}${origin}`;
  });
  const outputs = program.outputs.map((o) => `${o.extra === true ? "extra " : ""}${o.name} %${o.value}`).join(", ");
  return [`program(${inputs})`, ...lines, `  return ${outputs}`, ""].join("\n");
}

function printAttrs(instruction: Instruction): string {
  const entries = Object.entries(instruction.attrs).flatMap(([key, value]) =>
    typeof value === "function" ? [] : [`${key}: ${printAttr(value)}`],
  );
  return entries.length === 0 ? "" : ` {${entries.join(", ")}}`;
}

function printAttr(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    if ("treeStart" in value) return printForest(value as Forest);
    if ("data" in value) return printTensor(value as Tensor);
    if (Array.isArray(value)) return value.every((d) => typeof d !== "object" || "N" in d) ? formatDims(value) : "[…]";
    if (ArrayBuffer.isView(value)) return `[${printSome(Array.from(value as Int32Array))}]`;
    if ("values" in value && Array.isArray(value.values)) return `[${printSome(value.values)}]`;
    if ("source" in value) return JSON.stringify(value.source);
    if ("columns" in value && typeof value.columns === "number") return `${value.columns} columns`;
    if ("N" in value) return formatDims([value as { N: number; plus: number }]).slice(1, -1);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, v]) => `${key}: ${printAttr(v)}`);
    return `{${entries.join(", ")}}`;
  }
  return typeof value === "string" ? (/^[\w.-]+$/.test(value) ? value : JSON.stringify(value)) : String(value);
}

function printForest(forest: Forest): string {
  const s = forestShape(forest);
  return `${s.trees} trees, ${s.nodes} nodes, depth ${s.depth}, ${forest.compare} compares, ${forest.sum} ${forest.aggregate}`;
}

function printTensor(t: Tensor): string {
  const values = isStringData(t.data)
    ? t.data.map((s) => JSON.stringify(s))
    : isBigIntData(t.data)
      ? [...t.data]
      : [...t.data];
  return printSome(values);
}

function printSome(values: readonly unknown[]): string {
  return values.length <= 8 ? values.join(", ") : `${values.slice(0, 6).join(", ")}, … ${values.length} values`;
}
