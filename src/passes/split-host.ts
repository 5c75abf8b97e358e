/**
 * Splits a Program for a device that cannot hold all of its types: text is looked up on the host, and the device takes over
 * from there. Only a beginning can be split off; a value that would have to come back from the device is refused.
 */

import { UnsupportedError } from "../errors.js";
import type { Instruction, Program, ProgramInput, ProgramOutput, ValueId } from "../ir/program.js";

export interface SplitProgram {
  /** Takes the Program's inputs; its outputs are the device's inputs, by the same names. */
  readonly host: Program;
  /** Gives the Program's outputs. */
  readonly device: Program;
}

/**
 * Values keep their numbers. Inputs that the device reads itself pass through the host's Program under their own names. Throws
 * UnsupportedError where an instruction of the host needs a result of the device, or an output is text.
 */
export function splitHost(program: Program, runsOnDevice: (instruction: Instruction) => boolean): SplitProgram {
  const producers = new Map<ValueId, Instruction>();
  for (const instruction of program.instructions) for (const r of instruction.results) producers.set(r, instruction);

  const onHost = new Set<Instruction>();
  const isHost = (instruction: Instruction | undefined): boolean =>
    instruction !== undefined && onHost.has(instruction);
  for (const instruction of program.instructions) {
    if (runsOnDevice(instruction)) continue;
    for (const arg of instruction.args) {
      const producer = producers.get(arg);
      if (producer === undefined || isHost(producer)) continue;
      if (producer.args.length > 0) {
        const from = producer.origin ?? producer.op;
        throw new UnsupportedError(
          instruction.origin ?? instruction.op,
          `${instruction.op} runs on the host, but needs a result of ${from} from the device`,
          "run the model on the backend reference",
        );
      }
      // Without arguments it costs nothing to be there twice.
      onHost.add(producer);
    }
    onHost.add(instruction);
  }

  const twice = (instruction: Instruction): boolean => instruction.args.length === 0 && runsOnDevice(instruction);
  const host = program.instructions.filter((i) => onHost.has(i));
  const device = program.instructions.filter((i) => !onHost.has(i) || twice(i));

  const made = new Set(device.flatMap((i) => i.results));
  // Inputs stay inputs of the device, used or not: a graph learns the number of rows from them.
  const crossing = new Set<ValueId>(
    program.inputs.map((i) => i.value).filter((value) => program.types[value]?.dtype !== "string"),
  );
  for (const instruction of device) for (const arg of instruction.args) if (!made.has(arg)) crossing.add(arg);
  for (const output of program.outputs) if (!made.has(output.value)) crossing.add(output.value);

  const names = new Set(program.inputs.map((i) => i.name));
  const inputNames = new Map(program.inputs.map((i) => [i.value, i.name]));
  const nameOf = (value: ValueId): string => {
    const known = inputNames.get(value);
    if (known !== undefined) return known;
    let name = `host_${value}`;
    while (names.has(name)) name = `${name}_`;
    names.add(name);
    return name;
  };
  const passed: ProgramInput[] = [...crossing].map((value) => {
    const name = nameOf(value);
    if (program.types[value]?.dtype === "string") {
      throw new UnsupportedError(
        name,
        "text cannot leave the model on this device",
        "run the model on the backend reference",
      );
    }
    return { name, value };
  });
  const outputs: ProgramOutput[] = passed.map(({ name, value }) => ({ name, value }));
  return {
    host: { inputs: program.inputs, types: program.types, instructions: host, outputs },
    device: { inputs: passed, types: program.types, instructions: device, outputs: program.outputs },
  };
}
