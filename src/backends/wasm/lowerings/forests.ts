/** Lowerings of forests: the forest laid out for one of its kernels (../forests), and one call. */

import { bytesPerElement } from "../../../ir/dtype.js";
import { Family } from "../codes.js";
import { packForest } from "../forests/pack-forest.js";
import type { ForestKernel } from "../forests/packed-forest.js";
import { at, constantBuffer, type Lowering, type Site } from "./lowering.js";

const families: { readonly [K in ForestKernel]: Family } = {
  forestWalkNarrow: Family.FOREST_WALK_NARROW,
  forestWalkWide: Family.FOREST_WALK_WIDE,
  forestBitSliced: Family.FOREST_BIT_SLICED,
};

type ForestName = "forest" | "forestLeaves";

function lowerForest<P extends ForestName>(site: Site<P>, want: "raw" | "leaves"): void {
  const x = site.args[0]!;
  const rows = x.dtype === "float32" ? "float32" : "float64";
  const packed = packForest(site.attrs.forest, want, rows, site.attrs);
  site.wantRows(packed.blockRows);
  site.call(families[packed.kernel], [
    at(constantBuffer(packed.params)),
    at(site.arg(0)),
    Number(x.shape[1]) * bytesPerElement[rows],
    at(site.result(0)),
    x.shape[0]!,
    at(site.scratch((n) => packed.scratchBytes(n))),
  ]);
}

const forestOf = <P extends ForestName>(want: "raw" | "leaves"): Lowering<P> => ({
  lower: (site) => lowerForest(site, want),
});

export const forest = forestOf<"forest">("raw");
export const forestLeaves = forestOf<"forestLeaves">("leaves");
