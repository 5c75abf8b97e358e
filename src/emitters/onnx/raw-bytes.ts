/** The little-endian bytes of a tensor, as TensorProto.raw_data holds them. */

import { InternalError } from "../../errors.js";
import { isStringData, type Tensor } from "../../ir/tensor.js";

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A copy. Tensors whose host elements are wider than the file's (16-bit floats), and strings, have none. */
export function rawBytes({ dtype, data }: Tensor): Uint8Array {
  if (isStringData(data) || dtype === "float16" || dtype === "bfloat16") {
    throw new InternalError(`a ${dtype} tensor has no raw bytes`);
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  const size = data.BYTES_PER_ELEMENT;
  if (littleEndian || size === 1) return bytes;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}
