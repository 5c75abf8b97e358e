/**
 * Primitives about pairs of vectors or classes: squaredDistances (SciPy's cdist with "sqeuclidean"; com.microsoft CDist) and
 * pairwiseCoupling (libsvm's multiclass_probability: Wu, Lin and Weng, "Probability estimates for multi-class classification by
 * pairwise coupling", JMLR 5, 2004, second approach).
 */

import { dependsOnN } from "../dims.js";
import type { NumberData } from "../dtype.js";
import type { Primitive } from "../primitive.js";
import { numbersOf } from "../tensor.js";
import { formatType, rowAxis, typeOf } from "../types.js";
import { checkDType, checkRank, checkSameDType, type DTypeClass, one, refuse, sharedDim, two } from "./checks.js";

const wideFloats: DTypeClass = { name: "float32 or float64", has: (d) => d === "float32" || d === "float64" };

const allocateFloats = (dtype: string, length: number): Float32Array | Float64Array =>
  dtype === "float32" ? new Float32Array(length) : new Float64Array(length);

export const squaredDistances: Primitive<"squaredDistances"> = {
  infer(args) {
    const [x, y] = two("squaredDistances", args);
    checkSameDType("squaredDistances", [x, y]);
    for (const t of [x, y]) {
      checkRank("squaredDistances", t, 2);
      checkDType("squaredDistances", t, wideFloats);
    }
    sharedDim("squaredDistances", x.shape[1]!, y.shape[1]!, "lengths of the vectors");
    return [typeOf(x.dtype, [x.shape[0]!, y.shape[0]!])];
  },
  evaluate(args) {
    const [x, y] = two("squaredDistances", args);
    const [m, n, k] = [x.shape[0]!, y.shape[0]!, x.shape[1]!];
    if (y.shape[1] !== k) refuse("squaredDistances", `lengths of the vectors differ: ${k} and ${y.shape[1]}`);
    const [a, b] = [numbersOf(x.data), numbersOf(y.data)];
    const data = allocateFloats(x.dtype, m * n);
    for (let i = 0, at = 0; i < m; i++) for (let j = 0; j < n; j++, at++) data[at] = squared(a, i * k, b, j * k, k);
    return [{ dtype: x.dtype, shape: [m, n], data }];
  },
  mixesRows: (args) => dependsOnN(two("squaredDistances", args)[0].shape[1]!),
  accuracy: { dot: 4 },
};

/** Σ (a - b)², in double. */
function squared(a: NumberData, i: number, b: NumberData, j: number, length: number): number {
  let sum = 0;
  for (let l = 0; l < length; l++) {
    const d = a[i + l]! - b[j + l]!;
    sum += d * d;
  }
  return sum;
}

const iterations = 100;

export const pairwiseCoupling: Primitive<"pairwiseCoupling"> = {
  infer(args, { classes }) {
    const x = one("pairwiseCoupling", args);
    checkRank("pairwiseCoupling", x, 2);
    if (x.dtype !== "float32") refuse("pairwiseCoupling", `expects float32, got ${formatType(x)}`);
    if (!Number.isInteger(classes) || classes < 2)
      refuse("pairwiseCoupling", `${classes} classes, expected two or more`);
    const pairs = (classes * (classes - 1)) / 2;
    sharedDim("pairwiseCoupling", x.shape[1]!, pairs, `pairs of ${classes} classes`);
    return [typeOf(x.dtype, [x.shape[0]!, classes])];
  },
  evaluate(args, { classes }) {
    const x = one("pairwiseCoupling", args);
    const [rows, pairs] = [x.shape[0]!, x.shape[1]!];
    if (pairs !== (classes * (classes - 1)) / 2) refuse("pairwiseCoupling", `${pairs} pairs of ${classes} classes`);
    const [source, data] = [numbersOf(x.data), new Float32Array(rows * classes)];
    const [r, q] = [new Float32Array(classes * classes), new Float32Array(classes * classes)];
    for (let row = 0; row < rows; row++) {
      let at = row * pairs;
      for (let i = 0; i < classes; i++) {
        for (let j = i + 1; j < classes; j++, at++) {
          r[i * classes + j] = source[at]!;
          r[j * classes + i] = 1 - source[at]!;
        }
      }
      couple(r, q, data.subarray(row * classes, (row + 1) * classes));
    }
    return [{ dtype: "float32", shape: [rows, classes], data }];
  },
  mixesRows: (args) => rowAxis(one("pairwiseCoupling", args)) === 1,
  // The number of rounds is decided by a comparison, so that other roundings give other answers.
  accuracy: "exact",
};

/** p minimises Σ (r_ji p_i - r_ij p_j)² with Σ p = 1: Gauss-Seidel rounds over Q, every operation rounded to float32 as libsvm's users do. */
function couple(r: Float32Array, q: Float32Array, p: Float32Array): void {
  const k = p.length;
  const f = Math.fround;
  for (let i = 0; i < k; i++) {
    p[i] = 1 / k;
    let own = 0;
    for (let j = 0; j < k; j++) {
      if (j === i) continue;
      own = f(own + f(r[j * k + i]! * r[j * k + i]!));
      if (j > i) q[i * k + j] = f(-r[j * k + i]! * r[i * k + j]!);
      else q[i * k + j] = q[j * k + i]!;
    }
    q[i * k + i] = own;
  }
  const qp = new Float32Array(k);
  const enough = f(f(0.005) / k);
  for (let round = 0; round < iterations; round++) {
    let pqp = 0;
    for (let i = 0; i < k; i++) {
      qp[i] = 0;
      for (let j = 0; j < k; j++) qp[i] = f(qp[i]! + f(q[i * k + j]! * p[j]!));
      pqp = f(pqp + f(p[i]! * qp[i]!));
    }
    let worst = 0;
    for (let i = 0; i < k; i++) worst = Math.max(worst, Math.abs(f(qp[i]! - pqp)));
    if (worst < enough) return;
    for (let i = 0; i < k; i++) {
      const diff = f(f(pqp - qp[i]!) / q[i * k + i]!);
      const scale = f(1 + diff);
      p[i] = f(p[i]! + diff);
      const grown = f(pqp + f(diff * f(f(diff * q[i * k + i]!) + f(2 * qp[i]!))));
      pqp = f(f(grown / scale) / scale);
      for (let j = 0; j < k; j++) {
        qp[j] = f(f(qp[j]! + f(diff * q[i * k + j]!)) / scale);
        p[j] = f(p[j]! / scale);
      }
    }
  }
}
