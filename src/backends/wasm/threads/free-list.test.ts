/** Spans never overlap, begin where images may stand, and come back whole. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { createFreeList, type Span } from "./free-list.js";

test("whatever is taken and given, spans are apart, and all of it can be had again in one piece", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(5000)), { maxLength: 80 }), (steps) => {
      let end = 1000;
      const grow = (to: number) => {
        expect(to).toBeGreaterThan(end);
        end = to;
      };
      const list = createFreeList(100, end);
      const held: Span[] = [];
      for (const [action, amount] of steps) {
        if (action < 2 && held.length > 0) list.give(held.splice(amount % held.length, 1)[0]!);
        else {
          const span = list.take(amount, grow);
          expect(span.at % 64).toBe(0);
          expect(span.bytes).toBeGreaterThanOrEqual(amount);
          expect(span.at).toBeGreaterThanOrEqual(100);
          expect(span.at + span.bytes).toBeLessThanOrEqual(end);
          for (const other of held) {
            expect(span.at + span.bytes <= other.at || other.at + other.bytes <= span.at).toBe(true);
          }
          held.push(span);
        }
        expect(list.taken).toBe(held.reduce((sum, s) => sum + s.bytes, 0));
      }
      for (const span of held.splice(0)) list.give(span);
      expect(list.taken).toBe(0);
      const bytes = Math.floor((end - 128) / 64) * 64;
      expect(list.take(bytes, () => expect.fail("it grew although everything is free")).at).toBe(128);
    }),
  );
});

test("where memory cannot grow, nothing is taken", () => {
  const list = createFreeList(0, 128);
  const full = () => {
    throw new Error("full");
  };
  expect(() => list.take(200, full)).toThrow("full");
  expect(list.taken).toBe(0);
  expect(list.take(128, full)).toEqual({ at: 0, bytes: 128 });
});
