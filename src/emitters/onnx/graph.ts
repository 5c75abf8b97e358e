/**
 * The ONNX graph that the emitter writes: nodes of the default domain and the constants that become initializers. Equal nodes and
 * equal small constants are written once, so formulations may ask for row counts, zeros and ones as often as they like.
 */

import type { DType } from "../../ir/dtype.js";
import { isStringData, type Tensor } from "../../ir/tensor.js";
import { rawBytes } from "./raw-bytes.js";

/** A value in the graph. */
export interface Ref {
  readonly name: string;
  readonly dtype: DType;
}

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] };

export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface Initializer {
  readonly name: string;
  readonly tensor: Tensor;
}

export interface Graph {
  /** A node whose outputs have these element types. */
  op(op: string, inputs: readonly Ref[], attributes: Attributes, dtypes: readonly DType[]): readonly Ref[];
  constant(tensor: Tensor): Ref;
  /** The tensor behind a constant. */
  constantOf(ref: Ref): Tensor | undefined;
  /** Gives `ref` the name under which it leaves the graph. */
  result(name: string, ref: Ref): void;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
}

/** Constants up to this many elements are looked for among those written before. */
const smallConstant = 64;

/** An empty graph. `reserved` are names that only inputs and `result` may have. */
export function createGraph(reserved: ReadonlySet<string>): Graph {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const known = new Map<string, readonly Ref[]>();
  const tensors = new Map<string, Tensor>();
  let serial = 0;

  const freshName = (stem: string): string => {
    for (;;) {
      const name = `${stem}_${serial++}`;
      if (!reserved.has(name)) return name;
    }
  };
  const once = (key: string, make: () => readonly Ref[]): readonly Ref[] => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make();
    known.set(key, made);
    return made;
  };
  const addConstant = (tensor: Tensor): Ref => {
    const ref = { name: freshName("constant"), dtype: tensor.dtype };
    initializers.push({ name: ref.name, tensor });
    tensors.set(ref.name, tensor);
    return ref;
  };

  return {
    nodes,
    initializers,
    op(op, inputs, attributes, dtypes) {
      const names = inputs.map((i) => i.name);
      return once(JSON.stringify([op, names, attributes, dtypes]), () => {
        const refs = dtypes.map((dtype) => ({ name: freshName(op), dtype }));
        nodes.push({ op, inputs: names, outputs: refs.map((r) => r.name), attributes });
        return refs;
      });
    },
    constant(tensor) {
      if (tensor.data.length > smallConstant) return addConstant(tensor);
      const bytes = isStringData(tensor.data) ? tensor.data : rawBytes(tensor);
      const key = JSON.stringify(["constant", tensor.dtype, tensor.shape, Array.from<string | number>(bytes)]);
      return once(key, () => [addConstant(tensor)])[0] ?? addConstant(tensor);
    },
    constantOf: (ref) => tensors.get(ref.name),
    result(name, ref) {
      nodes.push({ op: "Identity", inputs: [ref.name], outputs: [name], attributes: {} });
    },
  };
}
