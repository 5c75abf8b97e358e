/** AssemblyScript. Arithmetic of one pair of numbers of any type, as src/ir/primitives/binary.ts fixes it. */

import { ADD, DIV, EQUAL, FLOOR_MOD, FMOD, LESS, LESS_EQUAL, MAX, MIN, MUL, NOT_EQUAL, POW, SUB } from "./codes";
import { power } from "./functions";

/** In the ring of T; a negative exponent truncates 1 / x^|y| (0 for x = 0). */
function integerPower<T>(x: T, y: T): T {
  const one = <T>1;
  if (y < <T>0) return x == one ? one : x == <T>-1 ? ((y & one) == <T>0 ? one : <T>-1) : <T>0;
  let result = one, base = x;
  for (let left = y; left != <T>0; left = <T>(left >> one)) {
    if ((left & one) != <T>0) result = <T>(result * base);
    base = <T>(base * base);
  }
  return result;
}

@inline function divideIntegers<T>(x: T, y: T): T {
  if (y == <T>0) return <T>0;
  // The least integer by -1 overflows, which WebAssembly traps on; negation wraps.
  if (isSigned<T>() && y == <T>-1) return <T>(<T>0 - x);
  return <T>(x / y);
}

@inline function remainderOfIntegers<T>(x: T, y: T): T {
  if (y == <T>0) return <T>0;
  if (isSigned<T>() && y == <T>-1) return <T>0;
  return <T>(x % y);
}

/** The remainder of the division rounded down: it has the divisor's sign, and so has a zero. */
@inline function floorMod<T>(x: T, y: T): T {
  if (isFloat<T>()) {
    const r = <f64>x % <f64>y;
    if (r == 0) return <T>(<f64>y < 0 ? -0.0 : 0.0);
    return <T>(r < 0 != <f64>y < 0 ? r + <f64>y : r);
  }
  const r = remainderOfIntegers<T>(x, y);
  return r != <T>0 && r < <T>0 != y < <T>0 ? <T>(r + y) : r;
}

@inline export function combine<T>(op: u32, x: T, y: T): T {
  if (op == ADD) return <T>(x + y);
  if (op == SUB) return <T>(x - y);
  if (op == MUL) return <T>(x * y);
  if (op == MIN) return isFloat<T>() ? min<T>(x, y) : x < y ? x : y;
  if (op == MAX) return isFloat<T>() ? max<T>(x, y) : x > y ? x : y;
  if (op == DIV) return isFloat<T>() ? <T>(x / y) : divideIntegers<T>(x, y);
  if (op == FMOD) return isFloat<T>() ? <T>(<f64>x % <f64>y) : remainderOfIntegers<T>(x, y);
  if (op == FLOOR_MOD) return floorMod<T>(x, y);
  return isFloat<T>() ? <T>power(<f64>x, <f64>y) : integerPower<T>(x, y);
}

@inline export function compare<T>(op: u32, x: T, y: T): bool {
  if (op == LESS) return x < y;
  if (op == LESS_EQUAL) return x <= y;
  return op == EQUAL ? x == y : x != y;
}
