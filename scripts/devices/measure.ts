/**
 * For scripts/devices.ts: the largest errors of a device, over the cases of the primitives and over fixtures. Runs in Node and in pages,
 * so it uses nothing of Node's.
 */

import { caseRuns, flushing, programOf } from "../../src/backends/tfjs/case-programs.testing.js";
import { type Case, primitiveCases } from "../../src/backends/tfjs/primitive-cases.testing.js";
import type { CompileOptions } from "../../src/compile.js";
import { CalypteError } from "../../src/errors.js";
import { compile, load } from "../../src/index.js";
import type { PrimitiveName } from "../../src/ir/primitive.js";
import type { Program } from "../../src/ir/program.js";
import type { Executable } from "../../src/ir/target.js";
import { numbersOf, type Tensor } from "../../src/ir/tensor.js";
import { compareLabels } from "../../test-models/compare.js";
import { fromWire, type OnWire } from "../browser/wire.js";

export interface Cell {
  /** The largest |got − want| in units of max(|want|, s); s as in docs/numbers.md, for primitives the sum of the terms' sizes. */
  readonly worst: number;
  /** Elements that are not numbers to be near to, and differ: integers, booleans, labels, leaves, NaN, infinities. */
  readonly differ: number;
  /** The first of those, in words. */
  readonly first?: string;
  /** Why it does not run, in the words of the error. */
  readonly refused?: string;
  /** Why some of a primitive's cases do not run; the figures are of the others. */
  readonly partlyRefused?: string;
}

const nothing: Cell = { worst: 0, differ: 0 };
function join(a: Cell, b: Cell): Cell {
  const first = a.first ?? b.first;
  return {
    ...a,
    worst: Math.max(a.worst, b.worst),
    differ: a.differ + b.differ,
    ...(first === undefined ? {} : { first }),
  };
}

/** Devices may flush smaller numbers. */
const smallest = 2 ** -126;

function compareElements(got: Tensor, want: Tensor, scale: (at: number) => number): Cell {
  const [a, b] = [numbersOf(got.data), numbersOf(want.data)];
  let [worst, differ] = [0, a.length === b.length ? 0 : b.length];
  let first: string | undefined;
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] ?? Number.NaN, b[i] ?? Number.NaN];
    if (x === y || Object.is(x, y) || Math.abs(x - y) <= smallest) continue;
    if (!want.dtype.startsWith("float") || !Number.isFinite(x) || !Number.isFinite(y)) {
      differ++;
      first ??= `${x} for ${y}`;
    } else worst = Math.max(worst, Math.abs(x - y) / Math.max(Math.abs(y), scale(i), smallest));
  }
  return { worst, differ, ...(first === undefined ? {} : { first }) };
}

/** An error of ours says why; any other is a defect. */
async function orRefused(work: () => Promise<Cell>): Promise<Cell> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CalypteError) return { ...nothing, refused: `${error.code}: ${error.message}` };
    throw error;
  }
}

async function measureCase<P extends PrimitiveName>(
  op: P,
  c: Case<P>,
  device: string,
  start: (program: Program) => Promise<Executable>,
): Promise<Cell> {
  const executable = await start(programOf(op, c, device));
  let cell = nothing;
  for await (const { sizes, results } of caseRuns(executable, op, c, device, [c.n ?? 5, 1])) {
    for (const { got, want } of results) {
      if (got !== undefined)
        cell = join(
          cell,
          compareElements(got, want, (at) => sizes?.[at] ?? 0),
        );
    }
  }
  executable.dispose();
  return cell;
}

/** By primitive, of all or of those named; where the device refuses all cases of one it counts as refused. */
export async function measurePrimitives(
  device: string,
  start: (program: Program) => Promise<Executable>,
  names: readonly PrimitiveName[] = Object.keys(primitiveCases) as PrimitiveName[],
): Promise<Record<string, Cell>> {
  const cells: Record<string, Cell> = {};
  for (const op of names) {
    const cases = primitiveCases[op];
    if (typeof cases === "string") continue;
    const measured: Cell[] = [];
    for (const c of cases as readonly Case<PrimitiveName>[]) {
      const tinyKeys =
        "keys" in c.attrs &&
        c.attrs.keys.dtype !== "string" &&
        Array.from(numbersOf(c.attrs.keys.data)).some((v) => v !== 0 && Math.abs(v) < smallest);
      if (flushing.has(device) && tinyKeys) continue;
      measured.push(await orRefused(() => measureCase(op, c, device, start)));
    }
    const ran = measured.filter((cell) => cell.refused === undefined);
    const refused = measured.find((cell) => cell.refused !== undefined)?.refused;
    cells[op] =
      ran.length === 0
        ? (measured[0] ?? nothing)
        : { ...ran.reduce(join, nothing), ...(refused === undefined ? {} : { partlyRefused: refused }) };
  }
  return cells;
}

/** A fixture with its rows and answers, as it travels to a page. */
export interface FixtureTask {
  readonly name: string;
  /** Path of the model on the page's site; its bytes in Node. */
  readonly model: string | Uint8Array;
  readonly scale: number;
  /** Answers are exp(score): an error in the score is that times the answer. */
  readonly exponential: boolean;
  readonly outputs: readonly { readonly name: string; readonly role: string }[];
  readonly sets: readonly {
    readonly inputs: Readonly<Record<string, OnWire>>;
    readonly answers: Readonly<Record<string, OnWire>>;
    readonly leaves?: OnWire;
  }[];
}

const tensorOf = (wire: OnWire): Tensor => fromWire(wire) as Tensor;

/** All sets of rows of a fixture against its file's answers. */
export function measureFixture(task: FixtureTask, options: CompileOptions): Promise<Cell> {
  return orRefused(async () => {
    const model = await load(typeof task.model === "string" ? new URL(task.model, location.href) : task.model);
    const scorer = await compile(model, { batchHint: 100, ...options });
    let cell = nothing;
    try {
      for (const set of task.sets) {
        const inputs = Object.fromEntries(Object.entries(set.inputs).map(([k, v]) => [k, tensorOf(v)]));
        const answers = Object.fromEntries(Object.entries(set.answers).map(([k, v]) => [k, tensorOf(v)]));
        const got = await scorer.run(inputs);
        const scores = task.outputs.find((o) => o.role !== "label" && o.role !== "values");
        for (const { name, role } of task.outputs) {
          const [given, want] = [got[name], answers[name]];
          if (given === undefined || want === undefined) throw new Error(`${task.name}: no ${name}`);
          if (role === "label") {
            const { wrong } = compareLabels(given, want, scores === undefined ? undefined : answers[scores.name], 1e-5);
            cell = join(cell, { worst: 0, differ: wrong.length });
          } else {
            const scale = role === "probabilities" ? 1 : task.scale;
            const sizeAt = (at: number): number => {
              const size = Math.abs(Number(want.data[at]));
              return Math.max(scale, task.exponential && size > 0 ? size * (scale + Math.abs(Math.log(size))) : 0);
            };
            cell = join(cell, compareElements(given as unknown as Tensor, want, sizeAt));
          }
        }
        if (set.leaves === undefined) continue;
        const [only] = Object.values(inputs);
        const leaves = await scorer.leafIndices(Object.keys(inputs).length === 1 ? only : inputs);
        cell = join(
          cell,
          compareElements(leaves as unknown as Tensor, tensorOf(set.leaves), () => 0),
        );
      }
    } finally {
      scorer.dispose();
    }
    return cell;
  });
}
