/**
 * Reads and writes NumPy's `.npy` files (format versions 1.0, 2.0 and 3.0, NEP 1): the answers of the test
 * models come in them. Stands beside the data path; knows nothing of models. Sizes in the header are checked against the
 * file before anything is allocated.
 */

import { DataError, LimitError, UnsupportedError } from "../errors.js";
import { allocate, type DType, type TensorData } from "../ir/dtype.js";
import { float16FromBits, float16ToBits } from "../ir/half.js";
import { sizeOf, type Tensor } from "../ir/tensor.js";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
/** Most elements of an array whose items take no bytes ('<U0'), so that the file's length bounds nothing. */
const maxEmptyItems = 1 << 20;

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the data begins. */
  readonly offset: number;
}

const numberTypes: ReadonlyMap<string, DType> = new Map<string, DType>([
  ["b1", "bool"],
  ["i1", "int8"],
  ["i2", "int16"],
  ["i4", "int32"],
  ["i8", "int64"],
  ["u1", "uint8"],
  ["u2", "uint16"],
  ["u4", "uint32"],
  ["u8", "uint64"],
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
]);

/** What the header of a file says: where its data begins, and what each element is. */
export interface NpyLayout {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Whether the first axis is the fastest. */
  readonly fortran: boolean;
  /** Bytes before the data, and of one element. */
  readonly offset: number;
  readonly itemBytes: number;
  /** NumPy's type, and of that the kind ('U' and 'S' are text), the size and the byte order. */
  readonly descr: string;
  readonly kind: string;
  readonly size: number;
  readonly big: boolean;
}

/**
 * The layout of a file that begins with `bytes`, which must hold the header (`npyHeaderBytes`). Throws DataError where it is damaged,
 * UnsupportedError for element types that no tensor has (objects, structures, complex numbers, dates).
 */
export function npyLayout(bytes: Uint8Array, name: string): NpyLayout {
  const { descr, fortran, shape, offset } = readHeader(bytes, name, failing(name));
  const parts = /^([<>|=])([a-zA-Z])(\d{1,9})$/.exec(descr);
  const [kind, size] = [parts?.[2] ?? "", Number(parts?.[3])];
  const dtype = kind === "U" || kind === "S" ? "string" : numberTypes.get(`${kind}${size}`);
  if (parts === null || dtype === undefined) {
    throw new UnsupportedError(
      name,
      `elements of NumPy type ${JSON.stringify(descr)}`,
      "save numbers, booleans or fixed-width strings",
    );
  }
  const itemBytes = kind === "U" ? size * 4 : size;
  const count = sizeOf(shape);
  if (!Number.isSafeInteger(count)) failing(name)(`shape (${shape.join(", ")}) is larger than any file`);
  if (itemBytes === 0 && count > maxEmptyItems) {
    throw new LimitError(`${name}: ${count} elements of no width are over the limit of ${maxEmptyItems}`);
  }
  return { dtype, shape, fortran, offset, itemBytes, descr, kind, size, big: parts[1] === ">" };
}

/** Bytes that the header takes, told from the first twelve; undefined where `bytes` has fewer. Throws DataError for another file. */
export function npyHeaderBytes(bytes: Uint8Array, name: string): number | undefined {
  if (bytes.length < 12) return undefined;
  if (magic.some((b, i) => bytes[i] !== b)) failing(name)("is no .npy file (it does not begin with \\x93NUMPY)");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
}

const failing =
  (name: string) =>
  (message: string): never => {
    throw new DataError(`${name}: ${message}`);
  };

/** Elements of this layout from exactly their bytes, row-major as they stand there; of memory of their own. */
export function decodeNpy(layout: NpyLayout, bytes: Uint8Array, name: string): TensorData {
  const { dtype, kind, size, big } = layout;
  // Not `slice`, which of a Node Buffer is no copy.
  const payload = new Uint8Array(bytes);
  const count = layout.itemBytes === 0 ? sizeOf(layout.shape) : payload.length / layout.itemBytes;
  return dtype === "string"
    ? readText(payload, count, kind, size, big, failing(name))
    : readNumbers(payload, count, dtype, size, big);
}

/**
 * The array in a `.npy` file as a row-major tensor of its own memory. `name` is the file's, for messages. Throws as `npyLayout`
 * does, and DataError where header and data do not fit.
 */
