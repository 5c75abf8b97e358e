/**
 * The names under which a TF.js model takes and gives tensors (TensorFlow's SignatureDef in JSON), and what stands about the
 * outputs in its metadata: their roles, and the labels that an output's int32 elements index.
 */

import type { OutputRole, Program } from "../../ir/program.js";
import type { Provenance } from "../../ir/target.js";
import type { Dictionary } from "../../ir/types.js";
import type { EmittedGraph } from "./emit.js";
import { type Ref, shapeDef, type TensorShapeDef, type TFDType, tfDType } from "./graph-def.js";

export interface SignatureEntry {
  readonly name: string;
  readonly dtype: TFDType;
  readonly tensorShape: TensorShapeDef;
}

export interface Signature {
  readonly inputs: Readonly<Record<string, SignatureEntry>>;
  readonly outputs: Readonly<Record<string, SignatureEntry>>;
}

export interface OutputMetadata {
  readonly name: string;
  readonly node: string;
  readonly role?: OutputRole;
  /** What the elements stand for: element i of `values` for an i, and "not in the list" for -1. */
  readonly labels?: {
    readonly dtype: Dictionary["dtype"];
    readonly values: readonly (string | number | boolean | null)[];
  };
  /** True for an output outside the signature: ask for its node by name. */
  readonly extra?: boolean;
}

export interface TfjsMetadata {
  readonly calypte: {
    readonly version: string;
    readonly format: string;
    readonly producer: string;
    readonly strategy: string;
    readonly device: string;
    /** Present where the graph looks texts up: it runs with `predictAsync` and `executeAsync` only, and needs a row. */
    readonly asynchronous?: true;
    readonly outputs: readonly OutputMetadata[];
  };
  /** Read by `GraphModel.predict`, which then gives a map by these names. */
  readonly structuredOutputKeys?: readonly string[];
}

/** A record whose keys are data: no name, not even `__proto__`, means anything to it. */
function record(entries: readonly (readonly [string, SignatureEntry])[]): Record<string, SignatureEntry> {
  return Object.fromEntries(entries);
}

const entry = (ref: Ref): SignatureEntry => ({
  name: `${ref.name}:0`,
  dtype: tfDType[ref.dtype],
  tensorShape: shapeDef(ref.shape),
});

/** Extra outputs stay out, so that they are computed only when asked for by node name. */
export function signatureOf(program: Program, { inputs, outputs }: EmittedGraph): Signature {
  const pairs = <T extends { readonly name: string }>(
    named: readonly T[],
    refs: readonly Ref[],
    keep: (t: T) => boolean,
  ) =>
    named.flatMap((item, i) => {
      const ref = refs[i];
      return ref === undefined || !keep(item) ? [] : [[item.name, entry(ref)] as const];
    });
  return {
    inputs: record(pairs(program.inputs, inputs, () => true)),
    outputs: record(pairs(program.outputs, outputs, (o) => o.extra !== true)),
  };
}

export function metadataOf(
  program: Program,
  { outputs, graph }: EmittedGraph,
  signature: Signature,
  provenance: Provenance,
  device: string,
): TfjsMetadata {
  const described = program.outputs.map((output, i): OutputMetadata => {
    const dictionary = program.types[output.value]?.dictionary;
    return {
      name: output.name,
      node: outputs[i]?.name ?? output.name,
      ...(output.role === undefined ? {} : { role: output.role }),
      ...(dictionary === undefined ? {} : { labels: labelsOf(dictionary) }),
      ...(output.extra === true ? { extra: true } : {}),
    };
  });
  const keys = Object.keys(signature.outputs);
  const { format, producer, strategy, calypte } = provenance;
  return {
    calypte: {
      version: calypte,
      format,
      producer,
      strategy,
      device,
      ...(graph.initializer.length === 0 ? {} : { asynchronous: true }),
      outputs: described,
    },
    ...(keys.length > 1 ? { structuredOutputKeys: keys } : {}),
  };
}

/** 64-bit integers and numbers that JSON lacks are written as text. */
function labelsOf(dictionary: Dictionary): NonNullable<OutputMetadata["labels"]> {
  const values = Array.from(dictionary.values, (v: string | number | bigint | boolean) =>
    typeof v === "bigint" || (typeof v === "number" && !Number.isFinite(v)) ? String(v) : v,
  );
  return { dtype: dictionary.dtype, values };
}
