/**
 * What JSON and UBJSON decode to, before anything is known of its meaning: the plain values that `schema.ts` checks against the
 * tables of the format. Made by `decode-json.ts` and `decode-ubjson.ts`.
 */

/** Numbers of one file array: a plain array (JSON), or a typed one (UBJSON). 64-bit integers are held as float64, exactly. */
export type NumberList = ArrayLike<number>;

export type FileValue = null | boolean | number | string | NumberList | readonly FileValue[] | FileObject;

/** Keys are the file's own, so that any name may occur: ask with `Object.hasOwn` and `Object.keys` only. */
export interface FileObject {
  readonly [key: string]: FileValue;
}

/** The format's name in errors. */
export const formatName = "xgboost";
