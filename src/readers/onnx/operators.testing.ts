/** Operators for the tests of the reader: they read what the tests write, and compute nothing. */

import { type OperatorCompiler, type RegisteredOperator, register } from "../../ir/operator.js";
import type { NodeView } from "../../ir/sources.js";

/** What the stub below saw of each node, in the order of reading. */
export interface Seen {
  readonly op: string;
  readonly version: number;
  readonly view: NodeView;
}

/**
 * Operators Add, Copy (since 1 and 13), Softmax (since 13) of ai.onnx and Scaler of ai.onnx.ml. Each reads the attributes `k` (an
 * int) and ignores `note`; `seen` gets the nodes.
 */
export function stubOperators(seen: Seen[] = []): readonly RegisteredOperator[] {
  const reader = (op: string, since: number) => ({
    since,
    read: (view: NodeView) => {
      seen.push({ op: `${op}-${since}`, version: view.version, view });
      view.attrs.ignore("note");
      return view.attrs.int("k", 0);
    },
  });
  const compiler = (op: string, sources: OperatorCompiler<number>["sources"]): RegisteredOperator =>
    register({ op, summary: "", sources, compile: () => [] });
  return [
    compiler("Add", { "ai.onnx": { Add: [reader("Add", 1)] } }),
    compiler("Copy", { "ai.onnx": { Copy: [reader("Copy", 13), reader("Copy", 1)] } }),
    compiler("Softmax", { "ai.onnx": { Softmax: [reader("Softmax", 13)] } }),
    compiler("Scaler", { "ai.onnx.ml": { Scaler: [reader("Scaler", 1)] } }),
  ];
}
