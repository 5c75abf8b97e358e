/**
 * Rows of any form (CSV records, JSON rows, rows of an array) → batches of input tensors: the common end of the CLI's readers of
 * data. A reader finds once where each cell of a row goes (`Route`), and says how a cell becomes an element.
 */

import { allocate, type TensorData } from "../ir/dtype.js";
import type { Tensor } from "../ir/tensor.js";
import type { PlaceOf } from "./cells.js";
import type { InputSpec, Place } from "./input-spec.js";

/** Where a cell goes: element `to` of a row of input `input` (an index into the specs); `name` is its column, for messages. */
export interface Route {
  readonly input: number;
  readonly to: number;
  readonly name: string | number;
}

/** Columns of the data itself, to be written beside the answers. */
export interface KeptColumns {
  readonly names: readonly string[];
  /** One entry per row of the batch: values in the order of `names`. */
  readonly rows: readonly (readonly unknown[])[];
  /** The values are the text of cells of a CSV file. */
  readonly text?: true;
}

export interface DataBatch {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly rows: number;
  readonly kept?: KeptColumns;
}

/** Where a row stands in the data, for messages. */
export type RowSource = NonNullable<Place["source"]>;

export interface BatchBuilder<R> {
  /** Rows waiting in the batch. */
  rows(): number;
  add(row: R, source: RowSource): void;
  /** The batch, and room for the next one. */
  take(): DataBatch;
}

export interface BatchOptions<R, T extends Route> {
  readonly specs: readonly InputSpec[];
  readonly routes: readonly T[];
  /** The element for a cell of a row. Throws DataError, at `placeOf()`, where it cannot be one. */
  readonly element: (row: R, route: T, spec: InputSpec, placeOf: PlaceOf) => TensorData[number];
  /** Most rows of a batch; what is allocated grows up to it. */
  readonly batchRows: number;
  readonly keep?: {
    readonly names: readonly string[];
    readonly values: (row: R) => readonly unknown[];
    readonly text?: true;
  };
}

export function createBatchBuilder<R, T extends Route>(options: BatchOptions<R, T>): BatchBuilder<R> {
  const { specs, routes, element, keep } = options;
  const widths = specs.map((_, i) => routes.filter((r) => r.input === i).length);
  const ways = routes.map((route) => ({ route, spec: specs[route.input]!, width: widths[route.input]! }));
  let [rows, total, capacity] = [0, 0, 0];
  let data: TensorData[] = [];
  let kept: (readonly unknown[])[] = [];

  const grow = (): void => {
    capacity = Math.min(Math.max(256, capacity * 2), options.batchRows);
    data = specs.map((spec, i) => {
      const larger = allocate(spec.dtype, capacity * widths[i]!);
      copyInto(larger, data[i]);
      return larger;
    });
  };

  return {
    rows: () => rows,
    add(row, source) {
      if (rows === capacity) grow();
      for (const { route, spec, width } of ways) {
        const target = data[route.input] as { [index: number]: unknown };
        target[rows * width + route.to] = element(row, route, spec, () => ({
          input: spec.name,
          row: total,
          column: route.name,
          source,
        }));
      }
      if (keep !== undefined) kept.push(keep.values(row));
      rows++;
      total++;
    },
    take() {
      const tensors = new Map<string, Tensor>();
      for (const [i, spec] of specs.entries()) {
        const shape = spec.shape.length === 1 ? [rows] : [rows, widths[i]!];
        const whole = data[i] ?? allocate(spec.dtype, 0);
        tensors.set(spec.name, { dtype: spec.dtype, shape, data: whole.slice(0, rows * widths[i]!) });
      }
      const batch = { tensors, rows, ...(keep === undefined ? {} : { kept: keptOf(keep, kept) }) };
      rows = 0;
      kept = [];
      return batch;
    },
  };
}

const keptOf = (keep: { readonly names: readonly string[]; readonly text?: true }, rows: KeptColumns["rows"]) => ({
  names: keep.names,
  rows,
  ...(keep.text === undefined ? {} : { text: keep.text }),
});

function copyInto(target: TensorData, source: TensorData | undefined): void {
  const out = target as { [index: number]: unknown };
  for (let i = 0; i < (source?.length ?? 0); i++) out[i] = source?.[i];
}
