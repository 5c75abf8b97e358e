/** What `convert` does, loaded when it is first called: Model → Program → the target's files. */

import { configured, lowerFor, optimize } from "./compile.js";
import type { ConvertOptions } from "./convert.js";
import { OptionError } from "./errors.js";
import type { Model } from "./ir/model.js";
import type { Emitter } from "./ir/target.js";
import { lowerModel } from "./lower.js";
import { checkBatchHint, checkOptions } from "./options.js";
import { selectOutputs } from "./passes/dead-code.js";
import { version } from "./version.js";

const emitters: Readonly<Record<string, () => Promise<Emitter>>> = {
  tfjs: async () => (await import("./emitters/tfjs/tfjs-emitter.js")).tfjsEmitter,
  onnx: async () => (await import("./emitters/onnx/onnx-emitter.js")).onnxEmitter,
  savedmodel: async () => (await import("./emitters/savedmodel/savedmodel-emitter.js")).savedModelEmitter,
  wasm: async () => (await import("./emitters/wasm/wasm-emitter.js")).wasmEmitter,
};

/** Files by relative path, to be written with `save`. */
export async function convertModel(model: Model, options: ConvertOptions): Promise<Map<string, Uint8Array>> {
  checkOptions("convert", options, [
    "target",
    "strategy",
    "batchHint",
    "device",
    "fused",
    "quantized",
    "outputs",
    "iterationRange",
    "missing",
  ]);
  const loadEmitter = Object.hasOwn(emitters, options.target) ? emitters[options.target] : undefined;
  if (loadEmitter === undefined) {
    throw new OptionError("target", `unknown target "${options.target}"; use ${Object.keys(emitters).join(", ")}`);
  }
  if (options.fused === true && options.target !== "tfjs") {
    throw new OptionError("fused", `fused is for the target tfjs, not ${options.target}; leave it out`);
  }
  if (options.quantized === true && options.target !== "tfjs") {
    throw new OptionError("quantized", `quantized is for the target tfjs, not ${options.target}; leave it out`);
  }
  const emitter = await loadEmitter();
  const target = emitter.target({
    batchHint: checkBatchHint(options.batchHint),
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.fused === undefined ? {} : { fused: options.fused }),
  });
  const source = lowerModel(configured(model, options));
  const names = source.outputs.filter((o) => o.extra !== true).map((o) => o.name);
  for (const name of options.outputs ?? []) {
    if (!names.includes(name)) {
      throw new OptionError("outputs", `the model has no output "${name}"; it has ${names.join(", ")}`);
    }
  }
  const kept = options.outputs ?? names;
  const program = optimize(selectOutputs(source, (o) => kept.includes(o.name)));
  const lowered = await lowerFor(program, target, options.strategy ?? "auto");
  return new Map(
    await emitter.emit(
      lowered.program,
      target,
      {
        format: model.format,
        producer: model.producer,
        strategy: [...new Set(lowered.choices.map((c) => c.strategy))].join(", "),
        calypte: version,
      },
      { quantized: options.quantized === true },
    ),
  );
}
