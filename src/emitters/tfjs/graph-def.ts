/**
 * The TF.js graph that the emitter writes: nodes of a TensorFlow GraphDef in JSON, as `@tensorflow/tfjs-converter` 4.22 reads
 * them, and the constants that become weights. Equal nodes are written once, so formulations may ask for row numbers, ones and
 * small constants as often as they like.
 */

import { InternalError } from "../../errors.js";
import type { Dim } from "../../ir/dims.js";
import { isStringData, sizeOf, strings, type Tensor } from "../../ir/tensor.js";

/** The element types that TF.js computes with, and strings, which it moves and looks up. */
export type DeviceDType = "float32" | "int32" | "bool" | "string";

export type TFDType = "DT_FLOAT" | "DT_INT32" | "DT_BOOL" | "DT_STRING";

export const tfDType: { readonly [D in DeviceDType]: TFDType } = {
  float32: "DT_FLOAT",
  int32: "DT_INT32",
  bool: "DT_BOOL",
  string: "DT_STRING",
};

/** GraphDef versions of TensorFlow 1.15, the oldest that knows every operator emitted. */
export const graphVersions = { producer: 134, minConsumer: 12 } as const;

export interface TensorShapeDef {
  readonly dim: readonly { readonly size: string }[];
}

/** An attribute value in proto3 JSON; 64-bit integers are strings there. */
export type AttrValue =
  | { readonly b: boolean }
  | { readonly i: string }
  | { readonly type: TFDType }
  | { readonly shape: TensorShapeDef }
  | { readonly tensor: { readonly dtype: TFDType; readonly tensorShape: TensorShapeDef } };

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr: Readonly<Record<string, AttrValue>>;
}

/** A value in the graph: a node's output, its element type and its shape in terms of N. */
export interface Ref {
  readonly name: string;
  readonly dtype: DeviceDType;
  readonly shape: readonly Dim[];
}

/**
 * A constant of the graph, stored as a weight. `data` holds 4 bytes an element, or 1 for bool; of a string its length in 4 bytes and its
 * UTF-8.
 */
export interface Weight {
  readonly name: string;
  readonly dtype: DeviceDType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  readonly quantization?: Quantization;
}

/** How the bytes of a weight become its values: value = number · scale + min, or the float16 itself. */
export type Quantization =
  | {
      readonly dtype: "uint8" | "uint16";
      readonly min: number;
      readonly scale: number;
      readonly original_dtype: string;
    }
  | { readonly dtype: "float16"; readonly original_dtype: "float32" };

export interface Graph {
  placeholder(name: string, dtype: DeviceDType, shape: readonly Dim[]): Ref;
  /** A node with one output. */
  op(
    op: string,
    inputs: readonly Ref[],
    attrs: Readonly<Record<string, AttrValue>>,
    dtype: DeviceDType,
    shape: readonly Dim[],
  ): Ref;
  /** The further output `index` of the node behind `ref`. */
  output(ref: Ref, index: number, dtype: DeviceDType, shape: readonly Dim[]): Ref;
  /** A float32, int32, bool or string tensor as a weight; equal ones are stored once. */
  constant(value: Tensor, use?: "parameter"): Ref;
  /** A hash table from strings to int32, filled when the model is first run: the handle that look-ups take. */
  table(keys: readonly string[], values: Tensor<"int32">): Ref;
  /** The tensor behind a constant. */
  constantOf(ref: Ref): Tensor | undefined;
  /** Gives `ref` the name under which it leaves the graph. */
  result(name: string, ref: Ref): Ref;
  readonly nodes: readonly NodeDef[];
  /** Nodes of the graph that TF.js runs once before: they fill the tables. */
  readonly initializer: readonly NodeDef[];
  readonly weights: readonly Weight[];
}

/** -1 stands for a dimension that is known only at run time. */
export function shapeDef(shape: readonly Dim[]): TensorShapeDef {
  return { dim: shape.map((d) => ({ size: typeof d === "number" ? String(d) : "-1" })) };
}

