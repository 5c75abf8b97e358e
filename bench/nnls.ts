/**
 * Least squares with non-negative coefficients, by cyclic coordinate descent on the normal equations: each step minimises
 * exactly over one coefficient and cuts it at zero. The problem is convex, so it converges; columns are scaled to unit norm
 * first, because counts of work span many orders of magnitude.
 */

/** The non-negative β with the least Σ (Σⱼ rows[i][j]·βⱼ − wanted[i])². A column of zeros gets 0. */
export function nonNegativeLeastSquares(
  rows: readonly (readonly number[])[],
  wanted: readonly number[],
  sweeps = 20_000,
): number[] {
  const width = rows[0]?.length ?? 0;
  const norms = Array.from({ length: width }, (_, j) => Math.sqrt(rows.reduce((sum, row) => sum + row[j]! ** 2, 0)));
  const used = norms.flatMap((norm, j) => (norm > 0 ? [j] : []));
  const gram = used.map((j) =>
    used.map((k) => rows.reduce((sum, row) => sum + (row[j]! / norms[j]!) * (row[k]! / norms[k]!), 0)),
  );
  const target = used.map((j) => rows.reduce((sum, row, i) => sum + (row[j]! / norms[j]!) * wanted[i]!, 0));
  const found = new Float64Array(used.length);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let moved = 0;
    for (let j = 0; j < used.length; j++) {
      let residual = target[j]!;
      for (let k = 0; k < used.length; k++) residual -= gram[j]![k]! * found[k]!;
      const next = Math.max(0, found[j]! + residual / gram[j]![j]!);
      moved = Math.max(moved, Math.abs(next - found[j]!));
      found[j] = next;
    }
    if (moved <= 1e-12) break;
  }
  const result = new Array<number>(width).fill(0);
  for (const [i, j] of used.entries()) result[j] = found[i]! / norms[j]!;
  return result;
}

/** As above, for relative errors: every equation is divided by what it wants, which must be positive. */
export function fitRelative(rows: readonly (readonly number[])[], wanted: readonly number[]): number[] {
  return nonNegativeLeastSquares(
    rows.map((row, i) => row.map((v) => v / wanted[i]!)),
    wanted.map(() => 1),
  );
}
