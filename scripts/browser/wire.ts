/** For the browser tests: tensors as JSON between server and page, bit for bit. Runs in both, so it uses nothing of Node's. */

type Numbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A tensor's parts, the user's or the library's own. */
export interface Sent {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Numbers | readonly (string | boolean)[];
}

/** `data` is base64 of the bytes of an `array`; text and booleans travel as they are. */
export interface OnWire {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly array: string;
  readonly data: string | readonly (string | boolean)[];
}

const arrays: Readonly<Record<string, new (buffer: ArrayBuffer) => Numbers>> = {
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  BigUint64Array,
};

export function toWire({ dtype, shape, data }: Sent): OnWire {
  if (!ArrayBuffer.isView(data)) return { dtype, shape, array: "Array", data };
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { dtype, shape, array: data.constructor.name, data: btoa(text) };
}

export function fromWire({ dtype, shape, array, data }: OnWire): Sent {
  if (typeof data !== "string") return { dtype, shape, data };
  const make = arrays[array];
  if (make === undefined) throw new Error(`no array type ${array}`);
  return { dtype, shape, data: new make(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer) };
}
