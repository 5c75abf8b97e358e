/** Repeats a tensor along its axes. Semantics: ai.onnx Tile (6, 13), which is NumPy's tile with one count per axis. */

import { ShapeError } from "../src/errors.js";
import { type Dim, mulDims } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { knownDim, knownDims } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

export type TileAttrs = Readonly<Record<never, never>>;

/** Any tensor, and counts known in terms of the batch size → each axis times its count. */
export const tile: OperatorCompiler<TileAttrs> = {
  op: "Tile",
  onDemand: true,
  summary: "repeats a tensor along its axes",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Tile: [
        {
          since: 6,
          read(node) {
            checkOperands(node, [2, 2]);
            return {};
          },
        },
      ],
    },
  },
  compile(ctx, _attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { shape } = build.type(x);
    const repeats = knownDims(ctx, operand(ctx, inputs, 1), "the repeats of Tile");
    if (repeats.length !== shape.length || repeats.some((r) => typeof r === "number" && r < 0)) {
      throw new ShapeError(`repeats must be ${shape.length} counts, got [${repeats.length}] of them or a negative one`);
    }
    if (repeats.every((r) => r === 1)) return [x];
    // [d] → [1, d] → [r, d] → [r·d], on every axis at once.
    const single = shape.flatMap((d): readonly Dim[] => [1, d]);
    const repeated = shape.flatMap((d, i): readonly Dim[] => [repeats[i] ?? 1, d]);
    const joined = shape.map((d, i) => knownDim(ctx, mulDims(repeats[i] ?? 1, d), `the size of axis ${i}`));
    const spread = build.op("broadcastTo", [build.op("reshape", [x], { shape: single })], { shape: repeated });
    return [build.op("reshape", [spread], { shape: joined })];
  },
};
