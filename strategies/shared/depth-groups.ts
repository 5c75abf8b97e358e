/**
 * Which trees of a forest descend together. Every tree of a group takes as many rounds as the deepest, so uneven forests waste
 * most of their lookups in one group; but each group has its own rounds of instructions, which cost the same for few rows.
 */

export interface DepthGroup {
  /** Ascending. */
  readonly trees: Int32Array;
  /** Rounds that the group takes, the dense ones included: the greatest depth in it. */
  readonly depth: number;
}

/**
 * The grouping of trees, by depth, with the least (rounds × (trees × rows + overhead)), and one `overhead` more for each group
 * beyond the first. At least one group for at least one tree; all depths are met, groups in ascending depth.
 */
export function depthGroups(depths: Int32Array, dense: number, rows: number, overhead: number): readonly DepthGroup[] {
  const levels = [...new Set(depths)].sort((a, b) => a - b);
  const counts = levels.map((d) => depths.filter((depth) => depth === d).length);
  // best[j]: the least cost of the trees of the first j depths, and where its last group starts.
  const best = [{ cost: 0, start: 0 }];
  for (let j = 1; j <= levels.length; j++) {
    const rounds = Math.max(0, levels[j - 1]! - dense);
    let [trees, cost, start] = [0, Infinity, 0];
    for (let i = j - 1; i >= 0; i--) {
      trees += counts[i]!;
      const total = best[i]!.cost + rounds * (trees * rows + overhead) + overhead;
      if (total < cost) [cost, start] = [total, i];
    }
    best.push({ cost, start });
  }
  const groups: DepthGroup[] = [];
  for (let j = levels.length; j > 0; j = best[j]!.start) {
    const [least, greatest] = [levels[best[j]!.start]!, levels[j - 1]!];
    const trees = Int32Array.from(depths.keys()).filter((t) => depths[t]! >= least && depths[t]! <= greatest);
    groups.unshift({ trees, depth: greatest });
  }
  return groups;
}
