/** Lowerings of the primitives that move and pick elements, or write them at computed places (kernels/machine/elements.ts, gather.ts). */

import { addDims, type Dim, evaluateDim, mulDims, productOf } from "../../../ir/dims.js";
import { bytesPerElement, type DType } from "../../../ir/dtype.js";
import { evaluateInstruction } from "../../../ir/evaluate.js";
import type { PrimitiveName } from "../../../ir/primitive.js";
import { isStringData } from "../../../ir/tensor.js";
import type { TensorType } from "../../../ir/types.js";
import { Family, Op } from "../codes.js";
import type { Address, Buffer } from "../image-writer.js";
import {
  alongAxis,
  at,
  broadcastView,
  bytesBetween,
  constantBuffer,
  elements,
  type Lowering,
  type Site,
  typeCode,
  type View,
} from "./lowering.js";

/** Copies a view into a contiguous result. */
function copy<P extends PrimitiveName>(site: Site<P>, from: View, to: View, type: TensorType): void {
  elements(site, Op.COPY, typeCode(type.dtype), type.shape, [from], to);
}

const whole = (buffer: Buffer, type: TensorType): View => broadcastView(buffer, type, type.shape);

/** The result in another order of axes or with repetition: `steps` are the source's along each axis of the result. */
function rearrange<P extends PrimitiveName>(site: Site<P>, address: Address, steps: readonly Dim[]): void {
  const type = site.results[0]!;
  copy(site, { address, steps }, whole(site.result(0), type), type);
}

/** A copy with the same order of elements: where a reshape cannot just give the buffer another name. */
export const reshape: Lowering<"reshape"> = {
  lower: (site) => rearrange(site, at(site.arg(0)), bytesBetween(site.results[0]!.shape, site.results[0]!.dtype)),
};

export const transpose: Lowering<"transpose"> = {
  lower(site) {
    const own = bytesBetween(site.args[0]!.shape, site.args[0]!.dtype);
    rearrange(
      site,
      at(site.arg(0)),
      site.attrs.perm.map((axis) => own[axis]!),
    );
  },
};

export const broadcastTo: Lowering<"broadcastTo"> = {
  lower: (site) => rearrange(site, at(site.arg(0)), broadcastView(site.arg(0), site.args[0]!, site.attrs.shape).steps),
};

export const concat: Lowering<"concat"> = {
  lower(site) {
    const result = site.results[0]!;
    const { steps } = whole(site.result(0), result);
    const step = steps[site.attrs.axis]!;
    let before: Dim = 0;
    for (const [i, type] of site.args.entries()) {
      const to = { address: at(site.result(0), mulDims(before, step)), steps };
      copy(site, whole(site.arg(i), type), to, type);
      before = addDims(before, type.shape[site.attrs.axis]!);
    }
  },
};

export const slice: Lowering<"slice"> = {
  refuse: ({ attrs }) =>
    typeof attrs.start === "number" && (typeof attrs.end === "number" || attrs.start === 0)
      ? undefined
      : "bounds that depend on the batch",
  lower(site) {
    const { axis, start, step } = site.attrs;
    const own = bytesBetween(site.args[0]!.shape, site.args[0]!.dtype);
    rearrange(site, at(site.arg(0), mulDims(start, own[axis]!)), own.with(axis, mulDims(own[axis]!, step)));
  },
};

/** Values along an axis that does not count rows: a constant, repeated. */
export const iota: Lowering<"iota"> = {
  lower(site) {
    const { axis, shape, dtype } = site.attrs;
    const line = shape.map((d, i) => (i === axis ? d : 1));
    const [values] = evaluateInstruction({ op: "iota", attrs: { axis, shape: line, dtype } }, [], 1);
    if (values === undefined || isStringData(values.data)) return;
    const buffer = constantBuffer(values.data);
    rearrange(site, at(buffer), broadcastView(buffer, { dtype, shape: line }, shape).steps);
  },
};

export const gather: Lowering<"gather"> = {
  lower(site) {
    const [data, indices] = [site.args[0]!, site.args[1]!];
    const [outer, length, inner] = alongAxis(data.shape, site.attrs.axis);
    site.call(Family.GATHER, [
      mulDims(inner, bytesPerElement[data.dtype]),
      at(site.arg(0)),
      at(site.arg(1)),
      at(site.result(0)),
      outer,
      length,
      productOf(indices.shape),
      indices.dtype === "int64" ? 1 : 0,
    ]);
  },
};

export const gatherColumns: Lowering<"gatherColumns"> = {
  lower(site) {
    const { columns } = site.attrs;
    const x = site.args[0]!;
    const [first = 0] = columns;
    if (columns.every((c, i) => c === first + i)) {
      const steps = bytesBetween(x.shape, x.dtype);
      rearrange(site, at(site.arg(0), first * evaluateDim(steps[1]!, 0)), steps);
      return;
    }
    site.call(Family.GATHER, [
      bytesPerElement[x.dtype],
      at(site.arg(0)),
      at(constantBuffer(columns)),
      at(site.result(0)),
      x.shape[0]!,
      x.shape[1]!,
      columns.length,
      0,
    ]);
  },
};

export const gatherByRow: Lowering<"gatherByRow"> = {
  lower(site) {
    const [x, columns] = [site.args[0]!, site.args[1]!];
    site.call(Family.GATHER_BY_ROW, [
      bytesPerElement[x.dtype],
      at(site.arg(0)),
      at(site.arg(1)),
      at(site.result(0)),
      x.shape[0]!,
      x.shape[1]!,
      columns.shape[1]!,
    ]);
  },
};

export const gatherByColumn: Lowering<"gatherByColumn"> = {
  lower(site) {
    const [x, rows] = [site.args[0]!, site.args[1]!];
    site.call(Family.GATHER_BY_COLUMN, [
      bytesPerElement[x.dtype],
      at(site.arg(0)),
      at(site.arg(1)),
      at(site.result(0)),
      x.shape[0]!,
      x.shape[1]!,
      rows.shape[0]!,
    ]);
  },
};

const summed = new Set<DType>(["float32", "float64", "int32", "int64"]);

export const scatterByRow: Lowering<"scatterByRow"> = {
  refuse({ attrs, args }) {
    const { dtype } = args[0]!;
    if (attrs.reduction === "none" || (attrs.reduction === "add" && summed.has(dtype))) return undefined;
    return `the reduction ${attrs.reduction} of ${dtype}`;
  },
  lower(site) {
    const [x, columns] = [site.args[0]!, site.args[1]!];
    site.call(Family.SCATTER_BY_ROW, [
      16 * (site.attrs.reduction === "add" ? Op.ADD : Op.COPY) + typeCode(x.dtype),
      at(site.arg(0)),
      at(site.arg(1)),
      at(site.arg(2)),
      at(site.result(0)),
      x.shape[0]!,
      x.shape[1]!,
      columns.shape[1]!,
    ]);
  },
};
