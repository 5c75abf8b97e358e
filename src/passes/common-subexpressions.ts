/** A pass that computes equal things once: instructions of the same primitive, arguments and attributes become one. */

import type { Program, ValueId } from "../ir/program.js";
import type { Tensor } from "../ir/tensor.js";
import { rewrite } from "./rewrite.js";

export function shareCommonSubexpressions(program: Program): Program {
  const seen = new Map<string, readonly ValueId[]>();
  const identity = identities();
  return rewrite(program, (build, instruction, args) => {
    const key = `${instruction.op}(${args}) ${attrsKey(instruction.attrs, identity)}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    const results =
      instruction.op === "constant"
        ? [build.constant(instruction.attrs.tensor, instruction.attrs.dictionary)]
        : build.emit(instruction.op, args, instruction.attrs);
    seen.set(key, results);
    return results;
  });
}

/** Small plain attributes by content, forests and large tensors by identity. */
function attrsKey(attrs: object, identity: (value: object) => number): string {
  return JSON.stringify(attrs, (_key, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
      return `#${Object.is(value, -0) ? "-0" : value}`;
    if (typeof value === "function") return `function ${identity(value)}`;
    if (typeof value !== "object" || value === null) return value;
    if ("treeStart" in value) return `forest ${identity(value)}`;
    if ("data" in value && "dtype" in value) return tensorKey(value as Tensor, identity);
    // Compiled things (expressions, tables of n-grams) hide what they are.
    if (!isPlain(value) && !ArrayBuffer.isView(value)) return `object ${identity(value)}`;
    if (ArrayBuffer.isView(value)) return tensorKey({ dtype: "int32", shape: [], data: value as Int32Array }, identity);
    return value;
  });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}

function tensorKey(t: Tensor, identity: (value: object) => number): string {
  if (t.data.length > 4096) return `${t.dtype}[${t.shape}] @${identity(t.data)}`;
  const values = Array.from<unknown, string>(t.data, (v) =>
    Object.is(v, -0)
      ? "-0"
      : JSON.stringify(v, (_k, x) =>
          typeof x === "bigint" ? `${x}n` : Number.isNaN(x) || x === Infinity || x === -Infinity ? `#${x}` : x,
        ),
  );
  return `${t.dtype}[${t.shape}] ${values.join(",")}`;
}

function identities(): (value: object) => number {
  const ids = new Map<object, number>();
  return (value) => {
    const id = ids.get(value) ?? ids.size;
    ids.set(value, id);
    return id;
  };
}
