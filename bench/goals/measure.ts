/** One cell after the other: prepares the engines on a model, compares their answers, times them in turns. */

import { median } from "../../src/timing/statistics.js";
import { type Clock, type Timing, timeInterleaved } from "../../src/timing/time-interleaved.js";
import { compareProbabilities, mustAgree, probabilitiesOf } from "./compare-answers.js";
import { type CalypteOptions, calypteContender, type GoalContender, onnxruntimeContender } from "./contenders.js";
import { batchesOf, type GoalModel, inFloat64, modelBytes, type Pool, readPool } from "./models.js";
import type { PythonPeers } from "./python-peers.js";
import { type Ratio, ratioOf } from "./ratios.js";
import { type Aim, aimAgainstOnnxruntime, aimAgainstPeers, familyOf, variantLimits } from "./targets.js";

export interface MeasureOptions {
  readonly batches: readonly number[];
  /** Processor seconds of samples for each contender. */
  readonly seconds: number;
  readonly leastSamples: number;
  readonly clock: Clock;
  /** A contender whose first call takes as many times calypte's gets no further one. */
  readonly hopeless?: number;
  /** Why a peer is not to be called with so many rows; undefined where it is. */
  tooMuch?(peer: string, batch: number): string | undefined;
  log(line: string): void;
}

/** calypte against another engine on a model and batch size. */
export interface GoalCell {
  readonly model: string;
  readonly batch: number;
  readonly against: string;
  readonly strategy: string;
  /** Median microseconds a row. */
  readonly ours: number;
  readonly theirs: number;
  /** Their time ÷ ours. */
  readonly ratio: Ratio;
  readonly aim: Aim;
  /** Rows that the other engine answers otherwise, where some are to be expected (onnx exports round LightGBM's thresholds). */
  readonly otherwise?: number;
}

/** A variant of a model against the plain one, both by calypte. */
export interface VariantCell {
  readonly model: string;
  readonly variant: keyof typeof variantLimits;
  readonly batch: number;
  readonly strategy: string;
  readonly ours: number;
  readonly plain: number;
  /** The variant's time ÷ the plain one's. */
  readonly ratio: Ratio;
  readonly limit: number;
}

const microseconds = (timing: Timing, clock: Clock, batch: number): number => (median(timing[clock]) * 1e6) / batch;

/** Rows on which answers are compared. */
const comparedRows = 2000;

function time(contenders: readonly GoalContender[] | Parameters<typeof timeInterleaved>[0], options: MeasureOptions) {
  const { seconds, leastSamples, hopeless } = options;
  return timeInterleaved(contenders, {
    seconds,
    leastSamples,
    mostSamples: 40,
    ...(hopeless === undefined ? {} : { hopeless }),
  });
}

/** Every batch size of a model against onnxruntime-node. Throws where answers differ. */
export async function againstOnnxruntime(model: GoalModel, options: MeasureOptions): Promise<readonly GoalCell[]> {
  if (model.onnx === undefined) throw new Error(`${model.name} has no ONNX file`);
  const bytes = modelBytes(model.onnx);
  const pool = readPool(model);
  const cells: GoalCell[] = [];
  for (const batch of options.batches) {
    options.log(`${model.name}, ${batch} rows, onnxruntime-node`);
    const batches = batchesOf(pool, batch);
    const ours = await calypteContender(bytes, pool.width, batch, batches);
    const theirs = await onnxruntimeContender(bytes, pool.width, batches);
    const rows = pool.data.subarray(0, comparedRows * pool.width);
    mustAgree(`${model.name}, ${batch} rows`, await ours.answers(rows), await theirs.answers(rows), comparedRows);
    const [mine, other] = await time([ours, theirs], options);
    cells.push({
      model: model.name,
      batch,
      against: theirs.name,
      strategy: ours.strategy ?? "",
      ours: microseconds(mine!, options.clock, batch),
      theirs: microseconds(other!, options.clock, batch),
      ratio: ratioOf(other!, mine!, options.clock),
      aim: aimAgainstOnnxruntime(familyOf(model), batch),
    });
    await ours.dispose();
    await theirs.dispose();
  }
  return cells;
}

/** More rows than this answered otherwise is another model, not rounding at thresholds. */
const mostOtherwise = 0.001;

