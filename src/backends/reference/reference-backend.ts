/**
 * The reference backend: interprets a Program with the `evaluate` functions of the primitive table. It is the oracle that
 * every other backend is compared with, and the fall-back where nothing faster may run.
 */

import { DataError, LimitError, OptionError, ShapeError } from "../../errors.js";
import { evaluateDim, formatDims } from "../../ir/dims.js";
import { dtypes, type TensorData } from "../../ir/dtype.js";
import { evaluateInstruction } from "../../ir/evaluate.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import { primitives } from "../../ir/primitives.js";
import type { Instruction, Program, ValueId } from "../../ir/program.js";
import { elementsPerRow, liveInstructions, rowWise, runInBlocks, withOutputs } from "../../ir/rows.js";
import type { Backend, Executable, Target } from "../../ir/target.js";
import { isStringData, sizeOf, type Tensor } from "../../ir/tensor.js";
import { formatType, rowAxis } from "../../ir/types.js";

/** Elements of the largest intermediate in one block; chains of operators ran no faster from 2^14 to 2^22, so memory decides. */
const blockElements = 2 ** 16;
/** A tensor beyond this would fail in the allocator with an error that says less. */
const largestTensor = 2 ** 31;

export const referenceBackend: Backend = {
  name: "reference",
  async probe({ device, batchHint }) {
    if (device !== undefined && device !== "cpu") {
      throw new OptionError("device", `reference has the device "cpu", got "${device}"`);
    }
    return referenceTarget(batchHint);
  },
  async compile(program, target) {
    return createReferenceExecutable(program, target);
  },
};

/** What `reference` offers on every machine. */
export function referenceTarget(batchHint: number): Target {
  return {
    backend: "reference",
    device: "cpu",
    batchHint,
    dtypes: new Set(dtypes),
    primitives: new Set(Object.keys(primitives) as PrimitiveName[]),
    maxElements: 2 ** 24,
  };
}

/** As `referenceBackend.compile`, at once. */
export function createReferenceExecutable(program: Program, target: Target): Executable {
  const plans = new Map<string, Plan>();
  const planFor = (names: readonly string[]): Plan => {
    const key = JSON.stringify(names);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = createPlan(withOutputs(program, names), target);
    plans.set(key, plan);
    return plan;
  };
  let disposed = false;
  const runSync: Executable["runSync"] = (inputs, n, outputs) => {
    if (disposed) throw new OptionError("dispose", "it was disposed; compile the model again");
    const plan = planFor(outputs);
    checkInputs(plan.program, inputs, n);
    checkSizes(plan, Math.min(n, plan.blockRows));
    return runInBlocks(plan.program, inputs, n, plan.blockRows, (block, rows) => interpret(plan, block, rows));
  };
  return {
    runSync,
    run: async (inputs, n, outputs) => runSync(inputs, n, outputs),
    dispose() {
      disposed = true;
      plans.clear();
    },
  };
}

/** A Program with the wanted outputs only, and how it is run. */
interface Plan {
  readonly program: Program;
  readonly steps: readonly Step[];
  readonly blockRows: number;
}

function createPlan(program: Program, target: Target): Plan {
  const budget = Math.min(blockElements, target.maxElements);
  const blockRows = Math.max(1, Math.floor(budget / elementsPerRow(program)));
  return {
    program,
    steps: planSteps(program),
    blockRows: rowWise(program).rowWise ? blockRows : Number.POSITIVE_INFINITY,
  };
}

/** An instruction with the values that nothing reads after it. */
interface Step {
  readonly instruction: Instruction;
  readonly last: readonly ValueId[];
}

function planSteps(program: Program): readonly Step[] {
  const kept = new Set(program.outputs.map((o) => o.value));
  const steps: Step[] = [];
  for (const instruction of liveInstructions(program).toReversed()) {
    const last = [...new Set([...instruction.args, ...instruction.results])].filter((v) => !kept.has(v));
    for (const value of last) kept.add(value);
    steps.push({ instruction, last });
  }
  return steps.reverse();
}

function interpret(
  { program, steps }: Plan,
  inputs: ReadonlyMap<string, Tensor>,
  n: number,
): ReadonlyMap<string, Tensor> {
  const values = new Map<ValueId, Tensor>();
  // Data that belongs to the caller, to the Program, or to an output already given.
  const foreign = new Set<TensorData>();
  const found = (id: ValueId, what: string): Tensor => {
    const value = values.get(id);
    if (value === undefined) throw new ShapeError(`${what} has no value`);
    return value;
  };
  for (const { name, value } of program.inputs) {
    const given = inputs.get(name);
    if (given === undefined) throw new DataError(`input ${name} is missing`, { column: name });
    values.set(value, given);
    foreign.add(given.data);
  }
  for (const { instruction, last } of steps) {
    const args = instruction.args.map((a) => found(a, `argument %${a} of ${instruction.op}`));
    const results = evaluateInstruction(instruction, args, n);
    for (const [i, id] of instruction.results.entries()) {
      const result = results[i];
      if (result === undefined) throw new ShapeError(`${instruction.op} gave no result ${i}`);
      values.set(id, result);
      if (instruction.op === "constant") foreign.add(result.data);
    }
    for (const id of last) values.delete(id);
  }
  const outputs = new Map<string, Tensor>();
  for (const { name, value } of program.outputs) {
    const result = found(value, `output ${name}`);
    const data = foreign.has(result.data) ? result.data.slice() : result.data;
    foreign.add(data);
    outputs.set(name, { dtype: result.dtype, shape: result.shape, data });
  }
  return outputs;
}

/** Every input is there, of its dtype, and of its shape with `n` in place of N. */
function checkInputs(program: Program, inputs: ReadonlyMap<string, Tensor>, n: number): void {
  if (!Number.isSafeInteger(n) || n < 0) throw new DataError(`the batch size ${n} is not a count`);
  const names = program.inputs.map((i) => i.name);
  for (const name of inputs.keys()) {
    if (!names.includes(name))
      throw new DataError(`there is no input ${name}; expected ${names.join(", ")}`, { column: name });
  }
  for (const { name, value } of program.inputs) {
    const given = inputs.get(name);
    if (given === undefined)
      throw new DataError(`input ${name} is missing; expected ${names.join(", ")}`, { column: name });
    const type = program.types[value]!;
    const fits =
      given.shape.length === type.shape.length &&
      type.shape.every((d, i) => d === "?" || evaluateDim(d, n) === given.shape[i]);
    if (given.dtype !== type.dtype || !fits) {
      const expected = `${formatType(type)}${rowAxis(type) === -1 ? "" : ` with N = ${n}`}`;
      throw new ShapeError(`input ${name}: expected ${expected}, got ${given.dtype}${formatDims(given.shape)}`);
    }
    if (given.data.length !== sizeOf(given.shape) || isStringData(given.data) !== (given.dtype === "string")) {
      throw new ShapeError(`input ${name}: ${given.data.length} elements do not fill the shape [${given.shape}]`);
    }
  }
}

/** Refuses before memory is taken. */
function checkSizes({ program, steps }: Plan, n: number): void {
  for (const { instruction } of steps) {
    for (const result of instruction.results) {
      const { shape } = program.types[result]!;
      const size = sizeOf(shape.map((d) => (d === "?" ? 1 : Math.max(0, evaluateDim(d, n)))));
      if (size > largestTensor) {
        throw new LimitError(
          `${instruction.op} would make ${size} elements for ${n} rows, over the limit of ${largestTensor}; pass fewer rows`,
        );
      }
    }
  }
}
