/**
 * How an instruction becomes calls of the kernel module. A lowering sees where its operands stand and adds calls; shapes are in
 * terms of N, which is the number of rows of a block when the calls run.
 */

import { type Dim, mulDims, productOf, sameDim } from "../../../ir/dims.js";
import { bytesPerElement, type DType } from "../../../ir/dtype.js";
import type { PrimitiveAttrs, PrimitiveName } from "../../../ir/primitive.js";
import type { Tensor } from "../../../ir/tensor.js";
import type { TensorType } from "../../../ir/types.js";
import { Family, typeCodes } from "../codes.js";
import type { Address, Buffer, Param } from "../image-writer.js";

/** What a refusal can be decided from. */
export interface Types<P extends PrimitiveName> {
  readonly attrs: PrimitiveAttrs[P];
  readonly args: readonly TensorType[];
  readonly results: readonly TensorType[];
}

/** What a kernel does with each sum of a product before it stores it: factor · sum + added, and last a power, or the larger one of it and a number. */
export interface Finish {
  readonly factor: number;
  /** One number for each column, or one for all. */
  readonly added: Tensor | undefined;
  readonly last: { readonly power: 2 | 3 } | { readonly atLeast: number } | undefined;
}

export interface Site<P extends PrimitiveName> extends Types<P> {
  /** For products by constant float32 weights. */
  readonly finish: Finish | undefined;
  arg(index: number): Buffer;
  /** The argument where its elements lie; for lowerings marked in the kernel table as elementwise, whose arguments may have no buffer. */
  view(index: number): View;
  result(index: number): Buffer;
  /** The value of an argument that is a constant. */
  constantOf(index: number): Tensor | undefined;
  /** Memory that no other instruction sees. */
  scratch(size: (rows: number) => number): Buffer;
  call(family: Family, params: readonly Param[]): void;
  /** Rows that a kernel does best with. */
  wantRows(rows: number): void;
}

export interface Lowering<P extends PrimitiveName> {
  /** Why these types cannot be lowered, in words that follow "has no kernel for"; undefined where they can. */
  refuse?(types: Types<P>): string | undefined;
  lower(site: Site<P>): void;
  /** It asks for views of its arguments instead of their buffers. */
  readonly elementwise?: true;
}

/** The number of an element type; lowerings are asked for types that have one only. */
export function typeCode(dtype: DType): number {
  return typeCodes[dtype] ?? -1;
}

export const at = (buffer: Buffer, add: Dim = 0): Address => ({ buffer, add });

/** A constant of the image. */
export function constantBuffer(data: Exclude<Tensor["data"], string[]>): Buffer {
  return { kind: "constant", bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** Row-major steps of each axis, in bytes. */
export function bytesBetween(shape: readonly Dim[], dtype: DType): Dim[] {
  const steps: Dim[] = [];
  for (let i = shape.length - 1, step: Dim = bytesPerElement[dtype]; i >= 0; i--) {
    steps.unshift(step);
    step = mulDims(step, shape[i]!);
  }
  return steps;
}

/** An operand or result seen through the shape of an elementwise call. */
export interface View {
  readonly address: Address;
  /** Bytes between neighbours along each axis. */
  readonly steps: readonly Dim[];
}

/** The steps of a value of shape `own`, repeated to `shape` as broadcasting does. */
export function repeatSteps(steps: readonly Dim[], own: readonly Dim[], shape: readonly Dim[]): Dim[] {
  const skip = shape.length - own.length;
  return shape.map((_, i) => (i < skip || own[i - skip] === 1 ? 0 : steps[i - skip]!));
}

/** `type`, standing in `buffer`, repeated to `shape` as broadcasting does. */
export function broadcastView(buffer: Buffer, type: TensorType, shape: readonly Dim[]): View {
  return { address: at(buffer), steps: repeatSteps(bytesBetween(type.shape, type.dtype), type.shape, shape) };
}

/** A run along the last axis that is shorter costs more than one along the rows, whose elements stand apart. */
const shortRun = 8;

interface Axis {
  readonly length: Dim;
  /** Of each view, then of the result. */
  readonly steps: readonly Dim[];
}

/** The axes that are left when those of length 1 are dropped and those that all views run through without a jump are joined. */
function joinAxes(shape: readonly Dim[], views: readonly View[]): Axis[] {
  const axes: Axis[] = [];
  for (const [i, length] of shape.entries()) {
    if (length === 1) continue;
    const steps = views.map((v) => v.steps[i]!);
    const before = axes.at(-1);
    if (before?.steps.every((s, k) => sameDim(s, mulDims(steps[k]!, length)))) {
      axes[axes.length - 1] = { length: mulDims(before.length, length), steps };
    } else axes.push({ length, steps });
  }
  const last = axes.at(-1);
  if (last === undefined) return [{ length: 1, steps: views.map(() => 0) }];
  const rows = axes.findIndex((a) => typeof a.length === "object");
  if (typeof last.length === "number" && last.length < shortRun && rows !== -1) axes.push(...axes.splice(rows, 1));
  return axes;
}

/** One elementwise call: up to three views, each element of which is combined into the result's. */
export function elements<P extends PrimitiveName>(
  site: Site<P>,
  op: number,
  type: number,
  shape: readonly Dim[],
  operands: readonly View[],
  result: View,
): void {
  const [first] = operands;
  if (first === undefined || productOf(shape) === 0) return;
  const none: View = { address: first.address, steps: shape.map(() => 0) };
  const views = [first, operands[1] ?? none, operands[2] ?? none, result];
  const axes = joinAxes(shape, views);
  site.call(Family.ELEMENTS, [
    16 * op + type,
    axes.length,
    ...views.map((v) => v.address),
    ...axes.flatMap((a) => [a.length, ...a.steps]),
  ]);
}

/** x seen as [outer, length, inner] along `axis`. */
export function alongAxis(shape: readonly Dim[], axis: number): readonly [outer: Dim, length: Dim, inner: Dim] {
  return [productOf(shape.slice(0, axis)), shape[axis]!, productOf(shape.slice(axis + 1))];
}

/** Refuses element types beyond these. */
export const only =
  (...dtypes: readonly DType[]) =>
  ({ args }: { readonly args: readonly TensorType[] }): string | undefined => {
    const other = args.find((a) => !dtypes.includes(a.dtype));
    return other === undefined ? undefined : other.dtype;
  };
