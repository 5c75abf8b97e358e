/**
 * A compiled Program on the wasm backend: host, module, host (partition.ts). The file's own outputs share one image, in which only
 * what the asked ones need is computed; extra outputs (raw scores, leaves) share another, made when one is first asked for. Where
 * the file leaves the width of an input open, there is such a pair for each width that is met.
 */

import { OptionError, ShapeError } from "../../errors.js";
import { dependsOnN } from "../../ir/dims.js";
import type { Program } from "../../ir/program.js";
import type { Executable } from "../../ir/target.js";
import type { Tensor } from "../../ir/tensor.js";
import type { TensorType } from "../../ir/types.js";
import { rewrite } from "../../passes/rewrite.js";
import { createReferenceExecutable, referenceTarget } from "../reference/reference-backend.js";
import { createModulePart, type ModulePart, type Tensors } from "./module-part.js";
import { type Partition, partition } from "./partition.js";

/** Some of a Program's outputs, ready to run. */
interface Stages {
  /** Builds the module's part, which is otherwise built when it is first needed. */
  load(): void;
  run(inputs: Tensors, n: number, names: readonly string[]): Tensors;
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

function prepare(parts: Partition, kernels: WebAssembly.Module, batchHint: number): Stages {
  const onHost = (program: Program | undefined): Executable | undefined =>
    program === undefined ? undefined : createReferenceExecutable(program, referenceTarget(batchHint));
  const [before, after] = [onHost(parts.before), onHost(parts.after)];
  const { module } = parts;
  let device: ModulePart | undefined;
  const nothing: Tensors = new Map();
  const loaded = (part: Program): ModulePart => {
    device ??= createModulePart(part, kernels);
    return device;
  };
  return {
    load() {
      if (module !== undefined) loaded(module);
    },
    run(inputs, n, names) {
      if (module === undefined) {
        if (before === undefined) throw new ShapeError("there is nothing to run");
        return before.runSync(inputs, n, names);
      }
      const crossing = parts.before?.outputs.map((o) => o.name) ?? [];
      const given = before === undefined ? inputs : before.runSync(inputs, n, crossing);
      const moduleInputs = before === undefined ? inputs : pick(given, nothing, module.inputs);
      if (after === undefined) return loaded(module).run(moduleInputs, n, names);
      const moduleNames = module.outputs.map((o) => o.name);
      const results = loaded(module).run(moduleInputs, n, moduleNames);
      return after.runSync(pick(results, given, parts.after?.inputs ?? []), n, names);
    },
  };
}

/** Both kinds of outputs of a Program whose widths are known, or are to stay open. */
interface Pair {
  readonly notes: readonly string[];
  run(inputs: Tensors, n: number, names: readonly string[]): Tensors;
}

function createPair(program: Program, kernels: WebAssembly.Module, batchHint: number): Pair {
  const own = program.outputs.filter((o) => o.extra !== true);
  const ownNames = new Set(own.map((o) => o.name));
  const parts = partition({ ...program, outputs: own });
  const ownStages = prepare(parts, kernels, batchHint);
  ownStages.load();
  let all: Stages | undefined = own.length === program.outputs.length ? ownStages : undefined;
  return {
    notes: parts.notes,
    run(inputs, n, names) {
      if (names.every((name) => ownNames.has(name))) return ownStages.run(inputs, n, names);
      all ??= prepare(partition(program), kernels, batchHint);
      return all.run(inputs, n, names);
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

/** The forests of `program` are `forest` and `forestLeaves` instructions. */
export function createExecutable(program: Program, kernels: WebAssembly.Module, batchHint: number): Executable {
  const open = program.inputs.filter((i) => isOpen(program.types[i.value]!));
  const fixed = open.length > 0 ? undefined : createPair(program, kernels, batchHint);
  const byWidths = new Map<string, Pair>();
  const widthsOf = (inputs: Tensors): string =>
    open
      .map(({ name, value }) => {
        const { shape } = program.types[value]!;
        return inputs.get(name)?.shape.filter((_, i) => shape[i] === "?");
      })
      .join(";");
  const pairFor = (inputs: Tensors): Pair => {
    if (fixed !== undefined) return fixed;
    const key = widthsOf(inputs);
    const known = byWidths.get(key);
    if (known !== undefined) return known;
    const pair = createPair(withWidths(program, inputs), kernels, batchHint);
    const [oldest] = byWidths.keys();
    if (byWidths.size >= mostWidths && oldest !== undefined) byWidths.delete(oldest);
    byWidths.set(key, pair);
    return pair;
  };
  let run: ((inputs: Tensors, n: number, names: readonly string[]) => Tensors) | undefined = (inputs, n, names) =>
    pairFor(inputs).run(inputs, n, names);
  const runSync: Executable["runSync"] = (inputs, n, names) => {
    if (run === undefined) throw new OptionError("dispose", "it was disposed; compile the model again");
    return run(inputs, n, names);
  };
  const openNames = open.map((i) => i.name).join(", ");
  return {
    notes: fixed?.notes ?? [
      `the file leaves the width of ${openNames} open: the module is prepared for each width that comes`,
    ],
    runSync,
    run: async (inputs, n, names) => runSync(inputs, n, names),
    dispose() {
      run = undefined;
      byWidths.clear();
    },
  };
}
