/**
 * matMul: NumPy's matmul for ranks of at least 2 (ONNX MatMul-13). Float products are accumulated in double and rounded once
 * to the element type; integers wrap.
 */

import { broadcastDims, dependsOnN, formatDim } from "../dims.js";
import { allocate, isFloat, type NumberData } from "../dtype.js";
import type { Primitive } from "../primitive.js";
import { isBigIntData, isStringData, sizeOf } from "../tensor.js";
import { formatType, typeOf } from "../types.js";
import { broadcastShapes, broadcastStrides, forEachRun } from "./broadcast.js";
import { checkDType, checkPlain, checkSameDType, numbers, refuse, sharedDim, two } from "./checks.js";
import { narrow } from "./rounding.js";

export const matMul: Primitive<"matMul"> = {
  infer(args) {
    const [x, y] = two("matMul", args);
    checkSameDType("matMul", [x, y]);
    for (const t of [x, y]) {
      checkPlain("matMul", t);
      checkDType("matMul", t, numbers);
      if (t.shape.length < 2) refuse("matMul", `expects rank 2 or more, got ${formatType(t)}`);
    }
    sharedDim(
      "matMul",
      x.shape.at(-1)!,
      y.shape.at(-2)!,
      `contracted dimensions of ${formatType(x)} and ${formatType(y)}`,
    );
    const batch = broadcastDims(x.shape.slice(0, -2), y.shape.slice(0, -2));
    if (batch === undefined) return refuse("matMul", `${formatType(x)} and ${formatType(y)} do not broadcast`);
    return [typeOf(x.dtype, [...batch, x.shape.at(-2)!, y.shape.at(-1)!])];
  },
  evaluate(args) {
    const [x, y] = two("matMul", args);
    const { dtype } = x;
    const [m, k, n] = [x.shape.at(-2)!, x.shape.at(-1)!, y.shape.at(-1)!];
    if (k !== y.shape.at(-2)) refuse("matMul", `contracts ${formatDim(k)} with ${y.shape.at(-2)}`);
    const [xBatch, yBatch] = [x.shape.slice(0, -2), y.shape.slice(0, -2)];
    const batch = broadcastShapes("matMul", [xBatch, yBatch]);
    const shape = [...batch, m, n];
    const size = sizeOf(shape);
    const products = (f: (xAt: number, yAt: number, at: number) => void): void => {
      const strides = [broadcastStrides(xBatch, batch), broadcastStrides(yBatch, batch)];
      forEachRun(batch, strides, [0, 0], (at, offsets, steps, length) => {
        for (let i = 0; i < length; i++) {
          f((offsets[0]! + i * steps[0]!) * m * k, (offsets[1]! + i * steps[1]!) * k * n, (at + i) * m * n);
        }
      });
    };
    if (isStringData(x.data) || isStringData(y.data)) return refuse("matMul", "got a string tensor");
    if (isBigIntData(x.data) && isBigIntData(y.data)) {
      const [a, b] = [x.data, y.data];
      const data = dtype === "uint64" ? new BigUint64Array(size) : new BigInt64Array(size);
      products((xAt, yAt, at) => {
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0n;
            for (let l = 0; l < k; l++) sum += a[xAt + i * k + l]! * b[yAt + l * n + j]!;
            data[at + i * n + j] = BigInt.asIntN(64, sum);
          }
        }
      });
      return [{ dtype, shape, data }];
    }
    if (isBigIntData(x.data) || isBigIntData(y.data)) return refuse("matMul", "arguments differ in type");
    const [a, b] = [x.data, y.data];
    if (isFloat(dtype)) {
      const data = dtype === "float32" ? new Float32Array(size) : new Float64Array(size);
      products((xAt, yAt, at) => multiply(a, xAt, b, yAt, data, at, m, k, n));
      return [{ dtype, shape, data: narrow(dtype, data) }];
    }
    const data = allocate(dtype, size);
    products((xAt, yAt, at) => {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) sum = (sum + Math.imul(a[xAt + i * k + l]!, b[yAt + l * n + j]!)) | 0;
          data[at + i * n + j] = sum;
        }
      }
    });
    return [{ dtype, shape, data }];
  },
  mixesRows(args) {
    const [x, y] = two("matMul", args);
    return dependsOnN(x.shape.at(-1)!) || dependsOnN(y.shape.at(-2)!);
  },
  accuracy: { dot: 10 },
};

/** One product of [m, k] and [k, n], walking both along their rows; a line of sums in double at a time. */
function multiply(
  a: NumberData,
  aAt: number,
  b: NumberData,
  bAt: number,
  r: NumberData,
  at: number,
  m: number,
  k: number,
  n: number,
): void {
  const sums = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    sums.fill(0);
    for (let l = 0; l < k; l++) {
      const factor = a[aAt + i * k + l]!;
      const line = bAt + l * n;
      // No skipping of zeros: 0 · NaN and 0 · Infinity are NaN.
      for (let j = 0; j < n; j++) sums[j]! += factor * b[line + j]!;
    }
    r.set(sums, at + i * n);
  }
}
