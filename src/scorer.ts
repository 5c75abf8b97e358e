/** A compiled model: the user's data in, the trainer's answers out. Made by `compile`. */

import { isRecord, settleTfjsTensors } from "./data/given.js";
import { holdsLabels, type UserTensor, userForm } from "./data/output.js";
import { type InputSpec, toTensors } from "./data/to-tensors.js";
import { DataError, OptionError } from "./errors.js";
import type { Categories } from "./ir/categories.js";
import type { Dim } from "./ir/dims.js";
import type { DType } from "./ir/dtype.js";
import type { OutputRole, Program, ProgramOutput } from "./ir/program.js";
import type { Executable, Target } from "./ir/target.js";
import type { Tensor } from "./ir/tensor.js";
import { type Dictionary, logicalDType } from "./ir/types.js";
import type { Plan } from "./plan.js";
import { requireOutput, type Verb } from "./verbs.js";

export interface ScorerInput {
  readonly name: string;
  readonly dtype: DType;
  /** Dimensions; `{ N: 1, plus: 0 }` is the number of rows. */
  readonly shape: readonly Dim[];
  readonly columns?: readonly string[];
  /** The categories of columns of a matrix, by column, where the file lists them: they may be given in place of their codes. */
  readonly categories?: ReadonlyMap<number, Categories>;
}

export interface ScorerOutput {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  readonly role?: OutputRole;
  /** The labels that this output can take. */
  readonly classes?: Dictionary["values"];
}

/** Answers of `run` by output name. */
export type Answers = Readonly<Record<string, UserTensor>>;

export interface RunOptions {
  /** Names of the outputs to compute; all of the file's by default. */
  readonly outputs?: readonly string[];
}

interface ScorerParts {
  /** Before narrowing and strategies: the types that the user sees. */
  readonly source: Program;
  readonly inputs: readonly InputSpec[];
  /** See `Model.fixedInputs`. */
  readonly fixedInputs: ReadonlySet<string>;
  readonly executable: Executable;
  readonly target: Target;
  readonly plan: Plan;
  /** Refuse float64 data that the target would round. */
  readonly strict: boolean;
}

export class Scorer {
  readonly inputs: readonly ScorerInput[];
  readonly outputs: readonly ScorerOutput[];
  /** Names of outputs that the file does not name, for `run`'s `outputs`: raw scores, leaf indices, where the model has them. */
  readonly extraOutputs: readonly string[];
  /** Class labels in the order of the probability columns; undefined where the model has no labels. */
  readonly classes: Dictionary["values"] | undefined;
  /** What was compiled, and why. */
  readonly plan: Plan;
  readonly #parts: Omit<ScorerParts, "source">;
  /** Of the source Program, which is not kept: it may hold a large forest. */
  readonly #outputs: readonly ProgramOutput[];
  /** By name: of each output of the Program, how a tensor of it becomes the user's. */
  readonly #forms: ReadonlyMap<string, (tensor: Tensor) => UserTensor>;
  readonly #ownNames: readonly string[];
  #disposed = false;

