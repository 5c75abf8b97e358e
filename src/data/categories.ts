/**
 * Categories in the user's data → the codes that the model takes, where its file lists them (`InputSpec.categories`). Used by
 * `to-tensors.ts` and `input-value.ts`, and by the readers of CSV and JSON.
 *
 * What a cell is depends on how it is given, as with the trainers: in data whose columns have names (records, a record of columns,
 * CSV with a header), which the trainers know as a data frame, it is a category; in a matrix a number is a code. A text or a
 * boolean is a category everywhere, and a number is a code where the file lists texts or booleans.
 */

import { DataError } from "../errors.js";
import type { Categories } from "../ir/categories.js";
import { describeValue, type PlaceOf } from "./cells.js";
import { isCells, isGivenTensor, typedArrayName } from "./given.js";
import { formatPlace, type InputSpec } from "./input-spec.js";

/** Categories that a message lists. */
const shown = 8;

/** The code for a category; any other cell as it is. Throws DataError for an unknown category where the trainer refuses it. */
export function codeOfCell(categories: Categories, cell: unknown, named: boolean, placeOf: PlaceOf): unknown {
  if (typeof cell !== categories.kind || (categories.kind === "number" && (!named || Number.isNaN(cell)))) return cell;
  return categories.codes.get(cell as string) ?? unknownCode(categories, cell, placeOf);
}

function unknownCode(categories: Categories, cell: unknown, placeOf: PlaceOf): number {
  if (categories.unknown === "missing") return Number.NaN;
  const place = placeOf();
  const known = Array.from(categories.codes.keys()).slice(0, shown);
  const rest = categories.codes.size - known.length;
  const listed = known.map((c) => JSON.stringify(c)).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  throw new DataError(
    `${formatPlace(place)}: expected one of the categories that the model was trained with (${listed}), got ${describeValue(cell)}; give null where it is missing`,
    place,
  );
}

/**
 * The cell of a text file as `codeOfCell` takes it: a category, or undefined where it is to be read as a number. Texts count as they
 * stand, spaces included; `readsAsNumber` says whether the cell could be a number or a missing value.
 */
export function categoryInText(
  { kind, codes, numericTexts }: Categories,
  cell: string,
  readsAsNumber: (text: string) => "number" | "missing" | "neither",
): string | boolean | undefined {
  if (kind === "string" && codes.has(cell)) return cell;
  const text = cell.trim();
  if (kind === "boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  const reads = readsAsNumber(text);
  return kind !== "string" || reads === "missing" || (reads === "number" && !numericTexts) ? undefined : cell;
}

/** A column of a table given by its name, with codes for categories; anything that is no list of cells as it is. */
export function columnCodes(categories: Categories, value: unknown, input: string, column: string): unknown {
  if (isGivenTensor(value)) return { ...value, data: columnCodes(categories, value.data, input, column) };
  if (!isCells(value) || (categories.kind !== "number" && typedArrayName(value) !== undefined)) return value;
  return Array.from(value, (cell: unknown, row) =>
    isCells(cell) && cell.length === 1
      ? [codeOfCell(categories, cell[0], true, () => ({ input, row, column }))]
      : codeOfCell(categories, cell, true, () => ({ input, row, column })),
  );
}

/** A matrix of which cells may be categories: rows, or a tensor over a plain array. Anything else as it is. */
export function matrixCodes(spec: InputSpec, value: unknown): unknown {
  const { categories } = spec;
  if (categories === undefined) return value;
  const code = (cell: unknown, row: number, j: number): unknown => {
    const list = categories.get(j);
    return list === undefined
      ? cell
      : codeOfCell(list, cell, false, () => ({ input: spec.name, row, column: spec.columns?.[j] ?? j }));
  };
  if (isGivenTensor(value)) {
    const width = spec.shape[1];
    if (!Array.isArray(value.data) || typeof width !== "number") return value;
    const data = value.data.map((cell: unknown, i) => code(cell, Math.floor(i / width), i % width));
    return { ...value, data };
  }
  if (!Array.isArray(value)) return value;
  return value.map((row: unknown, i) => (Array.isArray(row) ? row.map((cell: unknown, j) => code(cell, i, j)) : row));
}
