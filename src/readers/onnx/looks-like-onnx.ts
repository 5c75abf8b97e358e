/** Tells an ONNX file, damaged or not, from other files by its first fields. Source: onnx-ml.proto, message ModelProto. */

/** Wire types of ModelProto's fields by number: 0 varint, 2 length-delimited. */
const fields: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [2, 2],
  [3, 2],
  [4, 2],
  [5, 0],
  [6, 2],
  [7, 2],
  [8, 2],
  [14, 2],
  [20, 2],
  [25, 2],
  [26, 2],
]);

const fieldsLookedAt = 4;

/** True where the first fields are such as a ModelProto has; the end of the bytes may cut them short. */
export function looksLikeOnnx(bytes: Uint8Array): boolean {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  for (let i = 0; i < fieldsLookedAt && at < bytes.length; i++) {
    const tag = varint();
    if (fields.get(Math.floor(tag / 8)) !== tag % 8) return false;
    const value = varint();
    if (tag % 8 === 2) at += value;
  }
  return bytes.length > 0;
}
