/**
 * A builder that writes one lowering for many elements at once: values it is told of carry a further first axis, which the lowering
 * does not see. So the body of a Scan that treats every row by itself becomes tensor operations on all rows (what JAX calls vmap).
 */

import { DataDependentError } from "../../src/errors.js";
import type { Builder } from "../../src/ir/builder.js";
import type { Dim } from "../../src/ir/dims.js";
import { isElementwise } from "../../src/ir/elementwise.js";
import type { PrimitiveAttrs, PrimitiveName } from "../../src/ir/primitive.js";
import type { ValueId } from "../../src/ir/program.js";
import { typeOf } from "../../src/ir/types.js";

export interface VectorizingBuilder extends Builder {
  /** The value with the further axis: repeated along it, where it does not depend on the element. */
  spread(value: ValueId): ValueId;
}

/** `batched`: values of `build` whose first axis, of `size` elements, is the further one. */
export function vectorizingBuilder(
  build: Builder,
  where: string,
  size: Dim,
  batched: ReadonlySet<ValueId>,
): VectorizingBuilder {
  const all = new Set(batched);
  const typeAt: Builder["type"] = (value) => {
    const type = build.type(value);
    return all.has(value) ? typeOf(type.dtype, type.shape.slice(1), type.dictionary) : type;
  };
  const rankOf = (value: ValueId): number => typeAt(value).shape.length;
  /** A value with the axis and 1s after it, so that the element's own axes are aligned at the last one among `rank`. */
  const aligned = (value: ValueId, rank: number): ValueId => {
    const { shape } = typeAt(value);
    if (!all.has(value) || shape.length === rank) return value;
    const ones = new Array<Dim>(rank - shape.length).fill(1);
    return build.op("reshape", [value], { shape: [size, ...ones, ...shape] });
  };
  const spread = (value: ValueId): ValueId => {
    if (all.has(value)) return value;
    return build.op("broadcastTo", [value], { shape: [size, ...build.type(value).shape] });
  };

  const emit = <P extends PrimitiveName>(
    op: P,
    args: readonly ValueId[],
    attrs: PrimitiveAttrs[P],
  ): readonly ValueId[] => {
    if (!args.some((arg) => all.has(arg))) return build.emit(op, args, attrs);
    const results = batchedResults(op, args, attrs);
    for (const result of results) all.add(result);
    return results;
  };

  const batchedResults = <P extends PrimitiveName>(
    op: P,
    args: readonly ValueId[],
    attrs: PrimitiveAttrs[P],
  ): readonly ValueId[] => {
    if (isElementwise(op)) {
      const rank = Math.max(...args.map(rankOf));
      return build.emit(
        op,
        args.map((arg) => aligned(arg, rank)),
        attrs,
      );
    }
    const [first = -1, second = -1] = args;
    switch (op) {
      case "reshape":
      case "broadcastTo": {
        const { shape } = attrs as PrimitiveAttrs["reshape"];
        const from = op === "reshape" ? first : aligned(first, shape.length);
        return build.emit<"reshape">(op as "reshape", [from], { shape: [size, ...shape] });
      }
      case "transpose": {
        const { perm } = attrs as PrimitiveAttrs["transpose"];
        return [build.op("transpose", [first], { perm: [0, ...perm.map((axis) => axis + 1)] })];
      }
      case "concat":
        return [build.op("concat", args.map(spread), { axis: (attrs as PrimitiveAttrs["concat"]).axis + 1 })];
      case "slice":
      case "argMax":
      case "argMin":
      case "cumSum":
      case "topK":
      case "softmax":
      case "logSoftmax": {
        const own = attrs as PrimitiveAttrs["slice"];
        return build.emit<"slice">(op as "slice", args, { ...own, axis: own.axis + 1 });
      }
      case "reduceSum":
      case "reduceProd":
      case "reduceMax":
      case "reduceMin": {
        const { axes } = attrs as PrimitiveAttrs["reduceSum"];
        return build.emit<"reduceSum">(op as "reduceSum", [first], { axes: axes.map((axis) => axis + 1) });
      }
      case "gather": {
        const { axis } = attrs as PrimitiveAttrs["gather"];
        if (!all.has(second)) return [build.op("gather", [first, second], { axis: axis + 1 })];
        if (!all.has(first) && axis === 0) return [build.op("gather", [first, second], { axis })];
        break;
      }
      case "gatherColumns": {
        const { columns } = attrs as PrimitiveAttrs["gatherColumns"];
        const list = build.constant({ dtype: "int32", shape: [columns.length], data: columns });
        return [build.op("gather", [first, list], { axis: 2 })];
      }
      case "matMul": {
        const rank = Math.max(...args.map(rankOf));
        return [build.op("matMul", [aligned(first, rank), aligned(second, rank)])];
      }
    }
    throw new DataDependentError(where, `its body cannot be run on all elements at once: it needs ${op}`);
  };

  return {
    ...build,
    op(op, args, ...attrs) {
      return emit(op, args, (attrs[0] ?? {}) as PrimitiveAttrs[typeof op])[0]!;
    },
    emit,
    type: typeAt,
    // A constant of all elements is not one of an element.
    constantOf: (value) => (all.has(value) ? undefined : build.constantOf(value)),
    dimsOf: (value) => (all.has(value) ? undefined : build.dimsOf(value)),
    spread,
  };
}
