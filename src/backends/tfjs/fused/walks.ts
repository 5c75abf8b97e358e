/**
 * How the shaders (shaders.ts) take rows through trees, in WGSL: node by node from storage; or, all threads of a workgroup together,
 * from tiles, groups of trees that they first copy into workgroup memory. A tile is a run of nodes of the tables of
 * src/emitters/tfjs/forest-tables.ts, where trees stand one after the other and each level by level: as many whole trees as fit, or
 * of a larger one the levels next to the root, below which its nodes are read from storage.
 */

/** What limits tiles, by the device's limits (WebGPU, "Limits"). */
export interface TileLimits {
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupSizeX: number;
}

export interface Tile {
  /** Nodes, of 16 bytes. */
  readonly nodes: number;
  /** Threads of a workgroup, which share a tile: a row each. */
  readonly threads: number;
}

/**
 * The tile for a device: 16 KB and 256 threads, which every WebGPU has; fewer in its compatibility mode. No more where the device has
 * more, for the workgroups that one core keeps in flight share its memory, and their number hides the time that reads take.
 */
export function tileFor(limits: TileLimits): Tile {
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = limits;
  return {
    nodes: Math.floor(Math.min(2 ** 14, maxComputeWorkgroupStorageSize) / 16),
    threads: Math.min(256, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX),
  };
}

/** `leafOf`, on a function `nodeAt`. */
const leafOf = `
  fn leafOf(row : i32, tree : i32) -> i32 {
    var at = tables[uniforms.roots + tree];
    var node = nodeAt(at);
    while (node.x >= 0) {
      let rank = ranks[row * uniforms.slots + (node.x >> 2u)];
      var holds = 0;
      if (rank < 0) {
        holds = node.x & 1;
      } else if ((node.x & 2) != 0) {
        holds = (tables[node.y + (rank >> 5u)] >> u32(rank & 31)) & 1;
      } else {
        holds = select(0, 1, u32(rank - node.y) <= u32(node.z));
      }
      at = node.w + holds;
      node = nodeAt(at);
    }
    return at;
  }`;

/** Nodes from storage. */
export const storageWalk = `
  fn nodeAt(at : i32) -> vec4<i32> { return nodes4[at]; }
  ${leafOf}`;

/** Nodes from the tile, those outside from storage. The statements of `overTiles` keep the tile. */
export const tileWalk = ({ nodes }: Tile): string => `
  var<workgroup> tile : array<vec4<i32>, ${nodes}>;
  var<private> tileStart = 0;
  var<private> tileSize = 0;
  fn nodeAt(at : i32) -> vec4<i32> {
    let place = at - tileStart;
    if (place < tileSize) { return tile[place]; }
    return nodes4[at];
  }
  ${leafOf}

  // Where the nodes of a tree begin, or after the last tree all of them end.
  fn startOf(tree : i32) -> i32 {
    if (tree == uniforms.trees) { return uniforms.nodesEnd; }
    return tables[uniforms.roots + tree];
  }`;

/**
 * Does `body` for every \`tree\`, in threads of which \`mine\` holds. All threads of a workgroup go through the loops alike, since
 * barriers ask for it, those without a row, too: hence \`mine\` in place of an early return.
 */
export const overTiles = ({ nodes, threads }: Tile, body: string): string => `
  var first = 0;
  while (first < uniforms.trees) {
    let start = startOf(first);
    var next = first + 1;
    while (next < uniforms.trees && startOf(next + 1) - start <= ${nodes}) { next++; }
    let size = min(startOf(next) - start, ${nodes});
    // The threads that are behind still read the tile before.
    workgroupBarrier();
    for (var i = i32(localIndex); i < size; i += ${threads}) { tile[i] = nodes4[start + i]; }
    workgroupBarrier();
    tileStart = start;
    tileSize = size;
    if (mine) {
      for (var tree = first; tree < next; tree++) {
        ${body}
      }
    }
    first = next;
  }`;
