/** A Model: what the file says. A graph of named operators over named values, in an order that can be executed. */

import type { Categories } from "./categories.js";
import type { Dim } from "./dims.js";
import type { DType } from "./dtype.js";
import type { BoundOperator } from "./operator.js";
import type { OutputRole } from "./program.js";
import type { Tensor } from "./tensor.js";

export interface ModelInput {
  readonly name: string;
  readonly dtype: DType;
  /** As declared; the reader has put N where the file leaves the batch open (or fixes it to 1), "?" for other open dimensions. */
  readonly shape: readonly Dim[];
  /** Column names, where the file holds them. */
  readonly columns?: readonly string[];
  /** The categories of columns of a matrix, by column, where the file lists them: they may be given in place of their codes. */
  readonly categories?: ReadonlyMap<number, Categories>;
  /** The file has a map here: a row need not hold all columns. */
  readonly sparse?: true;
  /** The file declares a batch of exactly one row; N stands in `shape` all the same, and every row is scored by itself. */
  readonly oneRow?: boolean;
}

export interface ModelOutput {
  readonly name: string;
  /** Where the reader knows it; otherwise found from the value when the model is lowered. */
  readonly role?: OutputRole;
  /** Declared type, to be checked against what the lowering gives. */
  readonly dtype?: DType;
  readonly shape?: readonly Dim[];
}

export interface ModelNode {
  readonly operator: BoundOperator;
  /** Value names; undefined where an optional input is left out. */
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly (string | undefined)[];
  /** Values of the graphs around that its subgraphs read. */
  readonly captures?: readonly string[];
  /** e.g. `node "scaler" (ai.onnx.ml:Scaler)`. */
  readonly where: string;
}

/** What a trainer lets one choose at prediction time. */
export interface PredictionOptions {
  /** Boosting rounds [first, end) to sum; all by default. */
  readonly iterationRange?: readonly [first: number, end: number];
  /** The value that stands for "missing" beside NaN (XGBoost's `missing`). */
  readonly missing?: number;
}

export interface Model {
  /** "onnx", later "xgboost", "lightgbm", … */
  readonly format: string;
  /** Free text of the file about itself, for `inspect` and the provenance of emitted files. */
  readonly producer: string;
  readonly inputs: readonly ModelInput[];
  /** Names of inputs that have a value in the file, which is a constant here: whoever gives another one is told so. */
  readonly fixedInputs?: readonly string[];
  readonly outputs: readonly ModelOutput[];
  readonly nodes: readonly ModelNode[];
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Operator set versions by domain, e.g. { "ai.onnx": 18 }; empty for formats that have none. */
  readonly opsets: Readonly<Record<string, number>>;
  /** What the file says of itself that a person wants to know (objective, rounds, best iteration), for `inspect`. */
  readonly facts?: readonly (readonly [name: string, value: string])[];
  /** The same model under other prediction options. Throws OptionError for one that it does not have. */
  configure?(options: PredictionOptions): Model;
}
