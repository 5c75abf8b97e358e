/** What a Program is compiled for, and the strategies that lower a forest for it. */

import type { Builder } from "./builder.js";
import type { DType } from "./dtype.js";
import type { Forest } from "./forest.js";
import type { PrimitiveName } from "./primitive.js";
import type { Program, ValueId } from "./program.js";
import type { Tensor } from "./tensor.js";

/** A pass that few Programs need, whose code is loaded with the first that may. */
export interface DevicePass {
  /** It changes only Programs that have all of these. */
  readonly primitives: readonly PrimitiveName[];
  load(): Promise<(program: Program) => Program>;
}

export interface Target {
  /** "reference", "tfjs", … */
  readonly backend: string;
  /** "cpu" for reference; for tfjs: cpu, wasm, webgl, webgpu, tensorflow, or "portable" (right on all of them). */
  readonly device: string;
  /** Rows per call that the compiled program is to be fast for. */
  readonly batchHint: number;
  /** Threads that a call may use; 1 where it is left out. */
  readonly threads?: number;
  /** Element types that the device computes with; others are narrowed or refused before the strategies run. */
  readonly dtypes: ReadonlySet<DType>;
  /** Primitives that the device has a kernel for. */
  readonly primitives: ReadonlySet<PrimitiveName>;
  /** Most elements one intermediate tensor may have; batches are cut into blocks so that it holds. */
  readonly maxElements: number;
  /** Passes that pay on this device and not on all. */
  readonly passes?: readonly DevicePass[];
}

/** One way of lowering a forest: a file in strategies/. */
export interface Strategy {
  readonly name: string;
  readonly summary: string;
  /**
   * Keeps the forest as one primitive, for a backend that has a kernel for it. Wherever one can, `auto` looks no further: dense
   * tensor operators have never come near (bench/), and pricing them takes as long as lowering them.
   */
  readonly fused?: true;
  /** The reason why it cannot lower this forest for this target, shown to the user; undefined where it can. */
  refuse(forest: Forest, target: Target): string | undefined;
  /** Estimated seconds for target.batchHint rows. */
  cost(forest: Forest, target: Target): number;
  /**
   * Writes instructions that compute, from x [N, ≥ nFeatures] in the forest's compare dtype, raw scores [N, nOutputs] in its
   * sum dtype or leaf ids int32 [N, nTrees].
   */
  lower(build: Builder, forest: Forest, x: ValueId, want: "raw" | "leaves", target: Target): ValueId;
}

/** A Program ready to run on a device. */
export interface Executable {
  /**
   * Inputs by name, shapes with the batch size `n` in place of N; computes the outputs named. Results own their memory.
   */
  run(inputs: ReadonlyMap<string, Tensor>, n: number, outputs: readonly string[]): Promise<ReadonlyMap<string, Tensor>>;
  /** As `run`; throws OptionError where the device cannot answer synchronously. */
  runSync(inputs: ReadonlyMap<string, Tensor>, n: number, outputs: readonly string[]): ReadonlyMap<string, Tensor>;
  dispose(): void;
  /** What the user should know about how it runs, for the plan: parts that run on the host. */
  readonly notes?: readonly string[];
  /** Threads that a call may use; 1 where it is left out. */
  readonly threads?: number;
}

/** What the user asks of a backend. */
export interface BackendOptions {
  readonly device?: string;
  readonly batchHint: number;
  readonly threads?: number;
  /** On tfjs, whether forests are nodes of calypte's own; where it is left out, on the devices that have a kernel for them. */
  readonly fused?: boolean;
}

export interface Backend {
  readonly name: string;
  /** What this machine offers; undefined, or a BackendUnavailableError that says what to install, where it cannot run. */
  probe(options: BackendOptions): Promise<Target>;
  compile(program: Program, target: Target): Promise<Executable>;
}

/** How an emitter writes what it writes. */
export interface EmitOptions {
  /** Each weight in the smallest form of the format that gives back the same bits. */
  readonly quantized?: boolean;
}

/** Files by relative path. */
export type EmittedFiles = ReadonlyMap<string, Uint8Array>;

export interface Emitter {
  /** "tfjs", later "wasm", "onnx", "savedmodel". */
  readonly name: string;
  target(options: { readonly device?: string; readonly batchHint: number; readonly fused?: boolean }): Target;
  emit(
    program: Program,
    target: Target,
    provenance: Provenance,
    options?: EmitOptions,
  ): EmittedFiles | Promise<EmittedFiles>;
}

/** Where an emitted file comes from; stands in its metadata. */
export interface Provenance {
  readonly format: string;
  readonly producer: string;
  readonly strategy: string;
  readonly calypte: string;
}