/** An empty graph. `reserved` are names that only `placeholder` and `result` may give. */
export function createGraph(reserved: ReadonlySet<string>): Graph {
  const nodes: NodeDef[] = [];
  const initializer: NodeDef[] = [];
  const weights: Weight[] = [];
  const known = new Map<string, Ref>();
  const constants = new Map<string, Tensor>();
  const bytes = new Map<string, Uint8Array>();
  let serial = 0;

  const freshName = (stem: string): string => {
    for (;;) {
      const name = `${stem}_${serial++}`;
      if (!reserved.has(name)) return name;
    }
  };

  const store = (value: Tensor, into: NodeDef[]): Ref => {
    const { dtype, shape } = value;
    if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool" && dtype !== "string") {
      throw new InternalError(`a ${dtype} constant reached the TF.js emitter without being narrowed`);
    }
    const ref = { name: freshName("Const"), dtype, shape };
    const tf = tfDType[dtype];
    into.push({
      name: ref.name,
      op: "Const",
      attr: { dtype: { type: tf }, value: { tensor: { dtype: tf, tensorShape: shapeDef(shape) } } },
    });
    weights.push({ name: ref.name, dtype, shape, data: bytesOf(value) });
    return ref;
  };

  return {
    nodes,
    initializer,
    weights,
    placeholder(name, dtype, shape) {
      nodes.push({
        name,
        op: "Placeholder",
        attr: { dtype: { type: tfDType[dtype] }, shape: { shape: shapeDef(shape) } },
      });
      return { name, dtype, shape };
    },
    op(op, inputs, attrs, dtype, shape) {
      const input = inputs.map((r) => r.name);
      const key = JSON.stringify([op, input, attrs]);
      const found = known.get(key);
      if (found !== undefined) return found;
      const name = freshName(op);
      nodes.push({ name, op, input, attr: attrs });
      const ref = { name, dtype, shape };
      known.set(key, ref);
      return ref;
    },
    output: (ref, index, dtype, shape) => ({ name: `${ref.name}:${index}`, dtype, shape }),
    constant(value, use) {
      const { dtype, shape } = value;
      const data = bytesOf(value);
      const key = `const ${use ?? "data"} ${dtype} [${shape}] ${fingerprint(data)}`;
      // Equal fingerprints are only a hint; the next bucket is tried until the bytes agree.
      for (let bucket = 0; ; bucket++) {
        const found = known.get(`${key} ${bucket}`);
        const stored = found === undefined ? undefined : bytes.get(found.name);
        if (found !== undefined && stored !== undefined) {
          if (sameBytes(stored, data)) return found;
          continue;
        }
        const ref = store(value, nodes);
        known.set(`${key} ${bucket}`, ref);
        constants.set(ref.name, value);
        bytes.set(ref.name, data);
        return ref;
      }
    },
    table(keys, values) {
      const key = JSON.stringify(["table", keys, Array.from(values.data)]);
      const found = known.get(key);
      if (found !== undefined) return found;
      // Tables are shared by their names: the initializer fills it, the graph reads it.
      const name = freshName("HashTableV2");
      const table = {
        name,
        op: "HashTableV2",
        attr: { key_dtype: { type: tfDType.string }, value_dtype: { type: tfDType.int32 } },
      };
      nodes.push(table);
      const given = [store(strings(keys), initializer), store(values, initializer)].map((r) => r.name);
      initializer.push(table, {
        name: freshName("LookupTableImportV2"),
        op: "LookupTableImportV2",
        input: [name, ...given],
        attr: { Tin: { type: tfDType.string }, Tout: { type: tfDType.int32 } },
      });
      // The handle is a scalar to TF.js.
      const ref: Ref = { name, dtype: "int32", shape: [] };
      known.set(key, ref);
      return ref;
    },
    constantOf: (ref) => constants.get(ref.name),
    result(name, ref) {
      nodes.push({ name, op: "Identity", input: [ref.name], attr: { T: { type: tfDType[ref.dtype] } } });
      return { ...ref, name };
    },
  };
}

/** Little-endian bytes of a tensor, always a copy. */
function bytesOf(value: Tensor): Uint8Array {
  const { data } = value;
  if (data instanceof Uint8Array) return data.slice();
  if (isStringData(data)) return textBytes(data);
  const size = sizeOf(value.shape);
  const bytes = new Uint8Array(size * 4);
  const view = new DataView(bytes.buffer);
  if (data instanceof Float32Array) for (let i = 0; i < size; i++) view.setFloat32(i * 4, data[i]!, true);
  else if (data instanceof Int32Array) for (let i = 0; i < size; i++) view.setInt32(i * 4, data[i]!, true);
  else throw new InternalError(`a ${value.dtype} tensor holds ${data.constructor.name} data`);
  return bytes;
}

function textBytes(texts: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const encoded = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(encoded.reduce((sum, text) => sum + 4 + text.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of encoded) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
  }
  return bytes;
}

function fingerprint(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return `${bytes.length} ${hash >>> 0}`;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
