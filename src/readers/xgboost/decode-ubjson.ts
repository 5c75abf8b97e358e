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

/** The marks of the format that are no types of numbers. */
const mark = {
  object: 0x7b,
  objectEnd: 0x7d,
  array: 0x5b,
  arrayEnd: 0x5d,
  type: 0x24,
  count: 0x23,
  string: 0x53,
  null: 0x5a,
  true: 0x54,
  false: 0x46,
  noOp: 0x4e,
} as const;

/** An object or array whose end is not reached. `left`: entries to come, undefined where a closing mark ends it. */
interface Open {
  readonly close: number;
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

/** By the byte that stands for each. */
const numberTypes: readonly (PackedType | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  (Object.keys(scalars) as PackedType[]).find((type) => type.charCodeAt(0) === code),
);

const quoted = (code: number): string => JSON.stringify(String.fromCharCode(code));

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

/**
 * What objects of the file inherit from, so that no key means more than any other. An object that inherits from nothing would be a hash
 * table; those that inherit from this one share the layout of the objects with the same keys, which takes a third of the memory.
 */
const bare: object = Object.freeze(Object.create(null));

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
  const take = (): number => bytes[need(1)]!;
  /** Padding marks count for nothing. */
  const skipNoOps = (): void => {
    while (bytes[at] === mark.noOp) at++;
  };
  const count = (what: string): number => {
    const from = at;
    const code = take();
    const type = numberTypes[code];
    if (type === undefined || type === "d" || type === "D") {
      throw damaged(from, `the ${what} is no integer (type ${quoted(code)})`);
    }
    const value = scalars[type](view, need(bytesOf[type]));
    if (value < 0) throw damaged(from, `the ${what} is ${value}, expected none below 0`);
    return value;
  };
  const text = (what: string): string => {
    const from = at;
    const length = count(what);
    const start = need(length);
    const known = seen.find(start, length);
    if (known !== undefined) return known;
    try {
      return seen.keep(utf8.decode(bytes.subarray(start, start + length)));
    } catch (error) {
      throw new ModelParseError(formatName, `byte ${from}`, `a text is not in UTF-8`, { cause: error });
    }
  };

  // A fifth of the arrays of a tree without categories.
  const empty = new Map<PackedType, PackedNumbers>();
  const emptyArray = (type: PackedType): PackedNumbers => {
    const known = empty.get(type) ?? packedNumbers(type, view, 0, 0);
    empty.set(type, known);
    return known;
  };

  const open: Open[] = [];
  const container = (isObject: boolean): FileValue | undefined => {
    if (open.length >= maxDepth) throw damaged(at, `the nesting is deeper than ${maxDepth}`);
    if (!isObject && bytes[at] === mark.type) return typedArray();
    if (bytes[at] === mark.type) throw damaged(at, "an object of one value type, which XGBoost does not write");
    let left: number | undefined;
    if (bytes[at] === mark.count) {
      at++;
      left = count("count of entries");
      if (left > bytes.length - at)
        throw damaged(at, `${left} entries claimed, but only ${bytes.length - at} bytes left`);
    }
    const object = isObject ? (Object.create(bare) as Record<string, FileValue>) : undefined;
    open.push({
      close: isObject ? mark.objectEnd : mark.arrayEnd,
      object,
      array: isObject ? undefined : [],
      key: "",
      left,
    });
    return undefined;
  };
  const typedArray = (): PackedNumbers => {
    at++;
    const from = at;
    const code = take();
    const type = numberTypes[code];
    if (type === undefined) throw damaged(from, `an array of type ${quoted(code)}, expected numbers`);
    if (take() !== mark.count) throw damaged(at - 1, "an array with a type but no count");
    const n = count("count of an array");
    return n === 0 ? emptyArray(type) : packedNumbers(type, view, need(n * bytesOf[type]), n);
  };
  const value = (): FileValue | undefined => {
    const from = at;
    const code = take();
    if (code === mark.array || code === mark.object) return container(code === mark.object);
    if (code === mark.string) return text("length of a string");
    if (code === mark.null) return null;
    if (code === mark.true) return true;
    if (code === mark.false) return false;
    const type = numberTypes[code];
    if (type === undefined) throw damaged(from, `a value of unknown type ${quoted(code)}`);
    return scalars[type](view, need(bytesOf[type]));
  };

  if (bytes[0] !== mark.object) throw damaged(0, "expected an object");
  let done = value();
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    skipNoOps();
    const ended = top.left === undefined ? bytes[at] === top.close : top.left === 0;
    if (ended) {
      if (top.left === undefined) at++;
      open.pop();
      done = top.object ?? top.array;
    } else {
      if (top.left !== undefined) top.left--;
      if (top.object !== undefined) {
        const from = at;
        top.key = text("length of a key");
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
