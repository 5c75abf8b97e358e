/** What a TF.js device offers to passes and strategies. */

import { OptionError } from "../../errors.js";
import type { DType } from "../../ir/dtype.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import type { Target } from "../../ir/target.js";
import { type Device, devices, isRefusal } from "./formulation.js";
import { formulations } from "./formulations.js";
import { fusedDevices } from "./fused-nodes.js";

/** TF.js has neither float64 nor 64-bit integers; strings run on the host. */
const dtypes: ReadonlySet<DType> = new Set(["float32", "int32", "bool"]);

const primitives: ReadonlySet<PrimitiveName> = new Set(
  (Object.keys(formulations) as PrimitiveName[]).filter((name) => !isRefusal(formulations[name])),
);

/** And those of fused graphs. */
const fusedPrimitives: ReadonlySet<PrimitiveName> = new Set([...primitives, "forest", "forestLeaves"]);

/** 64 MB a tensor: several of them fit wasm's memory and a GPU's binding limit of 128 MB. */
const maxElements = 2 ** 24;

/** The device of that name; throws OptionError for another. */
export function deviceOf(name: string): Device {
  const found = devices.find((d) => d === name);
  if (found === undefined) {
    throw new OptionError(
      "device",
      `unknown TF.js device ${JSON.stringify(name)}; expected one of ${devices.join(", ")}`,
    );
  }
  return found;
}

/** `fused`: forests stay whole, as nodes that need calypte/tfjs. Throws OptionError for a device whose tensors they cannot reach. */
export function tfjsTarget(device: Device, batchHint: number, fused = false): Target {
  if (fused && device !== "portable" && !fusedDevices.some((d) => d === device)) {
    throw new OptionError("fused", `a fused graph runs on ${fusedDevices.join(", ")}, not ${device}; leave fused out`);
  }
  return { backend: "tfjs", device, batchHint, dtypes, primitives: fused ? fusedPrimitives : primitives, maxElements };
}
