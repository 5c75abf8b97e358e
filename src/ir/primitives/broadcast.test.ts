/** Strided loops against the definition, element by element, on random shapes. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateInstruction } from "../evaluate.js";
import { int32, sizeOf, stridesOf, type Tensor } from "../tensor.js";
import { broadcastShapes } from "./broadcast.js";

const counting = (shape: readonly number[], from = 0): Tensor =>
  int32(
    Array.from({ length: sizeOf(shape) }, (_, i) => i + from),
    shape,
  );

/** All index tuples of a shape in row-major order. */
function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, d) => all.flatMap((index) => Array.from({ length: d }, (_, i) => [...index, i])),
    [[]],
  );
}

/** The element at an index of the shape that `t` is broadcast to. */
function elementAt(t: Tensor, index: readonly number[]): number {
  const strides = stridesOf(t.shape);
  const skip = index.length - t.shape.length;
  return Number(
    t.data[t.shape.reduce((sum, d, i) => sum + (d === 1 ? 0 : (index[skip + i] ?? 0) * (strides[i] ?? 0)), 0)],
  );
}

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 });
/** A shape, and two that broadcast to it or to less. */
const pairs = shapes.chain((shape) =>
  fc.tuple(
    ...[0, 1].map(() =>
      fc
        .tuple(fc.integer({ min: 0, max: shape.length }), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }))
        .map(([skip, ones]) => shape.slice(skip).map((d, i) => (ones[i] === true ? 1 : d))),
    ),
  ),
);

describe("broadcasting", () => {
  it("pairs the elements that NumPy pairs", () => {
    fc.assert(
      fc.property(pairs, ([a = [], b = []]) => {
        const [x, y] = [counting(a), counting(b, 1000)];
        const shape = broadcastShapes("add", [a, b]);
        const want = indicesOf(shape).map((index) => elementAt(x, index) * 7 - elementAt(y, index));
        const seven = evaluateInstruction({ op: "mul", attrs: {} }, [x, int32([7], [])], 0);
        expect(evaluateInstruction({ op: "sub", attrs: {} }, [...seven, y], 0)).toEqual([int32(want, shape)]);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("transposes and slices as the definition says", () => {
    fc.assert(
      fc.property(
        shapes,
        fc.integer(),
        fc.integer(),
        fc.integer(),
        fc.constantFrom(-3, -2, -1, 1, 2, 3),
        (shape, ...picks) => {
          const [turn, first, last, step] = picks;
          const x = counting(shape);
          const rank = shape.length;
          const perm = shape.map((_, i) => (i + Math.abs(turn)) % Math.max(1, rank));
          const turned = perm.map((axis) => shape[axis] ?? 0);
          const inverse = (index: readonly number[]) => shape.map((_, axis) => index[perm.indexOf(axis)] ?? 0);
          const wantTurned = indicesOf(turned).map((index) => elementAt(x, inverse(index)));
          expect(evaluateInstruction({ op: "transpose", attrs: { perm } }, [x], 0)).toEqual([
            int32(wantTurned, turned),
          ]);
          if (rank === 0) return;
          const axis = Math.abs(turn) % rank;
          const d = shape[axis] ?? 0;
          const bound = (v: number) => (Math.abs(v) % (d + 1)) - (step < 0 ? 1 : 0);
          const [start, end] = [bound(first), bound(last)];
          const taken: number[] = [];
          for (let i = start; step > 0 ? i < end : i > end; i += step) taken.push(i);
          const cut = shape.with(axis, taken.length);
          const wantCut = indicesOf(cut).map((index) => elementAt(x, index.with(axis, taken[index[axis] ?? 0] ?? 0)));
          // An axis of length 1 is read at its only element, which elementAt does anyway.
          expect(evaluateInstruction({ op: "slice", attrs: { axis, start, end, step } }, [x], 0)).toEqual([
            int32(wantCut, cut),
          ]);
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });
});
