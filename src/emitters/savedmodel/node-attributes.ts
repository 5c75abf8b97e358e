/**
 * The attributes that TensorFlow wants on a node and TF.js does without: the element types of its arguments. One row per operator
 * that the TF.js formulations write, after TensorFlow's op registry (tensorflow/core/ops/*.cc).
 */

import { InternalError } from "../../errors.js";
import type { AttrValue, NodeDef, TFDType } from "../tfjs/graph-def.js";

/** By attribute: the argument whose element type it is, or the type itself. */
type TypeAttributes = Readonly<Record<string, number | TFDType>>;

const first: TypeAttributes = { T: 0 };
const none: TypeAttributes = {};
const over = (index: string): TypeAttributes => ({ T: 0, [index]: 1 });

const typeAttributes: Readonly<Record<string, TypeAttributes>> = {
  Abs: first,
  Acos: first,
  Acosh: first,
  AddV2: first,
  ArgMax: over("Tidx"),
  ArgMin: over("Tidx"),
  All: { Tidx: 1 },
  Any: { Tidx: 1 },
  Asin: first,
  Asinh: first,
  Atan: first,
  Atanh: first,
  BatchMatMulV2: first,
  Cast: { SrcT: 0 },
  Ceil: first,
  ConcatV2: { T: 0, Tidx: "DT_INT32" },
  Cos: first,
  Cosh: first,
  Cumsum: over("Tidx"),
  Equal: first,
  Erf: first,
  Exp: first,
  Expm1: first,
  Floor: first,
  FloorMod: first,
  GatherNd: { Tparams: 0, Tindices: 1 },
  GatherV2: { Tparams: 0, Tindices: 1, Taxis: 2 },
  Greater: first,
  GreaterEqual: first,
  Identity: first,
  IsNan: first,
  Less: first,
  LessEqual: first,
  Log: first,
  Log1p: first,
  LogSoftmax: first,
  LogicalAnd: none,
  LogicalNot: none,
  LogicalOr: none,
  MatMul: first,
  Max: over("Tidx"),
  Maximum: first,
  Min: over("Tidx"),
  Minimum: first,
  Mul: first,
  Neg: first,
  NotEqual: first,
  OnesLike: first,
  Pow: first,
  Prod: over("Tidx"),
  Range: { Tidx: 0 },
  RealDiv: first,
  Reciprocal: first,
  Reshape: over("Tshape"),
  ReverseV2: over("Tidx"),
  Round: first,
  SelectV2: { T: 1 },
  Shape: first,
  Sigmoid: first,
  Sin: first,
  Sinh: first,
  Slice: over("Index"),
  Softmax: first,
  Sqrt: first,
  StridedSlice: over("Index"),
  Sub: first,
  Sum: over("Tidx"),
  Tan: first,
  Tanh: first,
  Tile: over("Tmultiples"),
  TopKV2: first,
  Transpose: over("Tperm"),
};

/** Operators whose first result has another type than their first argument. */
const resultTypes: Readonly<Record<string, TFDType>> = {
  ...Object.fromEntries(
    ["Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "IsNan"].map((op) => [op, "DT_BOOL"]),
  ),
  ArgMax: "DT_INT32",
  ArgMin: "DT_INT32",
  Shape: "DT_INT32",
};

const typeOf = (value: AttrValue | undefined): TFDType | undefined =>
  value !== undefined && "type" in value ? value.type : undefined;

/** Each node with all of its attributes; nodes come after their arguments. */
export function withTypes(nodes: readonly NodeDef[]): readonly NodeDef[] {
  const types = new Map<string, TFDType>();
  return nodes.map((node) => {
    const inputs = node.input ?? [];
    const at = (i: number): TFDType => {
      const found = types.get(inputs[i] ?? "");
      if (found === undefined) throw new InternalError(`${node.op} ${node.name}: argument ${i} has no type`);
      return found;
    };
    const given = typeOf(node.attr["dtype"]);
    if (node.op === "Placeholder" || node.op === "Const") {
      if (given === undefined) throw new InternalError(`${node.op} ${node.name} has no type`);
      types.set(node.name, given);
      return node;
    }
    const wanted = typeAttributes[node.op];
    if (wanted === undefined) throw new InternalError(`${node.op} is not in the table of TensorFlow's attributes`);
    const attr: Record<string, AttrValue> = { ...node.attr };
    for (const [name, of] of Object.entries(wanted)) attr[name] = { type: typeof of === "number" ? at(of) : of };
    if (node.op === "ArgMax" || node.op === "ArgMin") attr["output_type"] = { type: "DT_INT32" };
    const result =
      resultTypes[node.op] ??
      typeOf(attr["DstT"]) ??
      (node.op.startsWith("Logical") || node.op === "Any" || node.op === "All"
        ? "DT_BOOL"
        : at(node.op === "SelectV2" ? 1 : 0));
    types.set(node.name, result);
    if (node.op === "TopKV2") types.set(`${node.name}:1`, "DT_INT32");
    return { ...node, attr };
  });
}
