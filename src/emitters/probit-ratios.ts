/**
 * Rational approximations of the inverse normal distribution function in single precision: M. J. Wichura, algorithm AS 241 (PPND7),
 * Applied Statistics 37 (1988). For emitters, whose targets have no such operator.
 */

/** Coefficients of numerator and denominator, constant terms first. */
export type Ratio = readonly [above: readonly number[], below: readonly number[]];

/** With q = p - 1/2: central · q of 0.180625 - q² for |q| ≤ 0.425; else, of t = √-log(min(p, 1 - p)), middle (t - 1.6) or, above 5, outer (t - 5). */
export const probitRatios: { readonly central: Ratio; readonly middle: Ratio; readonly outer: Ratio } = {
  central: [
    [3.3871327179, 50.434271938, 159.29113202, 59.10937472],
    [1, 17.895169469, 78.757757664, 67.1875636],
  ],
  middle: [
    [1.4234372777, 2.75681539, 1.3067284816, 0.17023821103],
    [1, 0.7370016425, 0.12021132975],
  ],
  outer: [
    [6.657905115, 3.081226386, 0.42868294337, 0.017337203997],
    [1, 0.24197894225, 0.012258202635],
  ],
};
