/**
 * The categories of one column, where a model's file lists them: what a user writes → the code that the trees know. Made by the
 * readers of the boosters' files as part of a `ModelInput`; used where the user's data becomes tensors (src/data/categories.ts).
 */

/** What a category may be: a text, a number, a boolean. All of one column are of one kind. */
export type Category = string | number | boolean;

export interface Categories {
  readonly kind: "string" | "number" | "boolean";
  /** Codes by category, in the order of the codes. */
  readonly codes: ReadonlyMap<Category, number>;
  /** What a category becomes that the file does not list: a DataError, or a missing value. As the trainer's own predict has it. */
  readonly unknown: "refuse" | "missing";
  /** Some text reads as a number, so that a number in a CSV file may be a category, and is no code. */
  readonly numericTexts: boolean;
}

/**
 * The category at place i of the list has the code i. Undefined for an empty list, and for one of several kinds, of integers that
 * JavaScript cannot tell apart, or with a category twice: such a list names nothing for certain.
 */
export function categoriesOf(values: readonly unknown[], unknown: Categories["unknown"]): Categories | undefined {
  const kind = typeof values[0];
  if (kind !== "string" && kind !== "number" && kind !== "boolean") return undefined;
  const codes = new Map<Category, number>();
  for (const [code, value] of values.entries()) {
    if (typeof value !== kind || Number.isNaN(value) || codes.has(value as Category)) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) return undefined;
    codes.set(value as Category, code);
  }
  const numericTexts =
    kind === "string" && values.some((text) => String(text).trim() !== "" && !Number.isNaN(Number(text)));
  return { kind, codes, unknown, numericTexts };
}
