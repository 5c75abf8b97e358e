// Generated from onnx-ml.proto by scripts/generate-onnx-proto.mjs; do not edit.

/** A 64-bit integer: a number where that is exact, else a bigint. */
export type Int64 = number | bigint;

export type Scalar = "string" | "bytes" | "float" | "double" | "int32" | "int64" | "uint64";

export interface Messages {
  readonly AttributeProto: AttributeProto;
  readonly ValueInfoProto: ValueInfoProto;
  readonly NodeProto: NodeProto;
  readonly ModelProto: ModelProto;
  readonly StringStringEntryProto: StringStringEntryProto;
  readonly GraphProto: GraphProto;
  readonly TensorProto: TensorProto;
  readonly TensorShapeProto: TensorShapeProto;
  readonly TensorShapeProto_Dimension: TensorShapeProto_Dimension;
  readonly TypeProto: TypeProto;
  readonly TypeProto_Tensor: TypeProto_Tensor;
  readonly TypeProto_Map: TypeProto_Map;
  readonly OperatorSetIdProto: OperatorSetIdProto;
  readonly FunctionProto: FunctionProto;
}

/** A field's name, what it holds, and whether it may repeat. */
export type Field = readonly [name: string, holds: Scalar | keyof Messages, repeated?: true];

/** The fields of each message by their number. */
export const schema: { readonly [M in keyof Messages]: { readonly [number: number]: Field } } = {
  AttributeProto: {
    1: ["name", "string"],
    21: ["ref_attr_name", "string"],
    13: ["doc_string", "string"],
    20: ["type", "int32"],
    2: ["f", "float"],
    3: ["i", "int64"],
    4: ["s", "bytes"],
    5: ["t", "TensorProto"],
    6: ["g", "GraphProto"],
    22: ["sparse_tensor", "bytes"],
    14: ["tp", "TypeProto"],
    7: ["floats", "float", true],
    8: ["ints", "int64", true],
    9: ["strings", "bytes", true],
    10: ["tensors", "TensorProto", true],
    11: ["graphs", "GraphProto", true],
    23: ["sparse_tensors", "bytes", true],
    15: ["type_protos", "TypeProto", true],
  },
  ValueInfoProto: {
    1: ["name", "string"],
    2: ["type", "TypeProto"],
    3: ["doc_string", "string"],
    4: ["metadata_props", "StringStringEntryProto", true],
  },
  NodeProto: {
    1: ["input", "string", true],
    2: ["output", "string", true],
    3: ["name", "string"],
    4: ["op_type", "string"],
    7: ["domain", "string"],
    8: ["overload", "string"],
    5: ["attribute", "AttributeProto", true],
    6: ["doc_string", "string"],
    9: ["metadata_props", "StringStringEntryProto", true],
    10: ["device_configurations", "bytes", true],
  },
  ModelProto: {
    1: ["ir_version", "int64"],
    8: ["opset_import", "OperatorSetIdProto", true],
    2: ["producer_name", "string"],
    3: ["producer_version", "string"],
    4: ["domain", "string"],
    5: ["model_version", "int64"],
    6: ["doc_string", "string"],
    7: ["graph", "GraphProto"],
    14: ["metadata_props", "StringStringEntryProto", true],
    20: ["training_info", "bytes", true],
    25: ["functions", "FunctionProto", true],
    26: ["configuration", "bytes", true],
  },
  StringStringEntryProto: {
    1: ["key", "string"],
    2: ["value", "string"],
  },
  GraphProto: {
    1: ["node", "NodeProto", true],
    2: ["name", "string"],
    5: ["initializer", "TensorProto", true],
    15: ["sparse_initializer", "bytes", true],
    10: ["doc_string", "string"],
    11: ["input", "ValueInfoProto", true],
    12: ["output", "ValueInfoProto", true],
    13: ["value_info", "ValueInfoProto", true],
    14: ["quantization_annotation", "bytes", true],
    16: ["metadata_props", "StringStringEntryProto", true],
  },
  TensorProto: {
    1: ["dims", "int64", true],
    2: ["data_type", "int32"],
    3: ["segment", "bytes"],
    4: ["float_data", "float", true],
    5: ["int32_data", "int32", true],
    6: ["string_data", "bytes", true],
    7: ["int64_data", "int64", true],
    8: ["name", "string"],
    12: ["doc_string", "string"],
    9: ["raw_data", "bytes"],
    13: ["external_data", "StringStringEntryProto", true],
    14: ["data_location", "int32"],
    10: ["double_data", "double", true],
    11: ["uint64_data", "uint64", true],
    16: ["metadata_props", "StringStringEntryProto", true],
  },
  TensorShapeProto: {
    1: ["dim", "TensorShapeProto_Dimension", true],
  },
  TensorShapeProto_Dimension: {
    1: ["dim_value", "int64"],
    2: ["dim_param", "string"],
    3: ["denotation", "string"],
  },
  TypeProto: {
    1: ["tensor_type", "TypeProto_Tensor"],
    4: ["sequence_type", "bytes"],
    5: ["map_type", "TypeProto_Map"],
    9: ["optional_type", "bytes"],
    8: ["sparse_tensor_type", "bytes"],
    7: ["opaque_type", "bytes"],
    6: ["denotation", "string"],
  },
  TypeProto_Tensor: {
    1: ["elem_type", "int32"],
    2: ["shape", "TensorShapeProto"],
  },
  TypeProto_Map: {
    1: ["key_type", "int32"],
    2: ["value_type", "TypeProto"],
  },
  OperatorSetIdProto: {
    1: ["domain", "string"],
    2: ["version", "int64"],
  },
  FunctionProto: {
    1: ["name", "string"],
    4: ["input", "string", true],
    5: ["output", "string", true],
    6: ["attribute", "string", true],
    11: ["attribute_proto", "AttributeProto", true],
    7: ["node", "NodeProto", true],
    8: ["doc_string", "string"],
    9: ["opset_import", "OperatorSetIdProto", true],
    10: ["domain", "string"],
    13: ["overload", "string"],
    12: ["value_info", "ValueInfoProto", true],
    14: ["metadata_props", "StringStringEntryProto", true],
  },
};

