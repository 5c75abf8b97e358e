/**
 * Splits a Program into what runs on the host before the kernel module, what runs in the module, and what runs on the host after
 * it. An instruction without a kernel runs before where no heavy work leads to it (with all that leads to it), and after
 * otherwise (with all that follows from it).
 */

import type { Instruction, Program, ProgramInput, ProgramOutput, ValueId } from "../../ir/program.js";
import { rowAxis } from "../../ir/types.js";
import { typeCodes } from "./codes.js";
import { refusal } from "./kernel-table.js";

export interface Partition {
  /** Its outputs are the other parts' inputs, by the same names. Undefined where nothing runs before. */
  readonly before: Program | undefined;
  /** Its outputs are the Program's, or inputs of `after`. Undefined where nothing is left for the module. */
  readonly module: Program | undefined;
  /** Undefined where the module's outputs are the Program's. */
  readonly after: Program | undefined;
  /** What does not run in the module, and why; for the plan. */
  readonly notes: readonly string[];
}

const heavy: ReadonlySet<Instruction["op"]> = new Set(["forest", "forestLeaves", "matMul", "squaredDistances"]);

type Stage = 0 | 1 | 2;

/** The stage of each instruction; those of an instruction's arguments are never later. */
function stagesOf(program: Program): { stages: ReadonlyMap<Instruction, Stage>; notes: readonly string[] } {
  const producers = new Map(program.instructions.flatMap((i) => i.results.map((r) => [r, i] as const)));
  const stages = new Map<Instruction, Stage>();
  const afterHeavy = new Set<Instruction>();
  const notes = new Set<string>();
  const argsOf = (i: Instruction): Instruction[] =>
    i.args.flatMap((a) => {
      const producer = producers.get(a);
      return producer === undefined ? [] : [producer];
    });
  const toHost = (i: Instruction): void => {
    if (stages.get(i) === 0) return;
    stages.set(i, 0);
    for (const arg of argsOf(i)) toHost(arg);
  };
  for (const instruction of program.instructions) {
    const args = argsOf(instruction);
    if (args.some((a) => afterHeavy.has(a) || heavy.has(a.op))) afterHeavy.add(instruction);
    const reason = refusal(instruction, program);
    if (args.some((a) => stages.get(a) === 2)) stages.set(instruction, 2);
    else if (reason === undefined) stages.set(instruction, 1);
    else if (afterHeavy.has(instruction)) stages.set(instruction, 2);
    else toHost(instruction);
    if (reason !== undefined && instruction.op !== "constant") {
      const origin = instruction.origin === undefined ? "" : ` of ${instruction.origin}`;
      notes.add(`${instruction.op}${origin} runs on the host: ${reason}`);
    }
  }
  return { stages, notes: [...notes] };
}

/** Whether a value can stand in the module's memory. */
function canCross(program: Program, value: ValueId): boolean {
  const type = program.types[value]!;
  return typeCodes[type.dtype] !== undefined && rowAxis(type) !== "batch" && !type.shape.includes("?");
}

/** Names for values that pass between parts; inputs keep their own. */
function portNames(program: Program): (values: Iterable<ValueId>) => (ProgramInput & ProgramOutput)[] {
  const names = new Map<ValueId, string>(program.inputs.map((i) => [i.value, i.name]));
  const taken = new Set(program.inputs.map((i) => i.name));
  const nameOf = (value: ValueId): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    let name = `value ${value}`;
    while (taken.has(name)) name += "'";
    taken.add(name);
    names.set(value, name);
    return name;
  };
  return (values) => [...values].map((value) => ({ name: nameOf(value), value }));
}

const makes = (instructions: readonly Instruction[]): Set<ValueId> => new Set(instructions.flatMap((i) => i.results));
const works = (instructions: readonly Instruction[]): boolean => instructions.some((i) => i.op !== "constant");

/** What the instructions and outputs read that the instructions do not make. */
function reads(instructions: readonly Instruction[], outputs: Iterable<ValueId>): Set<ValueId> {
  const made = makes(instructions);
  return new Set([...instructions.flatMap((i) => i.args), ...outputs].filter((v) => !made.has(v)));
}

export function partition(program: Program): Partition {
  const { types, outputs } = program;
  const { stages, notes } = stagesOf(program);
  // Constants cost nothing to be in every part.
  const part = (stage: Stage): readonly Instruction[] =>
    program.instructions.filter((i) => stages.get(i) === stage || i.op === "constant");
  const [first, second, third] = [part(0), part(1), part(2)];
  if (!works(second)) {
    const reason = notes.length === 0 ? "" : `: ${notes.join("; ")}`;
    return {
      before: program,
      module: undefined,
      after: undefined,
      notes: [`the whole model runs on the host${reason}`],
    };
  }
  const ports = portNames(program);
  const values = outputs.map((o) => o.value);
  const endsInModule = !works(third) && values.every((v) => canCross(program, v));
  const afterReads = endsInModule ? new Set<ValueId>() : reads(third, values);
  const computed = makes(second.filter((i) => i.op !== "constant"));
  const moduleOutputs = endsInModule ? outputs : ports([...afterReads].filter((v) => computed.has(v)));
  const moduleReads = reads(
    second,
    moduleOutputs.map((o) => o.value),
  );
  const crossing = new Set([...moduleReads, ...[...afterReads].filter((v) => !computed.has(v))]);
  return {
    before: works(first) ? { types, inputs: program.inputs, instructions: first, outputs: ports(crossing) } : undefined,
    module: { types, inputs: ports(moduleReads), instructions: second, outputs: moduleOutputs },
    after: endsInModule ? undefined : { types, inputs: ports(afterReads), instructions: third, outputs },
    notes,
  };
}
