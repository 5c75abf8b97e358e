/**
 * What a model wants of its user: one `InputSpec` per model input. The entry side of the data path: user values →
 * `to-tensors.ts` (library) or the readers of files (CLI) → tensors of exactly these dtypes and shapes → `Executable.run`.
 */

import type { Categories } from "../ir/categories.js";
import { type Dim, dependsOnN } from "../ir/dims.js";
import type { DType } from "../ir/dtype.js";

/** A model input. `shape` has N on the axis that counts rows; "?" where the file leaves a width open. */
export interface InputSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** Names of the columns of a matrix input, where the file holds them. */
  readonly columns?: readonly string[];
  /** The categories of columns of a matrix, by column, where the file lists them: they may be given in place of their codes. */
  readonly categories?: ReadonlyMap<number, Categories>;
  /** A map in the file: rows may lack columns. See `sparse-rows.ts`. */
  readonly sparse?: true;
}

/** Where a value stands, for messages: its input, and the row and the column (zero-based, or the column's name). */
export interface Place {
  readonly input: string;
  readonly row?: number;
  readonly column?: string | number;
  /** Where the value was read from a file: its name and the line, counted from 1, or for files without lines the row, from 0. */
  readonly source?: { readonly file: string; readonly line: number } | { readonly file: string; readonly row: number };
}

/** The shape in the words of the user: `[rows, 4]`, `[rows, any]`. */
export function formatShape(shape: readonly Dim[]): string {
  const words = shape.map((d) => {
    if (d === "?") return "any";
    if (typeof d === "number") return String(d);
    const times = d.N === 1 ? "rows" : `${d.N}·rows`;
    return d.plus === 0 ? times : `${times}${d.plus < 0 ? "" : "+"}${d.plus}`;
  });
  return `[${words.join(", ")}]`;
}

/**
 * `input "X", row 3, column "age"`: opens the messages about a value. Rows and columns count from 0; in a text file it is `data.csv, line 5, column "age"`, lines counted from 1.
 */
export function formatPlace(place: Place): string {
  const row = place.row === undefined ? "" : `, row ${place.row}`;
  const column =
    place.column === undefined
      ? ""
      : `, column ${typeof place.column === "number" ? place.column : JSON.stringify(place.column)}`;
  if (place.source !== undefined) return `${formatSource(place.source)}${column}`;
  return `input ${JSON.stringify(place.input)}${row}${column}`;
}

/** `data.csv, line 5`, `data.npy, row 3`. */
export function formatSource(source: NonNullable<Place["source"]>): string {
  return "line" in source ? `${source.file}, line ${source.line}` : `${source.file}, row ${source.row}`;
}

/** True for [N] and [N, 1]: an input that is one column of a table. */
export function isColumn(spec: InputSpec): boolean {
  const [rows, width] = spec.shape;
  if (rows === undefined || !dependsOnN(rows)) return false;
  return spec.shape.length === 1 || (spec.shape.length === 2 && width === 1);
}

/** True for [N, F] with F fixed or open: an input that is a table of numbers or strings. */
export function isMatrix(spec: InputSpec): boolean {
  const [rows, width] = spec.shape;
  return spec.shape.length === 2 && rows !== undefined && dependsOnN(rows) && width !== undefined && !dependsOnN(width);
}

/** Batch size for which the declared shape equals `shape`; 1 where it does not depend on N; undefined where it never does. */
export function rowsOf(spec: InputSpec, shape: readonly number[]): number | undefined {
  if (shape.length !== spec.shape.length) return undefined;
  let rows: number | undefined;
  for (const [i, d] of spec.shape.entries()) {
    if (d === "?") continue;
    if (typeof d === "number") {
      if (shape[i] !== d) return undefined;
      continue;
    }
    const n = (shape[i]! - d.plus) / d.N;
    if (!Number.isInteger(n) || n < 0 || (rows !== undefined && rows !== n)) return undefined;
    rows = n;
  }
  return rows ?? 1;
}

/** [n] and [n, 1] are the same column: the declared of the two. Other shapes as they are. */
export function asDeclared(spec: InputSpec, shape: readonly number[]): readonly number[] {
  if (!isColumn(spec)) return shape;
  if (shape.length === 2 && shape[1] === 1 && spec.shape.length === 1) return [shape[0]!];
  return shape.length === 1 && spec.shape.length === 2 ? [shape[0]!, 1] : shape;
}

/** Row and column of the i-th element of a tensor of this shape; `column` overrides the column where the value is one of a table. */
export function placeInShape(spec: InputSpec, shape: readonly number[], i: number, column: string | undefined): Place {
  const index = new Array<number>(shape.length);
  let rest = i;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  const rowAxis = spec.shape.findIndex(dependsOnN);
  const row = rowAxis < 0 ? undefined : index[rowAxis];
  const last = shape.length - 1;
  const j = last > 0 && last !== rowAxis && !isColumn(spec) ? index[last] : undefined;
  const name = column ?? (j === undefined ? undefined : (spec.columns?.[j] ?? j));
  return {
    input: spec.name,
    ...(row === undefined || Number.isNaN(row) ? {} : { row }),
    ...(name === undefined ? {} : { column: name }),
  };
}
