/**
 * Objects of a parsed JSON model checked against a table of fields: key, kind, optional. A key that the table lacks is refused by
 * name; nothing is read that is not in a table.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { format } from "./catboost-file.js";

interface Kinds {
  /** A whole number that an int32 or uint32 holds. */
  int: number;
  number: number;
  boolean: boolean;
  string: string;
  numbers: readonly number[];
  ints: readonly number[];
  strings: readonly string[];
  list: readonly unknown[];
  value: unknown;
}
export type Kind = keyof Kinds;

const isInt = (v: unknown): boolean => Number.isInteger(v) && (v as number) >= -(2 ** 31) && (v as number) < 2 ** 32;
const isNumber = (v: unknown): boolean => typeof v === "number";

const tests: { readonly [K in Kind]: (value: unknown) => boolean } = {
  int: isInt,
  number: isNumber,
  boolean: (v) => typeof v === "boolean",
  string: (v) => typeof v === "string",
  numbers: (v) => Array.isArray(v) && v.every(isNumber),
  ints: (v) => Array.isArray(v) && v.every(isInt),
  strings: (v) => Array.isArray(v) && v.every((e) => typeof e === "string"),
  list: Array.isArray,
  value: () => true,
};

const called: { readonly [K in Kind]: string } = {
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  string: "a string",
  numbers: "a list of numbers",
  ints: "a list of whole numbers",
  strings: "a list of strings",
  list: "a list",
  value: "a value",
};

/** Keys and their kinds; one that may be left out ends in "?". */
export type Fields = { readonly [key: string]: Kind | `${Kind}?` };

export type Read<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends `${infer O extends Kind}?`
    ? Kinds[O] | undefined
    : F[K] extends Kind
      ? Kinds[F[K]]
      : never;
};

/** The object as the table says. Throws ModelParseError for a wrong or missing value, UnsupportedError for an unknown key. */
export function readFields<F extends Fields>(value: unknown, path: string, fields: F): Read<F> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ModelParseError(format, path, `expected an object, got ${shown(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(fields, key)) {
      throw new UnsupportedError(
        path === "" ? "CatBoost model" : path,
        `the key ${JSON.stringify(key)} is not known`,
        'save the model again with CatBoost 1.2, as "json" or "cbm"',
      );
    }
  }
  const given = value as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const [key, spelled] of Object.entries(fields)) {
    const optional = spelled.endsWith("?");
    const kind = (optional ? spelled.slice(0, -1) : spelled) as Kind;
    const element = Object.hasOwn(given, key) ? given[key] : undefined;
    // CatBoost writes an empty list as null.
    if (optional && (element === undefined || element === null)) {
      result[key] = undefined;
      continue;
    }
    if (element === undefined) throw new ModelParseError(format, path, `${key} is missing, expected ${called[kind]}`);
    if (!tests[kind](element)) {
      const place = path === "" ? key : `${path}.${key}`;
      throw new ModelParseError(format, place, `expected ${called[kind]}, got ${shown(element)}`);
    }
    result[key] = element;
  }
  return result as Read<F>;
}

/** A short form of a value for messages. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** Text → value. Throws ModelParseError where it is no JSON, or nested deeper than can be parsed. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) {
      throw new ModelParseError(format, path, `it is no valid JSON: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
