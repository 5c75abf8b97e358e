/**
 * Bytes of a UBJSON model → plain values. First step of the reader for files of `Booster.save_model("model.ubj")`.
 *
 * Source: the Universal Binary JSON specification, draft 12, big endian, and what XGBoost writes of it (src/common/json.cc,
 * UBJReader and UBJWriter): strongly typed number arrays, counts as int64. Every length is checked against the bytes that are
 * left before anything is allocated, and containers are kept on a stack of our own.
 */

import { ModelParseError } from "../../errors.js";
import { bytesOf, wholeNumber } from "./copy-numbers.js";
import { type FileValue, formatName, type PackedNumbers, type PackedType, packedNumbers } from "./values.js";

/** XGBoost's own files nest 8 deep. */
const maxDepth = 64;

/** An object or array whose end is not reached. `left`: entries to come, undefined where a closing mark ends it. */
interface Open {
  readonly close: "}" | "]";
  readonly object: Record<string, FileValue> | undefined;
  readonly array: FileValue[] | undefined;
  key: string;
  left: number | undefined;
}

/** How one number of each type is read. */
const scalars: { readonly [T in PackedType]: (view: DataView, at: number) => number } = {
  i: (view, at) => view.getInt8(at),
  U: (view, at) => view.getUint8(at),
  I: (view, at) => view.getInt16(at),
  l: (view, at) => view.getInt32(at),
  L: (view, at) => {
    const value = wholeNumber(view, at);
    if (!Number.isSafeInteger(value)) throw damaged(at, `the integer ${value} is beyond 2^53`);
    return value;
  },
  d: (view, at) => view.getFloat32(at),
  D: (view, at) => view.getFloat64(at),
};

const numberTypes: ReadonlyMap<string, PackedType> = new Map(
  (Object.keys(scalars) as PackedType[]).map((type) => [type, type]),
);

function damaged(at: number, message: string): ModelParseError {
  return new ModelParseError(formatName, `byte ${at}`, message);
}

/**
 * Texts met before. The same twenty keys stand in every tree, and looking one up takes a fraction of the time that a TextDecoder
 * needs for it.
 */
function knownTexts(bytes: Uint8Array): {
  find(start: number, length: number): string | undefined;
  keep(text: string): string;
} {
  const longest = 32;
  const byHash = new Map<number, string>();
  const step = (hash: number, code: number): number => Math.imul(hash ^ code, 16_777_619);
  return {
    find(start, length) {
      if (length > longest) return undefined;
      let hash = length;
      for (let i = start; i < start + length; i++) hash = step(hash, bytes[i]!);
      const text = byHash.get(hash);
      if (text?.length !== length) return undefined;
      for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return undefined;
      return text;
    },
    keep(text) {
      if (text.length > longest) return text;
      let hash = text.length;
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        // The characters of other texts are not their bytes.
        if (code > 127) return text;
        hash = step(hash, code);
      }
      byHash.set(hash, text);
      return text;
    },
  };
}

/** Throws ModelParseError, with the byte, where the file is truncated, of another form, or nested deeper than any model is. */
export function decodeUbjson(bytes: Uint8Array): FileValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  const seen = knownTexts(bytes);
  let at = 0;

  const need = (count: number): number => {
    if (count > bytes.length - at) {
      throw damaged(at, `the file ends in the middle of a value: ${count} bytes expected, ${bytes.length - at} left`);
    }
    const from = at;
    at += count;
    return from;
  };
  const mark = (): string => String.fromCharCode(view.getUint8(need(1)));
  const peek = (): string => (at < bytes.length ? String.fromCharCode(view.getUint8(at)) : "");
  /** Padding marks count for nothing. */
  const skipNoOps = (): void => {
    while (peek() === "N") at++;
  };
  const count = (what: string): number => {
    const from = at;
    const type = mark();
    const integer = type === "d" || type === "D" ? undefined : numberTypes.get(type);
    if (integer === undefined) throw damaged(from, `the ${what} is no integer (type "${type}")`);
    const value = scalars[integer](view, need(bytesOf[integer]));
    if (value < 0) throw damaged(from, `the ${what} is ${value}, expected none below 0`);
    return value;
  };
  const text = (what: string): string => {
    const from = at;
    const length = count(`length of a ${what}`);
    const start = need(length);
    const known = seen.find(start, length);
    if (known !== undefined) return known;
    try {
      return seen.keep(utf8.decode(bytes.subarray(start, start + length)));
    } catch (error) {
      throw new ModelParseError(formatName, `byte ${from}`, `a ${what} is no UTF-8 text`, { cause: error });
    }
  };

  const open: Open[] = [];
  const container = (type: string): FileValue | undefined => {
    if (open.length >= maxDepth) throw damaged(at, `the nesting is deeper than ${maxDepth}`);
    const isObject = type === "{";
    if (!isObject && peek() === "$") return typedArray();
    if (peek() === "$") throw damaged(at, "an object of one value type, which XGBoost does not write");
    let left: number | undefined;
    if (peek() === "#") {
      at++;
      left = count("count of entries");
      if (left > bytes.length - at)
        throw damaged(at, `${left} entries claimed, but only ${bytes.length - at} bytes left`);
    }
    // Without a prototype, so that no key means more than any other.
    const object = isObject ? (Object.create(null) as Record<string, FileValue>) : undefined;
    open.push({ close: isObject ? "}" : "]", object, array: isObject ? undefined : [], key: "", left });
    return undefined;
  };
  const typedArray = (): PackedNumbers => {
    at++;
    const from = at;
    const written = mark();
    const type = numberTypes.get(written);
    if (type === undefined) throw damaged(from, `an array of type "${written}", expected numbers`);
    if (mark() !== "#") throw damaged(at - 1, "an array with a type but no count");
    const n = count("count of an array");
    return packedNumbers(type, view, need(n * bytesOf[type]), n);
  };
  const value = (): FileValue | undefined => {
    const from = at;
    const type = mark();
    if (type === "{" || type === "[") return container(type);
    if (type === "S") return text("string");
    if (type === "Z") return null;
    if (type === "T") return true;
    if (type === "F") return false;
    const number = numberTypes.get(type);
    if (number === undefined) throw damaged(from, `a value of unknown type "${type}"`);
    return scalars[number](view, need(bytesOf[number]));
  };

  if (peek() !== "{") throw damaged(0, "expected an object");
  let done = value();
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    skipNoOps();
    const ended = top.left === undefined ? peek() === top.close : top.left === 0;
    if (ended) {
      if (top.left === undefined) at++;
      open.pop();
      done = top.object ?? top.array;
    } else {
      if (top.left !== undefined) top.left--;
      if (top.object !== undefined) {
        const from = at;
        top.key = text("key");
        if (Object.hasOwn(top.object, top.key)) throw damaged(from, `the key ${JSON.stringify(top.key)} occurs twice`);
      }
      skipNoOps();
      done = value();
    }
    if (done === undefined) continue;
    const parent = open.at(-1);
    if (parent?.object !== undefined) parent.object[parent.key] = done;
    else parent?.array?.push(done);
  }
  skipNoOps();
  if (at !== bytes.length) throw damaged(at, `${bytes.length - at} bytes after the end of the model`);
  return done ?? null;
}
