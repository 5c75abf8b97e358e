/** What a host must know to call an emitted module: names, types, places in memory, labels. Written as manifest.json. */

import { hostRows, type SlotSize, slotAlignment } from "../../backends/wasm/image-format.js";
import { type Dim, formatDim } from "../../ir/dims.js";
import type { DType } from "../../ir/dtype.js";
import type { OutputRole, Program } from "../../ir/program.js";
import type { Provenance } from "../../ir/target.js";
import type { Dictionary } from "../../ir/types.js";
import { sha256 } from "./sha256.js";

/** One input or output; it takes bytesPerRow · rows + bytes. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  /** "N" is the number of rows. */
  readonly shape: readonly (number | string)[];
  readonly bytesPerRow: number;
  readonly bytes: number;
  readonly role?: OutputRole;
  /** What the int32 elements stand for: `values[i]`, and nothing for -1. 64-bit integers are written as text. */
  readonly labels?: { readonly dtype: Dictionary["dtype"]; readonly values: readonly (string | number | boolean)[] };
}

export interface Manifest {
  readonly calypte: string;
  readonly source: string;
  readonly producer: string;
  readonly strategy: string;
  readonly module: { readonly file: "model.wasm"; readonly bytes: number; readonly sha256: string };
  readonly abi: {
    readonly version: 1;
    /** All numbers are i32. `inputBytes(rows)` and `outputBytes(rows)` give the sizes of the two areas, `alloc(bytes)` memory for them. */
    readonly exports: readonly string[];
    /** Within an area each input or output begins at a multiple of this, in the order of this manifest. */
    readonly alignment: number;
  };
  /** Rows in a call from which on more rows no longer save time. */
  readonly blockRows: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const dim = (d: Dim): number | string => (typeof d === "number" ? d : formatDim(d));

/** JSON has neither 64-bit integers nor NaN and infinities. */
const asJson = (v: string | number | bigint | boolean): string | number | boolean =>
  typeof v === "bigint" || (typeof v === "number" && !Number.isFinite(v)) ? String(v) : v;

function ports(
  program: Program,
  list: readonly { readonly name: string; readonly value: number; readonly role?: OutputRole }[],
  slots: readonly SlotSize[],
): Port[] {
  return list.map(({ name, value, role }, i) => {
    const { dtype, shape, dictionary } = program.types[value]!;
    const { perRow, fixed } = slots[i]!;
    const labels =
      dictionary === undefined
        ? {}
        : {
            labels: {
              dtype: dictionary.dtype,
              values: Array.from<string | number | bigint | boolean>(dictionary.values).map(asJson),
            },
          };
    return {
      name,
      dtype,
      shape: shape.map(dim),
      bytesPerRow: perRow,
      bytes: fixed,
      ...(role === undefined ? {} : { role }),
      ...labels,
    };
  });
}

export function manifestOf(
  program: Program,
  module: Uint8Array,
  image: { readonly inputs: readonly SlotSize[]; readonly outputs: readonly SlotSize[]; readonly blockRows: number },
  { calypte, format, producer, strategy }: Provenance,
): Manifest {
  return {
    calypte,
    source: format,
    producer,
    strategy,
    module: { file: "model.wasm", bytes: module.length, sha256: sha256(module) },
    abi: {
      version: 1,
      exports: ["memory", "alloc", "reset", "inputBytes", "outputBytes", "score"],
      alignment: slotAlignment,
    },
    blockRows: hostRows(image),
    inputs: ports(program, program.inputs, image.inputs),
    outputs: ports(program, program.outputs, image.outputs),
  };
}