/** Every batch size against the peers that run in Python, all of them in turns with calypte. */
export async function againstPython(
  model: GoalModel,
  python: PythonPeers,
  options: MeasureOptions,
): Promise<{ readonly cells: readonly GoalCell[]; readonly refused: Readonly<Record<string, string>> }> {
  const pool = readPool(model);
  const bytes = modelBytes(model.onnx ?? model.native);
  const refused: Record<string, string> = {};
  const peers: string[] = [];
  const otherwise = new Map<string, number>();
  const reference = await calypteContender(bytes, pool.width, comparedRows, [pool.data], { call: "predictProbaSync" });
  const want = probabilitiesOf(await reference.answers(pool.data.subarray(0, comparedRows * pool.width)));
  await reference.dispose();
  for (const peer of await python.peersOf(model)) {
    options.log(`${model.name}: preparing ${peer}`);
    const reason = await python.prepare(model, peer);
    if (reason !== undefined) {
      refused[peer] = reason;
      continue;
    }
    const { wrong, largest } = compareProbabilities(await python.answers(peer, comparedRows), want, comparedRows);
    if (wrong > mostOtherwise * comparedRows) {
      refused[peer] = `answers ${wrong} of ${comparedRows} rows otherwise, by ${largest.toPrecision(2)} at most`;
    } else {
      otherwise.set(peer, wrong);
      peers.push(peer);
    }
  }
  const cells: GoalCell[] = [];
  for (const batch of options.batches) {
    const called = peers.filter((peer) => {
      const reason = options.tooMuch?.(peer, batch);
      if (reason !== undefined) refused[`${peer}, ${batch} rows`] = reason;
      return reason === undefined;
    });
    options.log(`${model.name}, ${batch} rows, ${called.join(", ")}`);
    const ours = await calypteContender(bytes, pool.width, batch, batchesOf(pool, batch), { call: "predictProbaSync" });
    const [mine, ...others] = await time([ours, ...called.map((peer) => python.contender(peer, batch))], options);
    for (const [i, peer] of called.entries()) {
      const rowsOtherwise = otherwise.get(peer) ?? 0;
      cells.push({
        model: model.name,
        batch,
        against: peer,
        strategy: ours.strategy ?? "",
        ours: microseconds(mine!, options.clock, batch),
        theirs: microseconds(others[i]!, options.clock, batch),
        ratio: ratioOf(others[i]!, mine!, options.clock),
        aim: aimAgainstPeers(familyOf(model), batch),
        ...(rowsOtherwise === 0 ? {} : { otherwise: rowsOtherwise }),
      });
    }
    await ours.dispose();
  }
  await python.release();
  return { cells, refused };
}

interface VariantPair {
  readonly variant: keyof typeof variantLimits;
  readonly own: { readonly file: string; readonly pool: Pool };
  readonly plain: { readonly file: string; readonly pool: Pool };
}

/** What `model` is compared with as a variant, and in which files; a plain model is the base of its float64 variant. */
function variantPairs(model: GoalModel, all: readonly GoalModel[]): readonly VariantPair[] {
  const find = (variant: GoalModel["variant"]) => all.find((m) => m.base === model.base && m.variant === variant);
  const pool = readPool(model);
  if (model.variant === "missing") {
    const plain = find("plain");
    if (plain?.onnx === undefined || model.onnx === undefined) return [];
    return [
      { variant: "missing", own: { file: model.onnx, pool }, plain: { file: plain.onnx, pool: readPool(plain) } },
    ];
  }
  if (model.variant === "categories") {
    // The same data with the codes taken for numbers: as many trees of the same shape. Both from the trainer's own file.
    const codes = find("codes");
    if (codes === undefined) return [];
    return [
      {
        variant: "categories",
        own: { file: model.native, pool },
        plain: { file: codes.native, pool: readPool(codes) },
      },
    ];
  }
  if (model.variant !== "plain" || model.onnx === undefined) return [];
  // LightGBM's own file takes float64 rows; for the others, the ONNX file with doubles.
  const file = model.kind === "lightgbm" ? model.native : model.doubleOnnx;
  if (file === undefined) return [];
  return [{ variant: "float64", own: { file, pool: inFloat64(pool) }, plain: { file: model.onnx, pool } }];
}

/** Every batch size of a model's variants against the plain forest. Throws where an answer is not `reference`'s. */
export async function againstPlain(
  model: GoalModel,
  all: readonly GoalModel[],
  options: MeasureOptions,
): Promise<readonly VariantCell[]> {
  const cells: VariantCell[] = [];
  const proba: CalypteOptions = { call: "predictProbaSync" };
  for (const { variant, own, plain } of variantPairs(model, all)) {
    await mustMatchReference(`${model.name}, ${variant}`, own.file, own.pool);
    for (const batch of options.batches) {
      options.log(`${model.name}, ${variant}, ${batch} rows`);
      const contender = ({ file, pool }: VariantPair["own"]) =>
        calypteContender(modelBytes(file), pool.width, batch, batchesOf(pool, batch), proba);
      const both = [await contender(own), await contender(plain)] as const;
      const [mine, other] = await time(both, options);
      cells.push({
        model: model.name,
        variant,
        batch,
        strategy: both[0].strategy ?? "",
        ours: microseconds(mine!, options.clock, batch),
        plain: microseconds(other!, options.clock, batch),
        ratio: ratioOf(mine!, other!, options.clock),
        limit: variantLimits[variant],
      });
      for (const c of both) await c.dispose();
    }
  }
  return cells;
}

async function mustMatchReference(place: string, file: string, pool: Pool): Promise<void> {
  const rows = 300;
  const data = pool.data.subarray(0, rows * pool.width);
  const answers = async (backend: "wasm" | "reference") => {
    const contender = await calypteContender(modelBytes(file), pool.width, rows, [data], {
      backend,
      ...(backend === "reference" ? { strategy: "auto" } : {}),
      call: "predictProbaSync",
    });
    const result = probabilitiesOf(await contender.answers(data));
    await contender.dispose();
    return result;
  };
  const { wrong, largest } = compareProbabilities(await answers("wasm"), await answers("reference"), rows, 1e-6);
  if (wrong > 0) throw new Error(`${place}: wasm differs from reference in ${wrong} rows, by ${largest} at most`);
}
