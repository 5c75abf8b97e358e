/**
 * Checks the objects of a model file against tables: key, kind of value, from which version on, whether it may be absent. A key
 * that its table lacks is refused by name, so that nothing in a file is passed over in silence. Between the decoders and
 * `read-xgboost.ts`; the tables themselves are in `tables.ts`.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { unpack } from "./copy-numbers.js";
import {
  type FileList,
  type FileObject,
  type FileValue,
  formatName,
  isPacked,
  type NumberList,
  wrong,
} from "./values.js";

/** What a value is read as. */
export interface Kinds {
  object: FileObject;
  objects: readonly FileObject[];
  text: string;
  texts: readonly string[];
  /** A whole number written as text, as XGBoost writes its parameters; not negative. */
  count: number;
  integer: number;
  integers: NumberList;
  floats: NumberList;
  /** Numbers that `copy-numbers.ts` checks when they are taken. */
  numbers: FileList;
  /** Has no influence on predictions. */
  ignored: FileValue;
}

export interface Field {
  readonly kind: keyof Kinds;
  /** Written from this version on; refused before, as an unknown key is. */
  readonly since?: Version;
  readonly optional?: true;
}

export type Table = { readonly [key: string]: Field };
export type Version = readonly [major: number, minor: number, patch: number];

/** The values of an object, by the keys of its table. */
export type Row<T extends Table> = {
  readonly [K in keyof T]: T[K] extends { readonly optional: true }
    ? Kinds[T[K]["kind"]] | undefined
    : Kinds[T[K]["kind"]];
};

/** Negative where `a` is older than `b`. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/**
 * Reads an object of the file. Throws ModelParseError for an absent or wrong value and UnsupportedError for a key that the table
 * does not know; `path` says where.
 */
export function readObject<T extends Table>(
  value: FileValue | undefined,
  path: string,
  table: T,
  version: Version,
): Row<T> {
  const object = kinds.object(value, path);
  const row: Record<string, unknown> = {};
  let known = 0;
  for (const [key, field] of fieldsOf(table)) {
    const written = field.since === undefined || compareVersions(version, field.since) >= 0;
    if (written && Object.hasOwn(object, key)) {
      known++;
      row[key] = kinds[field.kind](object[key], `${path}.${key}`);
    } else if (field.optional === true) row[key] = undefined;
    else throw new ModelParseError(formatName, `${path}.${key}`, "it is missing");
  }
  const keys = Object.keys(object);
  if (known !== keys.length) refuseUnknown(keys, path, table, version);
  // Filled key by key from the table just above, which the type says and the loop cannot.
  return row as Row<T>;
}

/** The entries of each table, which stay what they are. */
const entries = new WeakMap<Table, readonly (readonly [key: string, field: Field])[]>();

function fieldsOf(table: Table): readonly (readonly [key: string, field: Field])[] {
  const known = entries.get(table) ?? Object.entries(table);
  entries.set(table, known);
  return known;
}

function refuseUnknown(keys: readonly string[], path: string, table: Table, version: Version): void {
  for (const key of keys) {
    const field = Object.hasOwn(table, key) ? table[key] : undefined;
    if (field === undefined || (field.since !== undefined && compareVersions(version, field.since) < 0)) {
      throw new UnsupportedError(
        `${formatName}: ${path}`,
        `the key ${JSON.stringify(key.slice(0, 80))} is unknown in ${version.join(".")}, and what it changes too`,
        `calypte knows ${Object.keys(table).join(", ")}`,
      );
    }
  }
}

function isList(value: FileValue | undefined): value is FileList {
  return Array.isArray(value) || isPacked(value);
}

function isObject(value: FileValue | undefined): value is FileObject {
  return typeof value === "object" && value !== null && !isList(value);
}

const noIntegers: NumberList = [];

function integerList(value: FileValue | undefined, path: string): NumberList {
  if (!isList(value)) return wrong(path, "a list of whole numbers", value);
  // Most trees have four empty lists of categories.
  if (value.length === 0) return noIntegers;
  const list: readonly FileValue[] | NumberList = isPacked(value) ? unpack(value) : value;
  let flags = false;
  for (let i = 0; i < list.length; i++) {
    // Flags may be written as false and true.
    if (typeof list[i] === "boolean") flags = true;
    else if (!Number.isSafeInteger(list[i])) return wrong(`${path}[${i}]`, "a whole number", list[i]);
  }
  return flags ? Array.from(list, Number) : (list as NumberList);
}

/** NaN, which JSON files hold as null, is left to who needs a number there. */
function floatList(value: FileValue | undefined, path: string): NumberList {
  if (!isList(value)) return wrong(path, "a list of numbers", value);
  if (isPacked(value)) return unpack(value);
  let holes = false;
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (item === null) holes = true;
    else if (typeof item !== "number") return wrong(`${path}[${i}]`, "a number", item);
  }
  return holes ? Float64Array.from(value, (v) => (v === null ? Number.NaN : Number(v))) : (value as readonly number[]);
}

const kinds: { readonly [K in keyof Kinds]: (value: FileValue | undefined, path: string) => Kinds[K] } = {
  object: (value, path) => (isObject(value) ? value : wrong(path, "an object", value)),
  objects(value, path) {
    if (!Array.isArray(value)) return wrong(path, "a list of objects", value);
    return value.map((item: FileValue, i) => (isObject(item) ? item : wrong(`${path}[${i}]`, "an object", item)));
  },
  text: (value, path) => (typeof value === "string" ? value : wrong(path, "a text", value)),
  texts(value, path) {
    if (!Array.isArray(value)) return wrong(path, "a list of texts", value);
    return value.map((item: FileValue, i) =>
      typeof item === "string" ? item : wrong(`${path}[${i}]`, "a text", item),
    );
  },
  count(value, path) {
    if (typeof value !== "string" || !/^\d{1,10}$/.test(value)) return wrong(path, "a whole number as text", value);
    return Number(value);
  },
  integer: (value, path) =>
    typeof value === "number" && Number.isSafeInteger(value) ? value : wrong(path, "a whole number", value),
  integers: (value, path) => integerList(value, path),
  floats: (value, path) => floatList(value, path),
  numbers: (value, path) => (isList(value) ? value : wrong(path, "a list of numbers", value)),
  ignored: (value) => value ?? null,
};
