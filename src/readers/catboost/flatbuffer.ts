/**
 * FlatBuffers read with every offset and length checked, by tables that name the fields in the order of their slots. No code is
 * generated and nothing is allocated beyond what the buffer can hold: shared vectors count each time they are read.
 *
 * Source of the layout: "FlatBuffers Internals" (flatbuffers.dev), little endian: a table starts with the signed distance back to its
 * vtable (uint16 size, uint16 table size, uint16 offset per field, 0 where absent); other things are reached by unsigned distances.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";

/** Where a table starts. */
export type Place = number;

interface Kinds {
  bool: boolean;
  byte: number;
  int: number;
  double: number;
  string: string;
  strings: readonly string[];
  ints: Int32Array;
  uints: Uint32Array;
  /** A vector of structs of two uint16, flattened. */
  pairs: Uint16Array;
  /** A vector of structs of four bytes, flattened. */
  quads: Uint8Array;
  floats: Float32Array;
  doubles: Float64Array;
  /** Checked to lie in the buffer, and left there: nobody reads them. */
  unreadDoubles: undefined;
  table: Place | undefined;
  tables: readonly Place[];
}
export type FieldKind = keyof Kinds;

/** The fields of a table, in slot order. */
export interface TableFields {
  readonly [field: string]: FieldKind;
}
export type ReadTable<F extends TableFields> = { readonly [K in keyof F]: Kinds[F[K]] };

/** What stands for a field that is absent; ints may have another default in the schema. */
const absent: { readonly [K in FieldKind]: () => Kinds[K] } = {
  bool: () => false,
  byte: () => 0,
  int: () => 0,
  double: () => 0,
  string: () => "",
  strings: () => [],
  ints: () => new Int32Array(),
  uints: () => new Uint32Array(),
  pairs: () => new Uint16Array(),
  quads: () => new Uint8Array(),
  floats: () => new Float32Array(),
  doubles: () => new Float64Array(),
  unreadDoubles: () => undefined,
  table: () => undefined,
  tables: () => [],
};

const inlineBytes: { readonly [K in FieldKind]: number } = {
  bool: 1,
  byte: 1,
  int: 4,
  double: 8,
  string: 4,
  strings: 4,
  ints: 4,
  uints: 4,
  pairs: 4,
  quads: 4,
  floats: 4,
  doubles: 4,
  unreadDoubles: 4,
  table: 4,
  tables: 4,
};

export interface FlatBuffer {
  readonly root: Place;
  /** `name` is that of the table in the schema; `defaults` of fields other than zero and empty. */
  read<F extends TableFields>(
    name: string,
    at: Place,
    fields: F,
    defaults?: { readonly [K in keyof F]?: Kinds[F[K]] },
  ): ReadTable<F>;
}

/** Opens a buffer. All reading throws ModelParseError (`format`, byte in the buffer) where it would leave the buffer. */
export function openFlatBuffer(bytes: Uint8Array, format: string): FlatBuffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.byteLength;
  let budget = size;

  const fail = (at: number, message: string): never => {
    throw new ModelParseError(format, `byte ${at} of ${size}`, message);
  };
  const need = (at: number, count: number, what: string): void => {
    if (at < 0 || at + count > size) fail(at, `${what} of ${count} bytes does not fit`);
  };
  const u16 = (at: number): number => {
    need(at, 2, "a number");
    return view.getUint16(at, true);
  };
  const follow = (at: number): number => {
    need(at, 4, "an offset");
    return at + view.getUint32(at, true);
  };
  /** Start and length of a vector of elements of `width` bytes. */
  const vector = (field: number, width: number, what: string): readonly [start: number, length: number] => {
    const at = follow(field);
    need(at, 4, "a length");
    const length = view.getUint32(at, true);
    need(at + 4, length * width, `${what}, a vector of ${length},`);
    budget -= length * width;
    if (budget < 0) fail(at, `${what} overlaps what was read before`);
    return [at + 4, length];
  };
  const text = (field: number, what: string): string => {
    const [at, length] = vector(field, 1, what);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(at, at + length));
    } catch (error) {
      throw new ModelParseError(format, `byte ${at} of ${size}`, `${what} is no UTF-8 text`, { cause: error });
    }
  };
  /** Copies of the elements, whatever their alignment in the file. (`slice` of a Buffer would be a view of its pool.) */
  const copied = (field: number, width: number, what: string): ArrayBuffer => {
    const [at, length] = vector(field, width, what);
    const own = new Uint8Array(length * width);
    own.set(bytes.subarray(at, at + length * width));
    return own.buffer;
  };

  const readers: { readonly [K in FieldKind]: (at: number, what: string) => Kinds[K] } = {
    bool: (at) => view.getUint8(at) !== 0,
    byte: (at) => view.getInt8(at),
    int: (at) => view.getInt32(at, true),
    double: (at) => view.getFloat64(at, true),
    string: text,
    strings: (at, what) => {
      const [start, length] = vector(at, 4, what);
      return Array.from({ length }, (_, i) => text(start + 4 * i, `${what}[${i}]`));
    },
    ints: (at, what) => new Int32Array(copied(at, 4, what)),
    uints: (at, what) => new Uint32Array(copied(at, 4, what)),
    pairs: (at, what) => new Uint16Array(copied(at, 4, what)),
    quads: (at, what) => new Uint8Array(copied(at, 4, what)),
    floats: (at, what) => new Float32Array(copied(at, 4, what)),
    doubles: (at, what) => new Float64Array(copied(at, 8, what)),
    unreadDoubles: (at, what) => void vector(at, 8, what),
    table: (at) => follow(at),
    tables: (at, what) => {
      const [start, length] = vector(at, 4, what);
      return Array.from({ length }, (_, i) => follow(start + 4 * i));
    },
  };
  const readField = <K extends FieldKind>(kind: K, at: number, what: string): Kinds[K] => readers[kind](at, what);

  return {
    root: follow(0),
    read<F extends TableFields>(
      name: string,
      at: Place,
      fields: F,
      defaults?: { readonly [K in keyof F]?: Kinds[F[K]] },
    ): ReadTable<F> {
      need(at, 4, `the table ${name}`);
      const vtable = at - view.getInt32(at, true);
      const slots = (u16(vtable) - 4) / 2;
      need(vtable, 4, `the layout of ${name}`);
      const tableSize = u16(vtable + 2);
      if (!Number.isInteger(slots) || slots < 0) fail(vtable, `the layout of ${name} has an impossible size`);
      need(vtable, 4 + 2 * slots, `the layout of ${name}`);
      need(at, tableSize, `the table ${name}`);
      const names = Object.keys(fields);
      for (let slot = names.length; slot < slots; slot++) {
        if (u16(vtable + 4 + 2 * slot) !== 0) {
          throw new UnsupportedError(
            name,
            `the file has a field number ${slot} that is not known`,
            "save the model again with CatBoost 1.2",
          );
        }
      }
      const result: Record<string, unknown> = {};
      for (const [slot, field] of names.entries()) {
        const kind = fields[field];
        if (kind === undefined) continue;
        const offset = slot < slots ? u16(vtable + 4 + 2 * slot) : 0;
        if (offset === 0) {
          const known = defaults?.[field];
          result[field] = known === undefined ? absent[kind]() : known;
          continue;
        }
        if (offset < 4 || offset + inlineBytes[kind] > tableSize) {
          fail(vtable + 4 + 2 * slot, `${name}.${field} lies outside its table`);
        }
        result[field] = readField(kind, at + offset, `${name}.${field}`);
      }
      return result as ReadTable<F>;
    },
  };
}