  /** Not for users: see `compile`. */
  constructor(parts: ScorerParts) {
    const { source, ...kept } = parts;
    this.#parts = kept;
    this.#outputs = source.outputs;
    this.plan = parts.plan;
    this.inputs = parts.inputs;
    const { outputs, types } = parts.source;
    this.#forms = new Map(
      outputs.map((o) => [o.name, userForm(types[o.value]!.dictionary, holdsLabels(parts.source, o.value))]),
    );
    this.outputs = outputs
      .filter((o) => o.extra !== true)
      .map((o) => {
        const type = types[o.value]!;
        return {
          name: o.name,
          dtype: logicalDType(type),
          shape: type.shape,
          ...(o.role === undefined ? {} : { role: o.role }),
          ...(type.dictionary === undefined ? {} : { classes: type.dictionary.values }),
        };
      });
    this.extraOutputs = outputs.filter((o) => o.extra === true).map((o) => o.name);
    this.#ownNames = this.outputs.map((o) => o.name);
    this.classes = this.outputs.find((o) => o.role === "label")?.classes;
  }

  /** Answers by the file's output names. `inputs` is keyed by the file's input names. */
  async run(inputs: Readonly<Record<string, unknown>>, options: RunOptions = {}): Promise<Answers> {
    const names = this.#names(options);
    return this.#answers(names, await this.#execute(inputs, names));
  }

  /** As `run`, at once; throws OptionError where the device cannot. */
  runSync(inputs: Readonly<Record<string, unknown>>, options: RunOptions = {}): Answers {
    const names = this.#names(options);
    return this.#answers(names, this.#executeSync(inputs, names));
  }

  /** Labels [N] of a classifier, values [N] or [N, outputs] of a regressor. */
  predict(X: unknown): Promise<UserTensor> {
    return this.#verb("predict", X);
  }
  /** Probabilities [N, K], columns in the order of `classes`. */
  predictProba(X: unknown): Promise<UserTensor> {
    return this.#verb("predictProba", X);
  }
  decisionFunction(X: unknown): Promise<UserTensor> {
    return this.#verb("decisionFunction", X);
  }
  transform(X: unknown): Promise<UserTensor> {
    return this.#verb("transform", X);
  }
  scoreSamples(X: unknown): Promise<UserTensor> {
    return this.#verb("scoreSamples", X);
  }
  /** Sums over trees and base score before the link, [N, K]. */
  rawScore(X: unknown): Promise<UserTensor> {
    return this.#verb("rawScore", X);
  }
  /** int32 [N, trees]: the leaf that each tree reaches, named as the source names it. */
  leafIndices(X: unknown): Promise<UserTensor> {
    return this.#verb("leafIndices", X);
  }

  predictSync(X: unknown): UserTensor {
    return this.#verbSync("predict", X);
  }
  predictProbaSync(X: unknown): UserTensor {
    return this.#verbSync("predictProba", X);
  }
  decisionFunctionSync(X: unknown): UserTensor {
    return this.#verbSync("decisionFunction", X);
  }
  transformSync(X: unknown): UserTensor {
    return this.#verbSync("transform", X);
  }
  scoreSamplesSync(X: unknown): UserTensor {
    return this.#verbSync("scoreSamples", X);
  }
  rawScoreSync(X: unknown): UserTensor {
    return this.#verbSync("rawScore", X);
  }
  leafIndicesSync(X: unknown): UserTensor {
    return this.#verbSync("leafIndices", X);
  }

  /** Frees what the device holds. Every later call throws. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#parts.executable.dispose();
  }

  async #verb(verb: Verb, X: unknown): Promise<UserTensor> {
    const output = requireOutput({ outputs: this.#outputs }, verb);
    return this.#answer(verb, output, await this.#execute(X, [output.name]));
  }

  #verbSync(verb: Verb, X: unknown): UserTensor {
    const output = requireOutput({ outputs: this.#outputs }, verb);
    return this.#answer(verb, output, this.#executeSync(X, [output.name]));
  }

  #prepare(given: unknown) {
    if (this.#disposed) throw new OptionError("dispose", "this scorer was disposed; compile the model again");
    const { fixedInputs } = this.#parts;
    if (fixedInputs.size > 0 && isRecord(given)) {
      const name = Object.keys(given).find((key) => fixedInputs.has(key));
      if (name !== undefined) {
        throw new OptionError(name, `input "${name}" has a value in the file, which is compiled in; leave it out`);
      }
    }
    const prepared = toTensors(this.#parts.inputs, given);
    if (this.#parts.strict) this.#refuseRounding(prepared.tensors);
    return prepared;
  }

  /** `async`, so that wrong data rejects the promise instead of throwing past it. */
  async #execute(given: unknown, names: readonly string[]): Promise<ReadonlyMap<string, Tensor>> {
    const { tensors, rows } = this.#prepare(await settleTfjsTensors(given));
    return this.#parts.executable.run(tensors, rows, names);
  }

  #executeSync(given: unknown, names: readonly string[]): ReadonlyMap<string, Tensor> {
    const { tensors, rows } = this.#prepare(given);
    return this.#parts.executable.runSync(tensors, rows, names);
  }

  #names(options: RunOptions): readonly string[] {
    for (const key of Object.keys(options)) {
      if (key !== "outputs") throw new OptionError(key, `run has no option "${key}"; it has outputs`);
    }
    for (const name of options.outputs ?? []) {
      if (!this.#forms.has(name)) {
        const known = [...this.#forms.keys()].join(", ");
        throw new OptionError("outputs", `the model has no output "${name}"; it has ${known}`);
      }
    }
    return options.outputs ?? this.#ownNames;
  }

  #answers(names: readonly string[], results: ReadonlyMap<string, Tensor>): Answers {
    const answers: Record<string, UserTensor> = {};
    for (const name of names) {
      const value = this.#forms.get(name)!(results.get(name)!);
      // A file may name an output "__proto__": defined, not assigned.
      if (name === "__proto__")
        Object.defineProperty(answers, name, { value, enumerable: true, configurable: true, writable: true });
      else answers[name] = value;
    }
    return answers;
  }

  #answer(verb: Verb, output: ProgramOutput, results: ReadonlyMap<string, Tensor>): UserTensor {
    const value = results.get(output.name)!;
    const [rows, columns] = value.shape;
    // scikit-learn's predict answers [N] where there is one output; ONNX keeps the column.
    const flat = verb === "predict" && value.shape.length === 2 && columns === 1;
    return this.#forms.get(output.name)!(flat ? { ...value, shape: [rows!] } : value);
  }

  #refuseRounding(tensors: ReadonlyMap<string, Tensor>): void {
    if (this.#parts.target.dtypes.has("float64")) return;
    for (const [name, value] of tensors) {
      if (value.dtype !== "float64") continue;
      const data = value.data as Float64Array;
      const width = value.shape.length > 1 ? data.length / Math.max(1, value.shape[0]!) : 1;
      const at = data.findIndex((v) => !Object.is(Math.fround(v), v));
      if (at === -1) continue;
      const [row, column] = [Math.floor(at / width), at % width];
      throw new DataError(
        `input "${name}", row ${row}, column ${column}: ${data[at]} is no float32, and ${this.#parts.target.backend} would round it; ` +
          "use the reference backend, or leave out strict",
        { row, column },
      );
    }
  }
}