export function readNpy(bytes: Uint8Array, name: string): Tensor {
  const layout = npyLayout(bytes, name);
  const { dtype, shape, itemBytes, fortran } = layout;
  const [need, have] = [sizeOf(shape) * itemBytes, bytes.length - layout.offset];
  if (need !== have) {
    failing(name)(`shape (${shape.join(", ")}) of ${layout.descr} needs ${need} bytes of data, got ${have}`);
  }
  const data = decodeNpy(layout, bytes.subarray(layout.offset), name);
  return { dtype, shape, data: fortran && shape.length > 1 ? toRowMajor(data, dtype, shape) : data };
}

function readHeader(bytes: Uint8Array, name: string, fail: (message: string) => never): Header {
  if (bytes.length < 10 || magic.some((b, i) => bytes[i] !== b))
    fail("is no .npy file (it does not begin with \\x93NUMPY)");
  const version = bytes[6]!;
  if (version < 1 || version > 3) {
    throw new UnsupportedError(name, `.npy format version ${version}.${bytes[7]}`, "save it with numpy.save");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) fail("is cut off in its header");
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const offset = start + length;
  if (offset > bytes.length) fail(`is cut off: its header should have ${length} bytes, got ${bytes.length - start}`);
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, offset));
  return { ...parseHeader(text, name, fail), offset };
}

