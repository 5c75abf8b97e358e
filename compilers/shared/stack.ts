/** Values collected by a loop, one for each round, as one tensor. */

import { ShapeError } from "../../src/errors.js";
import type { ModelOutput } from "../../src/ir/model.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { zeros } from "../../src/ir/tensor.js";
import { normaliseAxis } from "./axes.js";
import { unifyLabels } from "./labels.js";

/** Tensors of one type and shape → one more axis at `axis`. Without any, `declared` says the type of one of them. */
export function stack(ctx: CompileContext, values: readonly ValueId[], axis: number, declared: ModelOutput): ValueId {
  const { build } = ctx;
  const [first] = values;
  if (first === undefined) {
    const { dtype, shape } = declared;
    if (dtype === undefined || shape === undefined) {
      throw new ShapeError(`no round is run, and the type of ${declared.name} is not declared`);
    }
    const sizes = shape.map((d) => (typeof d === "number" ? d : 0));
    return build.constant(zeros(dtype, sizes.toSpliced(normaliseAxis(axis, shape.length + 1), 0, 0)));
  }
  const { shape } = build.type(first);
  const at = normaliseAxis(axis, shape.length + 1);
  const lines = unifyLabels(ctx, values).map((value) =>
    build.op("reshape", [value], { shape: build.type(value).shape.toSpliced(at, 0, 1) }),
  );
  return lines.length === 1 ? lines[0]! : build.op("concat", lines, { axis: at });
}
