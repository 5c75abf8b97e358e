/** A Program that is kept for later, its forests at rest (resting-forest.ts). */

import type { Forest } from "./forest.js";
import type { Instruction, Program } from "./program.js";
import { restingForest } from "./resting-forest.js";

/** `get` gives the Program as it was. What keeps one of these must not hold the Program itself. */
export class KeptProgram {
  #program: Program | (() => Program);

  constructor(program: Program) {
    this.#program = program;
  }

  get(): Program {
    return typeof this.#program === "function" ? this.#program() : this.#program;
  }

  /** To be called once the Program is in use no more. */
  rest(): void {
    if (typeof this.#program !== "function") this.#program = resting(this.#program);
  }
}

type ForestInstruction = Extract<Instruction, { readonly op: "forest" | "forestLeaves" }>;

/** Gives an instruction back; `wake` gives its forest. */
type Resting = (wake: (back: () => Forest) => Forest) => Instruction;

function resting({ instructions, inputs, types, outputs }: Program): () => Program {
  const parts = instructions.map(
    (i): Resting => (i.op === "forest" || i.op === "forestLeaves" ? restingInstruction(i) : awake(i)),
  );
  return () => {
    // Instructions that share a forest share it again.
    const forests = new Map<() => Forest, Forest>();
    const wake = (back: () => Forest): Forest => {
      const forest = forests.get(back) ?? back();
      forests.set(back, forest);
      return forest;
    };
    return { inputs, types, outputs, instructions: parts.map((part) => part(wake)) };
  };
}

function awake(instruction: Instruction): Resting {
  return () => instruction;
}

function restingInstruction({ attrs: { forest, ...hints }, ...instruction }: ForestInstruction): Resting {
  const back = restingForest(forest);
  return (wake) => ({ ...instruction, attrs: { ...hints, forest: wake(back) } });
}
