/**
 * A compiled Program on the wasm backend: host, module, host (partition.ts). The file's own outputs share one image, in which only
 * what the asked ones need is computed; extra outputs (raw scores, leaves) share another, made when one is first asked for. Where
 * the file leaves the width of an input open, there is such a pair for each width that is met.
 */

import { OptionError, ShapeError } from "../../errors.js";
import { dependsOnN } from "../../ir/dims.js";
import { KeptProgram } from "../../ir/kept-program.js";
import type { Program } from "../../ir/program.js";
import type { Executable } from "../../ir/target.js";
import type { Tensor } from "../../ir/tensor.js";
import type { TensorType } from "../../ir/types.js";
import { rewrite } from "../../passes/rewrite.js";
import { createReferenceExecutable, referenceTarget } from "../reference/reference-backend.js";
import type { PlaceImage } from "./kernel-module.js";
import { createModulePart, type ModulePart, type Tensors } from "./module-part.js";
import { type Partition, partition } from "./partition.js";

/** Some of a Program's outputs, ready to run. */
interface Stages {
  /** Builds the module's part, which is otherwise built when it is first needed. */
  load(): void;
  run(inputs: Tensors, n: number, names: readonly string[]): Tensors;
  /** As `run`; the module's part by several threads where it can. */
  runOnThreads(inputs: Tensors, n: number, names: readonly string[]): Promise<Tensors>;
  /** Why only one thread runs it, although there could be several. */
  oneThread(): string | undefined;
  dispose(): void;
}

/** The named tensors; those that are not there are inputs that the user left out, which the parts report. */
function pick(from: Tensors, also: Tensors, names: readonly { readonly name: string }[]): Tensors {
  const picked = new Map<string, Tensor>();
  for (const { name } of names) {
    const found = from.get(name) ?? also.get(name);
    if (found !== undefined) picked.set(name, found);
  }
  return picked;
}

function prepare(parts: Partition, place: PlaceImage, batchHint: number): Stages {
  const onHost = (program: Program | undefined): Executable | undefined =>
    program === undefined ? undefined : createReferenceExecutable(program, referenceTarget(batchHint));
  const [before, after] = [onHost(parts.before), onHost(parts.after)];
  const whole = parts.module === undefined ? undefined : new KeptProgram(parts.module);
  let device: ModulePart | undefined;
  const nothing: Tensors = new Map();
  if (parts.module === undefined || whole === undefined) {
    const run: Stages["run"] = (inputs, n, names) => {
      if (before === undefined) throw new ShapeError("there is nothing to run");
      return before.runSync(inputs, n, names);
    };
    return {
      load: () => undefined,
      run,
      runOnThreads: async (inputs, n, names) => run(inputs, n, names),
      oneThread: () => "the whole model runs on the host",
      dispose: () => undefined,
    };
  }
  const loaded = (): ModulePart => {
    if (device === undefined) {
      device = createModulePart(whole.get(), place);
      whole.rest();
    }
    return device;
  };
  const crossing = parts.before?.outputs.map((o) => o.name) ?? [];
  const moduleNames = parts.module.outputs.map((o) => o.name);
  const { inputs: needed } = parts.module;
  const neededAfter = parts.after?.inputs ?? [];
  const enter = (inputs: Tensors, n: number): Tensors =>
    before === undefined ? inputs : before.runSync(inputs, n, crossing);
  const moduleInputs = (given: Tensors): Tensors => (before === undefined ? given : pick(given, nothing, needed));
  const leave = (host: Executable, results: Tensors, given: Tensors, n: number, names: readonly string[]): Tensors =>
    host.runSync(pick(results, given, neededAfter), n, names);
  return {
    load() {
      loaded();
    },
    run(inputs, n, names) {
      const given = enter(inputs, n);
      if (after === undefined) return loaded().run(moduleInputs(given), n, names);
      return leave(after, loaded().run(moduleInputs(given), n, moduleNames), given, n, names);
    },
    async runOnThreads(inputs, n, names) {
      const given = enter(inputs, n);
      if (after === undefined) return loaded().runOnThreads(moduleInputs(given), n, names);
      return leave(after, await loaded().runOnThreads(moduleInputs(given), n, moduleNames), given, n, names);
    },
    oneThread: () => loaded().oneThread,
    dispose() {
      device?.dispose();
    },
  };
}

/** Both kinds of outputs of a Program whose widths are known, or are to stay open. */
interface Pair extends Omit<Stages, "load"> {
  readonly notes: readonly string[];
}

