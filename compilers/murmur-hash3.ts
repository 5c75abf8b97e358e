/** com.microsoft MurmurHash3 1: the 32-bit hash of each element. Semantics: onnxruntime 1.32 (murmur_hash3.cc). */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { decodeNumbers, decodeStrings } from "./shared/labels.js";
import { checkOperands, flag, operand } from "./shared/operands.js";

export interface MurmurHash3Attrs {
  readonly seed: number;
  /** The result is int32 instead of uint32. */
  readonly signed: boolean;
}

/** Strings, or numbers of 32 or 64 bits, of any shape → uint32 or int32 of the same shape. */
export const murmurHash3: OperatorCompiler<MurmurHash3Attrs> = {
  op: "MurmurHash3",
  onDemand: true,
  summary: "a 32-bit hash of each element",
  labels: "keep",
  sources: {
    "com.microsoft": {
      MurmurHash3: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            return { seed: node.attrs.int("seed", 0) >>> 0, signed: !flag(node, "positive", true) };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    return [ctx.build.op("hash", [decodeNumbers(ctx, decodeStrings(ctx, operand(ctx, inputs, 0)))], attrs)];
  },
};
