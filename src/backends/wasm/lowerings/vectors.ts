/** Lowerings of squaredDistances and pairwiseCoupling (kernels/machine/vectors.ts). */

import { evaluateDims } from "../../../ir/dims.js";
import { bytesPerElement } from "../../../ir/dtype.js";
import { numbersOf, type Tensor } from "../../../ir/tensor.js";
import { Family, Op, Type } from "../codes.js";
import type { Buffer } from "../image-writer.js";
import { at, constantBuffer, elements, type Lowering, type Site, typeCode } from "./lowering.js";

/** Vectors [n, k] as float64 [k, n], lines padded to an even number of vectors. */
function transposed(vectors: Tensor): Float64Array {
  const data = numbersOf(vectors.data);
  const [n, k] = [vectors.shape[0]!, vectors.shape[1]!];
  const width = n + (n % 2);
  const lines = new Float64Array(k * width);
  for (let j = 0; j < n; j++) for (let l = 0; l < k; l++) lines[l * width + j] = data[j * k + l]!;
  return lines;
}

/** As `transposed`, of vectors that an earlier call computes. */
function transposeAtRunTime(site: Site<"squaredDistances">): Buffer {
  const { shape, dtype } = site.args[1]!;
  const [n = 0, k = 0] = evaluateDims(shape, 0);
  const lines = site.scratch(() => 8 * k * (n + (n % 2)));
  const size = bytesPerElement[dtype];
  const from = { address: at(site.arg(1)), steps: [size, size * k] };
  const to = { address: at(lines), steps: [8 * (n + (n % 2)), 8] };
  elements(site, Op.CAST + Type.F64, typeCode(dtype), [k, n], [from], to);
  return lines;
}

export const squaredDistances: Lowering<"squaredDistances"> = {
  lower(site) {
    const [x, y] = [site.args[0]!, site.args[1]!];
    const vectors = site.constantOf(1);
    site.call(Family.SQUARED_DISTANCES, [
      typeCode(x.dtype),
      at(site.arg(0)),
      at(vectors === undefined ? transposeAtRunTime(site) : constantBuffer(transposed(vectors))),
      at(site.result(0)),
      x.shape[0]!,
      x.shape[1]!,
      y.shape[0]!,
    ]);
  },
};

export const pairwiseCoupling: Lowering<"pairwiseCoupling"> = {
  lower(site) {
    const { classes } = site.attrs;
    const words = 2 * classes * classes + classes;
    site.call(Family.PAIRWISE_COUPLING, [
      at(site.arg(0)),
      at(site.result(0)),
      site.args[0]!.shape[0]!,
      classes,
      at(site.scratch(() => 4 * words)),
    ]);
  },
};