function createPair(whole: KeptProgram, place: PlaceImage, batchHint: number): Pair {
  const program = whole.get();
  const own = program.outputs.filter((o) => o.extra !== true);
  const ownNames = new Set(own.map((o) => o.name));
  const parts = partition({ ...program, outputs: own });
  const ownStages = prepare(parts, place, batchHint);
  ownStages.load();
  let all: Stages | undefined = own.length === program.outputs.length ? ownStages : undefined;
  const stagesFor = (names: readonly string[]): Stages => {
    if (names.every((name) => ownNames.has(name))) return ownStages;
    all ??= prepare(partition(whole.get()), place, batchHint);
    return all;
  };
  whole.rest();
  return {
    notes: parts.notes,
    run: (inputs, n, names) => stagesFor(names).run(inputs, n, names),
    runOnThreads: (inputs, n, names) => stagesFor(names).runOnThreads(inputs, n, names),
    oneThread: ownStages.oneThread,
    dispose() {
      ownStages.dispose();
      all?.dispose();
    },
  };
}

const isOpen = (type: TensorType): boolean => type.shape.includes("?") && type.shape.some(dependsOnN);

/** More widths than this are not kept ready. */
const mostWidths = 4;

/** `program` with the widths that `inputs` have in the place of the open ones. */
function withWidths(program: Program, inputs: Tensors): Program {
  const types = program.inputs.map(({ name, value }): TensorType => {
    const type = program.types[value]!;
    const given = inputs.get(name);
    if (!isOpen(type) || given?.shape.length !== type.shape.length) return type;
    return { ...type, shape: type.shape.map((d, i) => (d === "?" ? given.shape[i]! : d)) };
  });
  // `rewrite` asks for the inputs' types in their order.
  let next = 0;
  return rewrite(
    program,
    () => undefined,
    (type) => types[next++] ?? type,
  );
}

/** The threads that a call may use, and where there is one although more were asked for, why. */
export interface ThreadChoice {
  readonly threads: number;
  readonly whyOne?: string;
}

/** The forests of `program` are `forest` and `forestLeaves` instructions. */
export function createExecutable(
  program: Program,
  place: PlaceImage,
  batchHint: number,
  choice: ThreadChoice = { threads: 1 },
): Executable {
  const { inputs, types } = program;
  const open = inputs.filter((i) => isOpen(types[i.value]!));
  return executableOf(new KeptProgram(program), open, types, place, batchHint, choice);
}

/** `open`: the inputs whose widths are not known. */
function executableOf(
  whole: KeptProgram,
  open: Program["inputs"],
  types: Program["types"],
  place: PlaceImage,
  batchHint: number,
  { threads, whyOne }: ThreadChoice,
): Executable {
  const fixed = open.length > 0 ? undefined : createPair(whole, place, batchHint);
  whole.rest();
  const byWidths = new Map<string, Pair>();
  const widthsOf = (inputs: Tensors): string =>
    open
      .map(({ name, value }) => {
        const { shape } = types[value]!;
        return inputs.get(name)?.shape.filter((_, i) => shape[i] === "?");
      })
      .join(";");
  const pairFor = (inputs: Tensors): Pair => {
    if (disposed) throw new OptionError("dispose", "it was disposed; compile the model again");
    if (fixed !== undefined) return fixed;
    const key = widthsOf(inputs);
    const known = byWidths.get(key);
    if (known !== undefined) return known;
    const pair = createPair(new KeptProgram(withWidths(whole.get(), inputs)), place, batchHint);
    const [oldest] = byWidths;
    if (byWidths.size >= mostWidths && oldest !== undefined) {
      byWidths.delete(oldest[0]);
      oldest[1].dispose();
    }
    byWidths.set(key, pair);
    return pair;
  };
  let disposed = false;
  const openNames = open.map((i) => i.name).join(", ");
  const one = whyOne ?? (threads > 1 ? fixed?.oneThread() : undefined);
  return {
    threads: one === undefined ? threads : 1,
    notes: [
      ...(fixed?.notes ?? [
        `the file leaves the width of ${openNames} open: the module is prepared for each width that comes`,
      ]),
      ...(one === undefined ? [] : [`one thread: ${one}`]),
    ],
    runSync: (inputs, n, names) => pairFor(inputs).run(inputs, n, names),
    run: async (inputs, n, names) => {
      const pair = pairFor(inputs);
      return threads > 1 ? pair.runOnThreads(inputs, n, names) : pair.run(inputs, n, names);
    },
    dispose() {
      disposed = true;
      fixed?.dispose();
      for (const pair of byWidths.values()) pair.dispose();
      byWidths.clear();
    },
  };
}
