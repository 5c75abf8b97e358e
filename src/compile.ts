/** The driver: Model → Program → passes → strategies → backend. */

import { fusedStrategies } from "../strategies/fused.js";
import type { GpuFailure } from "./backends/tfjs/gpu-speed.js";
import { deviceFailed, withFallback } from "./backends/with-fallback.js";
import { type BackendChoice, chooseBackend, worthwhileGpu } from "./choose-backend.js";
import { LimitError, OptionError, UnsupportedError } from "./errors.js";
import { KeptProgram } from "./ir/kept-program.js";
import type { Model, PredictionOptions } from "./ir/model.js";
import { printProgram } from "./ir/print.js";
import type { Program } from "./ir/program.js";
import { rowWise } from "./ir/rows.js";
import type { Executable, Strategy, Target } from "./ir/target.js";
import { lowerModel } from "./lower.js";
import { checkBatchHint, checkOptions, checkThreads } from "./options.js";
import { shareCommonSubexpressions } from "./passes/common-subexpressions.js";
import { countInTexts } from "./passes/count-in-texts.js";
import { removeDeadCode } from "./passes/dead-code.js";
import { type LoweredForests, lowerForests } from "./passes/lower-forests.js";
import { needsNarrowing } from "./passes/needs-narrowing.js";
import { createPlan, type Plan, type PlanFacts } from "./plan.js";
import { Scorer } from "./scorer.js";

export interface CompileOptions extends PredictionOptions {
  /**
   * "wasm", "reference", "tfjs", or "auto": tfjs where a device is named; else wasm, or reference where that cannot run; for a
   * `batchHint` of 10,000 and more the GPU, through TF.js's webgpu, where there is one, it was measured to be faster, and the model
   * computes in float32 alone. wasm stays behind the GPU for calls that answer at once, and takes over where the GPU fails.
   */
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

/** Passes that hold for every target. */
export function optimize(program: Program): Program {
  return removeDeadCode(countInTexts(shareCommonSubexpressions(program)));
}

/**
 * Everything between the model's Program and the backend: narrowing to the target's types, forests, clean-up. The choices tell of
 * `strategies`; left out, of those that keep forests whole where these suffice, and of all elsewhere.
 */
export async function lowerFor(
  program: Program,
  target: Target,
  strategy: string,
  strategies?: readonly Strategy[],
): Promise<LoweredForests> {
  // What few targets need is loaded when first asked for.
  const narrowed = needsNarrowing(program, target)
    ? (await import("./passes/narrow.js")).narrow(program, target)
    : program;
  const known = strategies ?? (await strategiesFor(narrowed, target, strategy));
  const lowered = lowerForests(narrowed, target, known, strategy);
  let { program: passed } = lowered;
  for (const { primitives, load } of target.passes ?? []) {
    if (primitives.every((name) => passed.instructions.some((i) => i.op === name))) passed = (await load())(passed);
  }
  return { ...lowered, program: optimize(passed) };
}

async function strategiesFor(program: Program, target: Target, wanted: string): Promise<readonly Strategy[]> {
  const able = fusedStrategies.filter((s) => wanted === "auto" || wanted === s.name);
  const suffice =
    able.length > 0 &&
    program.instructions.every(
      (i) =>
        (i.op !== "forest" && i.op !== "forestLeaves") ||
        able.some((s) => s.refuse(i.attrs.forest, target) === undefined),
    );
  return suffice ? fusedStrategies : (await import("../strategies/index.js")).strategies;
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

/** Compiles a model for a backend. Throws OptionError, BackendUnavailableError or UnsupportedError, saying what would work. */
export async function compile(model: Model, options: CompileOptions = {}): Promise<Scorer> {
  checkOptions("compile", options, compileOptions);
  const batchHint = checkBatchHint(options.batchHint);
  const threads = checkThreads(options.threads);
  const chosen = await chooseBackend(
    options.backend ?? "auto",
    {
      batchHint,
      threads,
      ...(options.device === undefined ? {} : { device: options.device }),
      ...(options.fused === undefined ? {} : { fused: options.fused }),
    },
    options.kernels,
  );
  const { target } = chosen;
  if (threads > 1 && options.threads !== "auto" && target.backend !== "wasm" && chosen.notes.length === 0) {
    throw new OptionError("threads", `threads are for the wasm backend, not ${target.backend}; leave them out`);
  }
  if (options.fused !== undefined && target.backend !== "tfjs") {
    throw new OptionError("fused", `fused is for the tfjs backend, not ${target.backend}; leave it out`);
  }
  const source = optimize(lowerModel(configured(model, options)));
  const strategy = options.strategy ?? "auto";
  const onCpu = await lowerAndCompile(source, chosen, strategy, batchHint);
  // Who names a device, threads or a strategy has chosen.
  const open = (options.backend ?? "auto") === "auto" && options.device === undefined && options.kernels === undefined;
  const gpu = open && threads === 1 && strategy === "auto" ? await worthwhileGpu(source, batchHint) : undefined;
  const { executable, facts, program } = gpu === undefined ? onCpu : await onGpu(source, gpu, onCpu, batchHint);
  const plan = planOf(facts, program);
  const { inputs } = model;
  const fixedInputs = new Set(model.fixedInputs);
  return new Scorer({ source, inputs, fixedInputs, executable, target, plan, strict: options.strict ?? false });
}

function planOf(facts: PlanFacts, program: Program): Plan {
  const kept = new KeptProgram(program);
  kept.rest();
  return createPlan(facts, () => printProgram(kept.get()));
}

interface Compiled {
  readonly executable: Executable;
  readonly program: Program;
  readonly facts: PlanFacts;
}

async function lowerAndCompile(
  source: Program,
  { backend, target, notes }: BackendChoice,
  strategy: string,
  batchHint: number,
): Promise<Compiled> {
  const { program, choices } = await lowerFor(source, target, strategy);
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
  return { executable, program, facts };
}

/** On the GPU, with what `cpu` compiled behind it; that alone where TF.js cannot run the Program, or the GPU failed. */
async function onGpu(
  source: Program,
  gpu: BackendChoice | GpuFailure,
  cpu: Compiled,
  batchHint: number,
): Promise<Compiled> {
  const without = (failed: string): Compiled => {
    const notes = [...cpu.facts.notes, `runs on ${cpu.facts.backend} since the GPU failed: ${failed}`];
    return { ...cpu, facts: { ...cpu.facts, notes } };
  };
  if ("failed" in gpu) return without(gpu.failed);
  try {
    const { executable, program, facts } = await lowerAndCompile(source, gpu, "auto", batchHint);
    const notes = [...facts.notes];
    // The plan is read later too: what happens meanwhile is added to it.
    return {
      executable: withFallback(executable, cpu.executable, (note) => notes.push(note)),
      program,
      facts: { ...facts, notes },
    };
  } catch (error) {
    if (error instanceof UnsupportedError || error instanceof LimitError) return cpu;
    if (deviceFailed(error)) return without(error.message);
    throw error;
  }
}
