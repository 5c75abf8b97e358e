/**
 * Which version of which operator set a file means, and which compiler reads a node of it.
 *
 * Source: ONNX IR specification (docs/IR.md, "Operator Sets") and docs/Versioning.md: a node means the newest version of its
 * operator that is not newer than the imported set.
 */

import { InternalError, UnsupportedError } from "../../errors.js";
import type { RegisteredOperator, RegisteredReader } from "../../ir/operator.js";
import type { ModelProto, NodeProto } from "./generated/onnx-ml.js";
import { malformed, operatorName, quote } from "./names.js";
import { refusalOf } from "./refused-operators.js";

/** The newest operator sets whose changes are known (onnx 1.23.2). A newer one may have changed any operator. */
export const newestKnown: ReadonlyMap<string, number> = new Map([
  ["ai.onnx", 28],
  ["ai.onnx.ml", 5],
  ["com.microsoft", 1],
]);

/** Both spellings of ONNX's own domain become "ai.onnx". */
export function domainOf(domain: string | null): string {
  return domain === null || domain === "" ? "ai.onnx" : domain;
}

/**
 * Versions by domain. A domain may stand several times with the same version; with different ones it is refused, since the version
 * decides what the operators mean.
 */
export function readOpsets(model: Pick<ModelProto, "opset_import">): ReadonlyMap<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain: written, version } of model.opset_import) {
    const domain = domainOf(written);
    const place = `opset_import ${quote(domain)}`;
    if (typeof version !== "number" || version < 1 || version >= 2 ** 31) {
      throw malformed(place, `its version is ${version ?? "missing"}, expected a positive integer`);
    }
    const other = opsets.get(domain);
    if (other !== undefined && other !== version) {
      throw malformed(place, `it is imported with versions ${other} and ${version}, expected one`);
    }
    opsets.set(domain, version);
  }
  return opsets;
}

/** The imported version of a node's domain. Files older than the rule leave out ai.onnx.ml; version 1 is meant. */
export function versionFor(opsets: ReadonlyMap<string, number>, domain: string, where: string): number {
  const version = opsets.get(domain) ?? (domain === "ai.onnx.ml" ? 1 : undefined);
  if (version === undefined) throw malformed(where, `opset_import lacks the node's domain ${quote(domain)}`);
  const newest = newestKnown.get(domain);
  if (newest !== undefined && version > newest) {
    throw new UnsupportedError(
      where,
      `version ${version} of operator set ${domain} is newer than ${newest}, the newest that calypte knows`,
      `export the model with target opset ${newest} or lower`,
    );
  }
  return version;
}

/** Readers by domain, then by operator, ascending by the version from which on they read. */
export type OperatorIndex = ReadonlyMap<string, ReadonlyMap<string, readonly RegisteredReader[]>>;

export function indexOperators(operators: readonly RegisteredOperator[]): OperatorIndex {
  const index = new Map<string, Map<string, RegisteredReader[]>>();
  for (const { sources } of operators) {
    for (const [domain, ops] of Object.entries(sources)) {
      const byOp = index.get(domain) ?? new Map<string, RegisteredReader[]>();
      index.set(domain, byOp);
      for (const [op, readers] of Object.entries(ops)) {
        const all = [...(byOp.get(op) ?? []), ...readers].sort((a, b) => a.since - b.since);
        const twice = all.find((reader, i) => reader.since === all[i + 1]?.since);
        if (twice !== undefined) throw new InternalError(`two compilers read ${domain}:${op} since ${twice.since}`);
        byOp.set(op, all);
      }
    }
  }
  return index;
}

/** The reader of an operator at a version. Throws UnsupportedError naming the nearest operator there is. */
export function findReader(
  index: OperatorIndex,
  domain: string,
  op: string,
  version: number,
  where: string,
): RegisteredReader {
  const readers = index.get(domain)?.get(op) ?? [];
  const reader = readers.findLast(({ since }) => since <= version);
  if (reader !== undefined) return reader;
  const called = `operator ${operatorName(domain, op)} of opset ${version} is not supported`;
  const first = readers[0];
  if (first !== undefined) {
    throw new UnsupportedError(where, called, `it is from opset ${first.since} on; export with a newer target opset`);
  }
  const refusal = refusalOf(domain, op);
  if (refusal !== undefined) throw new UnsupportedError(where, `${called}: ${refusal.reason}`, refusal.advice);
  throw new UnsupportedError(where, called, alternativeTo(index, op));
}

function alternativeTo(index: OperatorIndex, op: string): string {
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  for (const [domain, ops] of index) {
    for (const candidate of ops.keys()) {
      const distance = editDistance(op.slice(0, 64).toLowerCase(), candidate.toLowerCase());
      if (distance > Math.max(1, candidate.length / 3)) continue;
      if (nearest === undefined || distance < nearest.distance)
        nearest = { name: operatorName(domain, candidate), distance };
    }
  }
  return nearest === undefined
    ? "the table of supported operators lists what can stand in its place"
    : `the nearest supported operator is ${nearest.name}`;
}

/** Levenshtein distance: insertions, deletions and replacements of characters. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** A node that stood in a function. */
export interface FunctionNode extends NodeProto {
  /** Versions by domain, as the function imports them. */
  readonly opsets: ReadonlyMap<string, number>;
}

/** The operator sets of a node that stood in a function; undefined for one of the file's own graph. */
export function opsetsOf(node: NodeProto): ReadonlyMap<string, number> | undefined {
  return "opsets" in node ? (node as FunctionNode).opsets : undefined;
}
