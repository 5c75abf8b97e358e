/**
 * Texts → tokens → n-grams in one step: the matrix of tokens, as wide as the longest text of the batch, is never made, and each row stands by
 * itself, so that a Program over texts runs in blocks of rows.
 */

import type { Instruction, InstructionOf, Program, ValueId } from "../ir/program.js";
import { rowAxis } from "../ir/types.js";
import { rewrite } from "./rewrite.js";

/** The same counts: what fills up the matrix of tokens is in no n-gram, else the Program stays as it is. */
export function countInTexts(program: Program): Program {
  if (!program.instructions.some((i) => i.op === "tokenize")) return program;
  const producers = new Map<ValueId, Instruction>();
  for (const instruction of program.instructions) for (const r of instruction.results) producers.set(r, instruction);
  const texts = new Map<InstructionOf<"nGrams">, InstructionOf<"tokenize">>();
  for (const instruction of program.instructions) {
    if (instruction.op !== "nGrams" || instruction.attrs.tokens !== undefined) continue;
    const source = tokensBehind(program, producers, instruction.args[0] ?? -1);
    if (source !== undefined && !instruction.attrs.table.has(source.attrs.pad)) texts.set(instruction, source);
  }
  // Arguments in the new Program, for the texts that are read again further on.
  const renamed = new Map<ValueId, ValueId>();
  return rewrite(program, (build, instruction, args) => {
    for (const [i, arg] of instruction.args.entries()) renamed.set(arg, args[i]!);
    if (instruction.op !== "nGrams") return undefined;
    const source = texts.get(instruction);
    const from = renamed.get(source?.args[0] ?? -1);
    if (source === undefined || from === undefined) return undefined;
    const counts = build.op("nGrams", [from], { ...instruction.attrs, tokens: source.attrs.tokens });
    const { shape } = program.types[instruction.results[0] ?? -1] ?? build.type(counts);
    return [build.op("reshape", [counts], { shape })];
  });
}

/** The `tokenize` of one text a row that gives the tokens, through reshapes that keep rows as they are. */
function tokensBehind(
  program: Program,
  producers: ReadonlyMap<ValueId, Instruction>,
  tokens: ValueId,
): InstructionOf<"tokenize"> | undefined {
  const type = program.types[tokens];
  if (type === undefined || rowAxis(type) !== 0 || type.shape.length !== 2) return undefined;
  let source = producers.get(tokens);
  while (source?.op === "reshape") {
    const from: ValueId = source.args[0] ?? -1;
    const before = program.types[from];
    if (before === undefined || rowAxis(before) !== 0) return undefined;
    source = producers.get(from);
  }
  if (source?.op !== "tokenize") return undefined;
  const text = program.types[source.args[0] ?? -1];
  const perRow = text !== undefined && rowAxis(text) === 0 && text.shape.slice(1).every((d) => d === 1);
  return perRow ? source : undefined;
}