export interface AttributeProto {
  readonly name: string | null;
  readonly ref_attr_name: string | null;
  readonly doc_string: string | null;
  readonly type: number | null;
  readonly f: number | null;
  readonly i: Int64 | null;
  readonly s: Uint8Array | null;
  readonly t: TensorProto | null;
  readonly g: GraphProto | null;
  readonly sparse_tensor: Uint8Array | null;
  readonly tp: TypeProto | null;
  readonly floats: Float32Array;
  readonly ints: ArrayLike<Int64>;
  readonly strings: readonly Uint8Array[];
  readonly tensors: readonly TensorProto[];
  readonly graphs: readonly GraphProto[];
  readonly sparse_tensors: readonly Uint8Array[];
  readonly type_protos: readonly TypeProto[];
}

export interface ValueInfoProto {
  readonly name: string | null;
  readonly type: TypeProto | null;
  readonly doc_string: string | null;
  readonly metadata_props: readonly StringStringEntryProto[];
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string | null;
  readonly op_type: string | null;
  readonly domain: string | null;
  readonly overload: string | null;
  readonly attribute: readonly AttributeProto[];
  readonly doc_string: string | null;
  readonly metadata_props: readonly StringStringEntryProto[];
  readonly device_configurations: readonly Uint8Array[];
}

export interface ModelProto {
  readonly ir_version: Int64 | null;
  readonly opset_import: readonly OperatorSetIdProto[];
  readonly producer_name: string | null;
  readonly producer_version: string | null;
  readonly domain: string | null;
  readonly model_version: Int64 | null;
  readonly doc_string: string | null;
  readonly graph: GraphProto | null;
  readonly metadata_props: readonly StringStringEntryProto[];
  readonly training_info: readonly Uint8Array[];
  readonly functions: readonly FunctionProto[];
  readonly configuration: readonly Uint8Array[];
}

export interface StringStringEntryProto {
  readonly key: string | null;
  readonly value: string | null;
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly name: string | null;
  readonly initializer: readonly TensorProto[];
  readonly sparse_initializer: readonly Uint8Array[];
  readonly doc_string: string | null;
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly value_info: readonly ValueInfoProto[];
  readonly quantization_annotation: readonly Uint8Array[];
  readonly metadata_props: readonly StringStringEntryProto[];
}

export interface TensorProto {
  readonly dims: ArrayLike<Int64>;
  readonly data_type: number | null;
  readonly segment: Uint8Array | null;
  readonly float_data: Float32Array;
  readonly int32_data: ArrayLike<number>;
  readonly string_data: readonly Uint8Array[];
  readonly int64_data: ArrayLike<Int64>;
  readonly name: string | null;
  readonly doc_string: string | null;
  readonly raw_data: Uint8Array | null;
  readonly external_data: readonly StringStringEntryProto[];
  readonly data_location: number | null;
  readonly double_data: Float64Array;
  readonly uint64_data: ArrayLike<Int64>;
  readonly metadata_props: readonly StringStringEntryProto[];
}

export interface TensorShapeProto {
  readonly dim: readonly TensorShapeProto_Dimension[];
}

export interface TensorShapeProto_Dimension {
  readonly dim_value: Int64 | null;
  readonly dim_param: string | null;
  readonly denotation: string | null;
}

export interface TypeProto {
  readonly tensor_type: TypeProto_Tensor | null;
  readonly sequence_type: Uint8Array | null;
  readonly map_type: TypeProto_Map | null;
  readonly optional_type: Uint8Array | null;
  readonly sparse_tensor_type: Uint8Array | null;
  readonly opaque_type: Uint8Array | null;
  readonly denotation: string | null;
}

export interface TypeProto_Tensor {
  readonly elem_type: number | null;
  readonly shape: TensorShapeProto | null;
}

export interface TypeProto_Map {
  readonly key_type: number | null;
  readonly value_type: TypeProto | null;
}

export interface OperatorSetIdProto {
  readonly domain: string | null;
  readonly version: Int64 | null;
}

export interface FunctionProto {
  readonly name: string | null;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly string[];
  readonly attribute_proto: readonly AttributeProto[];
  readonly node: readonly NodeProto[];
  readonly doc_string: string | null;
  readonly opset_import: readonly OperatorSetIdProto[];
  readonly domain: string | null;
  readonly overload: string | null;
  readonly value_info: readonly ValueInfoProto[];
  readonly metadata_props: readonly StringStringEntryProto[];
}
