/**
 * The emitter of self-contained WebAssembly: model.wasm (kernels and image, no imports), model.mjs and model.d.mts (a loader), and
 * manifest.json. The whole model must run in the module; what does not is named.
 */

import { checkImage } from "../../backends/wasm/check-image.js";
import { imageBase } from "../../backends/wasm/generated/kernels.js";
import { buildImage } from "../../backends/wasm/image.js";
import { sealImage } from "../../backends/wasm/image-format.js";
import { kernelModuleBytes } from "../../backends/wasm/kernel-module.js";
import { partition } from "../../backends/wasm/partition.js";
import { wasmTarget } from "../../backends/wasm/target.js";
import { LimitError, OptionError, UnsupportedError } from "../../errors.js";
import type { Program } from "../../ir/program.js";
import type { EmittedFiles, Emitter, Provenance, Target } from "../../ir/target.js";
import { formatType, rowAxis } from "../../ir/types.js";
import { loaderSource, loaderTypes } from "./loader.js";
import { manifestOf } from "./manifest.js";
import { moduleWithImage } from "./module-with-image.js";

/** Memory that WebAssembly can address, less a page. */
const mostMemory = 2 ** 32 - 2 ** 16;

/** What the module computes: the whole Program. Throws UnsupportedError naming what would run on a host. */
function wholeProgram(program: Program): Program {
  const { before, module, after, notes } = partition(program);
  if (before !== undefined || module === undefined || after !== undefined) {
    throw new UnsupportedError(
      "convert",
      `the model does not run in WebAssembly alone: ${summary(notes)}`,
      "use compile(), whose wasm backend runs these parts on the host",
    );
  }
  for (const { name, value } of [...module.inputs, ...module.outputs]) {
    const type = program.types[value]!;
    if (Number(rowAxis(type)) > 0) {
      throw new UnsupportedError(
        "convert",
        `${name} is ${formatType(type)}, which does not count rows along its first axis`,
      );
    }
  }
  return module;
}

/** Parts that a message names; a model of text may have hundreds. */
const mostNamed = 6;

function summary(notes: readonly string[]): string {
  if (notes.length === 0) return "nothing is left to compute";
  const named = notes.slice(0, mostNamed).join("; ");
  return notes.length > mostNamed ? `${named}; and ${notes.length - mostNamed} more` : named;
}

export async function emitWasm(program: Program, _target: Target, provenance: Provenance): Promise<EmittedFiles> {
  const whole = wholeProgram(program);
  const image = checkImage(sealImage(buildImage(whole).bytes));
  if (imageBase + image.memoryBytes > mostMemory) {
    throw new LimitError(`the model needs ${image.memoryBytes} bytes of memory, more than WebAssembly's 4 GB`);
  }
  const module = moduleWithImage(await kernelModuleBytes(), imageBase, image.bytes, image.memoryBytes);
  const manifest = manifestOf(whole, module, image, provenance);
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  return new Map([
    ["model.wasm", module],
    ["model.mjs", text(loaderSource(manifest))],
    ["model.d.mts", text(loaderTypes(manifest))],
    ["manifest.json", text(`${JSON.stringify(manifest, null, 2)}\n`)],
  ]);
}

export const wasmEmitter: Emitter = {
  name: "wasm",
  target({ device, batchHint }) {
    // "portable" is what any device may be called; the module is the same everywhere.
    if (device !== undefined && device !== "cpu" && device !== "portable") {
      throw new OptionError("device", `a WebAssembly module has no device "${device}"; leave it out`);
    }
    return wasmTarget(batchHint);
  },
  emit: emitWasm,
};
