/** The driver: Model → Program → passes → strategies → backend. */

import { strategies } from "../strategies/index.js";
import { referenceBackend } from "./backends/reference/reference-backend.js";
import { wasmBackend } from "./backends/wasm/wasm-backend.js";
import { BackendUnavailableError, OptionError } from "./errors.js";
import { wasmBackendOn } from "./given-kernels.js";
import type { Model, PredictionOptions } from "./ir/model.js";
import { printProgram } from "./ir/print.js";
import type { Program } from "./ir/program.js";
import { rowWise } from "./ir/rows.js";
import type { Backend, BackendOptions, Target } from "./ir/target.js";
import { lowerModel } from "./lower.js";
import { checkBatchHint, checkOptions, checkThreads } from "./options.js";
import { shareCommonSubexpressions } from "./passes/common-subexpressions.js";
import { countInTexts } from "./passes/count-in-texts.js";
import { removeDeadCode } from "./passes/dead-code.js";
import { type LoweredForests, lowerForests } from "./passes/lower-forests.js";
import { narrow } from "./passes/narrow.js";
import { createPlan } from "./plan.js";
import { Scorer } from "./scorer.js";

export interface CompileOptions extends PredictionOptions {
  /** "auto" (tfjs where a device is named, else wasm, or reference where that cannot run), "wasm", "reference", or "tfjs". */
  readonly backend?: "auto" | "wasm" | "reference" | "tfjs";
  /** Device of the tfjs backend: cpu, wasm, …; the best that is installed by default. */
  readonly device?: string;
  /**
   * On the tfjs backend, whether forests are nodes of calypte's own, which run in kernels or shaders; false for standard operators
   * alone. By default on the devices that have a kernel: cpu, wasm, tensorflow, webgpu.
   */
  readonly fused?: boolean;
  /** How forests are lowered: "auto", or the name of a strategy. */
  readonly strategy?: string;
  /** Rows per call to be fast for; 1000 by default. */
  readonly batchHint?: number;
  /**
   * Threads that a call may use, on the wasm backend: 1 by default, at most 256, or "auto" for as many as the machine runs at once
   * (at most 16). Calls of many rows are then shared with workers, which all scorers have together; answers are the same to the
   * bit. The methods that answer at once (`runSync`, …) use the calling thread alone.
   */
  readonly threads?: number | "auto";
  /** Refuse float64 data that the device would round to float32. */
  readonly strict?: boolean;
  /**
   * The module calypte/kernels.wasm, compiled by the host, for the wasm backend. For edge workers, which forbid compiling at run
   * time but import .wasm files as modules; elsewhere the backend has its own copy.
   */
  readonly kernels?: WebAssembly.Module;
}

const compileOptions = [
  "backend",
  "device",
  "fused",
  "strategy",
  "batchHint",
  "threads",
  "strict",
  "kernels",
  "iterationRange",
  "missing",
] as const;

/** Backends that few programs use are loaded when first asked for. */
const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  wasm: async () => wasmBackend,
  reference: async () => referenceBackend,
  tfjs: async () => (await import("./backends/tfjs/tfjs-backend.js")).tfjsBackend,
};

/** Passes that hold for every target. */
export function optimize(program: Program): Program {
  return removeDeadCode(countInTexts(shareCommonSubexpressions(program)));
}

/** Everything between the model's Program and the backend: narrowing to the target's types, forests, clean-up. */
export function lowerFor(program: Program, target: Target, strategy: string): LoweredForests {
  const lowered = lowerForests(narrow(program, target), target, strategies, strategy);
  const passed = (target.passes ?? []).reduce((p, pass) => pass(p), lowered.program);
  return { ...lowered, program: optimize(passed) };
}

/** The model under the prediction options given, if any. */
export function configured(model: Model, options: PredictionOptions): Model {
  const { iterationRange, missing } = options;
  if (iterationRange === undefined && missing === undefined) return model;
  if (model.configure === undefined) {
    const name = iterationRange === undefined ? "missing" : "iterationRange";
    throw new OptionError(name, `an ${model.format} model has no ${name} to choose; leave it out`);
  }
  return model.configure({
    ...(iterationRange === undefined ? {} : { iterationRange }),
    ...(missing === undefined ? {} : { missing }),
  });
}

/** The backend of that name, what it offers, and why it is not the one that "auto" stands for. A device is a TF.js device. */
async function chooseBackend(
  name: string,
  options: BackendOptions,
  kernels: WebAssembly.Module | undefined,
): Promise<{ backend: Backend; target: Target; notes: readonly string[] }> {
  const wanted = name !== "auto" ? name : options.device === undefined ? "wasm" : "tfjs";
  if (kernels !== undefined) {
    if (wanted !== "wasm")
      throw new OptionError("kernels", `kernels are for the wasm backend, not ${wanted}; leave them out`);
    // Whoever brings kernels wants them used: no falling back.
    const backend = wasmBackendOn(kernels);
    return { backend, target: await backend.probe(options), notes: [] };
  }
  const loadBackend = Object.hasOwn(backends, wanted) ? backends[wanted] : undefined;
  if (loadBackend === undefined) {
    throw new OptionError("backend", `unknown backend "${name}"; use auto, ${Object.keys(backends).join(", ")}`);
  }
  const backend = await loadBackend();
  try {
    return { backend, target: await backend.probe(options), notes: [] };
  } catch (error) {
    if (name !== "auto" || wanted !== "wasm" || !(error instanceof BackendUnavailableError)) throw error;
    const target = await referenceBackend.probe(options);
    return { backend: referenceBackend, target, notes: [`runs on reference: ${error.message}`] };
  }
}

/** Compiles a model for a backend. Throws OptionError, BackendUnavailableError or UnsupportedError, saying what would work. */
export async function compile(model: Model, options: CompileOptions = {}): Promise<Scorer> {
  checkOptions("compile", options, compileOptions);
  const batchHint = checkBatchHint(options.batchHint);
  const threads = checkThreads(options.threads);
  const { backend, target, notes } = await chooseBackend(
    options.backend ?? "auto",
    {
      batchHint,
      threads,
      ...(options.device === undefined ? {} : { device: options.device }),
      ...(options.fused === undefined ? {} : { fused: options.fused }),
    },
    options.kernels,
  );
  if (threads > 1 && options.threads !== "auto" && target.backend !== "wasm" && notes.length === 0) {
    throw new OptionError("threads", `threads are for the wasm backend, not ${target.backend}; leave them out`);
  }
  if (options.fused !== undefined && target.backend !== "tfjs") {
    throw new OptionError("fused", `fused is for the tfjs backend, not ${target.backend}; leave it out`);
  }
  const source = optimize(lowerModel(configured(model, options)));
  const { program, choices } = lowerFor(source, target, options.strategy ?? "auto");
  const executable = await backend.compile(program, target);
  const facts = {
    backend: target.backend,
    device: target.device,
    batchHint,
    threads: executable.threads ?? 1,
    forests: choices,
    instructions: program.instructions.length,
    rowWise: rowWise(program).rowWise,
    notes: [...notes, ...(executable.notes ?? [])],
  };
  const plan = createPlan(facts, () => printProgram(program));
  const { inputs } = model;
  const fixedInputs = new Set(model.fixedInputs);
  return new Scorer({ source, inputs, fixedInputs, executable, target, plan, strict: options.strict ?? false });
}