/** The header is the literal of a Python dict with exactly the keys descr, fortran_order and shape, in any order. */
function parseHeader(text: string, name: string, fail: (message: string) => never): Omit<Header, "offset"> {
  const found = new Map<string, string>();
  const entry = /\s*(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([\d\sL,]*\)|\[)\s*(,|\})?/y;
  const open = /^\s*\{/.exec(text);
  entry.lastIndex = open === null ? text.length : open[0].length;
  for (;;) {
    const match = entry.exec(text);
    const [, , key, value, end] = match ?? [];
    if (key === undefined || value === undefined)
      return fail("has a header that is no dict of descr, fortran_order and shape");
    if (value === "[" && key === "descr") {
      throw new UnsupportedError(name, "arrays of structures", "save each field as an array of its own");
    }
    if (found.has(key)) fail(`says ${key} twice in its header`);
    found.set(key, value);
    if (end === undefined) fail(`has a header that ends after ${key}`);
    if (end === "}" || /^\s*\}/.test(text.slice(entry.lastIndex))) break;
  }
  const descr = /^['"](.*)['"]$/.exec(found.get("descr") ?? "")?.[1];
  const fortran = found.get("fortran_order");
  const shape = /^\((.*)\)$/s.exec(found.get("shape") ?? "")?.[1];
  if (descr === undefined || shape === undefined || (fortran !== "True" && fortran !== "False")) {
    return fail("has a header without descr, fortran_order or shape");
  }
  // Python 2 wrote long integers as 3L.
  const words = shape.split(",").map((w) => w.trim().replace(/L$/, ""));
  if (words.at(-1) === "") words.pop();
  const dims = words.map((w) => (/^\d{1,16}$/.test(w) ? Number(w) : Number.NaN));
  if (dims.some((d) => !Number.isSafeInteger(d))) fail(`has the shape (${shape}) in its header`);
  return { descr, fortran: fortran === "True", shape: dims };
}

const hostIsLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Numbers of the payload, which is a copy already and may be swapped in place. */
function readNumbers(payload: Uint8Array, count: number, dtype: DType, size: number, big: boolean): TensorData {
  if (size > 1 && big === hostIsLittle) {
    for (let i = 0; i < payload.length; i += size) payload.subarray(i, i + size).reverse();
  }
  const buffer = payload.buffer;
  switch (dtype) {
    case "bool":
      return payload.map((v) => (v === 0 ? 0 : 1));
    case "int8":
      return new Int8Array(buffer, 0, count);
    case "int16":
      return new Int16Array(buffer, 0, count);
    case "int32":
      return new Int32Array(buffer, 0, count);
    case "int64":
      return new BigInt64Array(buffer, 0, count);
    case "uint8":
      return payload;
    case "uint16":
      return new Uint16Array(buffer, 0, count);
    case "uint32":
      return new Uint32Array(buffer, 0, count);
    case "uint64":
      return new BigUint64Array(buffer, 0, count);
    case "float16":
      return Float32Array.from(new Uint16Array(buffer, 0, count), float16FromBits);
    case "float32":
      return new Float32Array(buffer, 0, count);
    default:
      return new Float64Array(buffer, 0, count);
  }
}

/** Fixed-width text: UTF-32 code points ('U') or bytes of UTF-8 ('S'), padded with zeros at the end. */
function readText(
  payload: Uint8Array,
  count: number,
  kind: string,
  size: number,
  big: boolean,
  fail: (message: string) => never,
): string[] {
  const view = new DataView(payload.buffer);
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return Array.from({ length: count }, (_, i) => {
    const unit = (j: number) => (kind === "U" ? view.getUint32((i * size + j) * 4, !big) : payload[i * size + j]!);
    let length = size;
    while (length > 0 && unit(length - 1) === 0) length--;
    if (kind === "S") {
      try {
        return utf8.decode(payload.subarray(i * size, i * size + length));
      } catch {
        return fail(`element ${i} is no UTF-8 text; save strings as NumPy type 'U'`);
      }
    }
    let text = "";
    for (let j = 0; j < length; j++) {
      const point = unit(j);
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        fail(`element ${i} holds ${point}, which is no Unicode character`);
      text += String.fromCodePoint(point);
    }
    return text;
  });
}

/** Elements stored with the first axis fastest → row-major. */
function toRowMajor(data: TensorData, dtype: DType, shape: readonly number[]): TensorData {
  const out = allocate(dtype, data.length);
  const target = out as { [index: number]: unknown };
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let at = 0; at < data.length; at++) {
    target[at] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** A `.npy` file (version 1.0, little endian, row-major) of a tensor. bfloat16, which NumPy lacks, is an UnsupportedError. */
export function writeNpy(tensor: Tensor): Uint8Array {
  const { descr, payload } = encodeNpy(tensor);
  const header = npyHeader(descr, tensor.shape);
  const bytes = new Uint8Array(header.length + payload.length);
  bytes.set(header);
  bytes.set(payload, header.length);
  return bytes;
}

/** The header of a file of elements of NumPy type `descr`; as long for any number of rows as for `mostRows`, where given. */
export function npyHeader(descr: string, shape: readonly number[], mostRows?: number): Uint8Array {
  const dictOf = (dims: readonly number[]) =>
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims.length === 1 ? `${dims[0]},` : dims.join(", ")}), }`;
  // The data begins at a multiple of 64; the header ends in a newline.
  const longest = mostRows === undefined ? dictOf(shape) : dictOf([mostRows, ...shape.slice(1)]);
  const header = `${dictOf(shape).padEnd(Math.ceil((longest.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + header.length);
  bytes.set(magic);
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  return bytes;
}

/** NumPy's type and the bytes of the elements. `textWidth`: characters of each string; by default as many as the longest has. */
export function encodeNpy(
  { dtype, data }: Pick<Tensor, "dtype" | "data">,
  textWidth = 1,
): { readonly descr: string; readonly payload: Uint8Array } {
  if (Array.isArray(data)) {
    const texts = data.map((s) => Array.from(s, (c) => c.codePointAt(0) ?? 0));
    const width = texts.reduce((w, t) => Math.max(w, t.length), textWidth);
    const view = new DataView(new ArrayBuffer(texts.length * width * 4));
    for (const [i, text] of texts.entries()) {
      for (const [j, point] of text.entries()) view.setUint32((i * width + j) * 4, point, true);
    }
    return { descr: `<U${width}`, payload: new Uint8Array(view.buffer) };
  }
  if (dtype === "bfloat16") throw new UnsupportedError("", "NumPy has no bfloat16", "write float32");
  const code = [...numberTypes].find(([, d]) => d === dtype)?.[0] ?? "f8";
  const stored = dtype === "float16" ? Uint16Array.from(data as Float32Array, float16ToBits) : data;
  const payload = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength).slice();
  const size = stored.BYTES_PER_ELEMENT;
  if (size > 1 && !hostIsLittle) for (let i = 0; i < payload.length; i += size) payload.subarray(i, i + size).reverse();
  return { descr: `${size === 1 ? "|" : "<"}${code}`, payload };
}
