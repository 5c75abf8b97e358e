// Generated from onnx-ml.proto by scripts/generate-onnx-proto.mjs; do not edit.

/** A 64-bit integer: a number where that is exact, else a bigint; see decode.ts. */
export type Int64 = number | bigint;

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
  readonly floats: readonly number[];
  readonly ints: readonly Int64[];
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
  readonly dims: readonly Int64[];
  readonly data_type: number | null;
  readonly segment: Uint8Array | null;
  readonly float_data: readonly number[];
  readonly int32_data: readonly number[];
  readonly string_data: readonly Uint8Array[];
  readonly int64_data: readonly Int64[];
  readonly name: string | null;
  readonly doc_string: string | null;
  readonly raw_data: Uint8Array | null;
  readonly external_data: readonly StringStringEntryProto[];
  readonly data_location: number | null;
  readonly double_data: readonly number[];
  readonly uint64_data: readonly Int64[];
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
  readonly map_type: Uint8Array | null;
  readonly optional_type: Uint8Array | null;
  readonly sparse_tensor_type: Uint8Array | null;
  readonly opaque_type: Uint8Array | null;
  readonly denotation: string | null;
}

export interface TypeProto_Tensor {
  readonly elem_type: number | null;
  readonly shape: TensorShapeProto | null;
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

export declare const onnx: {
  readonly ModelProto: {
    /**
     * Takes a subclass of protobufjs's Reader whose 64-bit integers are Int64. Throws that reader's own errors on malformed
     * bytes; its position tells where.
     */
    decode(reader: { readonly pos: number }): ModelProto;
  };
};
