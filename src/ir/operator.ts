/** What a file in compilers/ exports: one model operator, how each source spells it, and its lowering. */

import type { Builder } from "./builder.js";
import type { ValueId } from "./program.js";
import type { NodeView, SourceReaders, Subgraph } from "./sources.js";

/** Where a lowering writes its instructions, and what it may know about its inputs. */
export interface CompileContext {
  readonly build: Builder;
  /** Opens every error message about the node. */
  readonly where: string;
  /**
   * Names a value as the model's raw score or leaf indices, for the verbs `rawScore` and `leafIndices`. They exist where exactly
   * one node of the model marks them.
   */
  mark(role: "rawScore" | "leafIndices", value: ValueId): void;
  /** The data is there: every value is a constant, and what must be known is known. */
  readonly eager: boolean;
  /**
   * Lowers a subgraph of the node where it stands, for these values of its inputs; answers those of its outputs. `build` writes the
   * instructions in place of the context's own builder.
   */
  inline(subgraph: Subgraph, inputs: readonly ValueId[], build?: Builder): readonly ValueId[];
  /** A value that stands for a list of values: ONNX's sequences exist while a model is compiled, and never at run time. */
  sequence(values: readonly ValueId[]): ValueId;
  /** The values of a sequence; undefined for a tensor. */
  elementsOf(value: ValueId): readonly ValueId[] | undefined;
}

export interface OperatorCompiler<A = unknown> {
  /** Canonical name of the model operator, e.g. "TreeEnsemble". */
  readonly op: string;
  /** One line for the generated table of operators. */
  readonly summary: string;
  readonly sources: SourceReaders<A>;
  /**
   * "keep": the lowering understands values with a dictionary. Otherwise encoded numbers are decoded before it sees them, and
   * strings are refused.
   */
  readonly labels?: "keep";
  /** "take": the lowering understands sequences, which are refused otherwise. */
  readonly sequences?: "take";
  /** Few models have it: its code is loaded with one that does. */
  readonly onDemand?: true;
  /** Writes the instructions; returns one value per output of the node. Absent optional inputs are undefined. */
  compile(ctx: CompileContext, attrs: A, inputs: readonly (ValueId | undefined)[]): readonly ValueId[];
}

/** An operator with its attributes read: what a node of a Model holds. */
export interface BoundOperator {
  readonly op: string;
  readonly labels: "keep" | "decode";
  readonly sequences?: "take";
  compile(ctx: CompileContext, inputs: readonly (ValueId | undefined)[]): readonly ValueId[];
}

/** An operator compiler with its attribute type hidden, so that all fit one registry. */
export interface RegisteredOperator {
  readonly op: string;
  readonly summary: string;
  /** By domain and source name: the versions from which on it can be read, ascending, each with its reader. */
  readonly sources: { readonly [domain: string]: { readonly [op: string]: readonly RegisteredReader[] } };
}

export interface RegisteredReader {
  readonly since: number;
  read(node: NodeView): BoundOperator;
}

export function register<A>(compiler: OperatorCompiler<A>): RegisteredOperator {
  const bind = (attrs: A): BoundOperator => ({
    op: compiler.op,
    labels: compiler.labels ?? "decode",
    ...(compiler.sequences === undefined ? {} : { sequences: compiler.sequences }),
    compile: (ctx, inputs) => compiler.compile(ctx, attrs, inputs),
  });
  const sources = Object.fromEntries(
    Object.entries(compiler.sources).map(([domain, ops]) => [
      domain,
      Object.fromEntries(
        Object.entries(ops).map(([op, readers]) => [
          op,
          [...readers]
            .sort((a, b) => a.since - b.since)
            .map((reader) => ({ since: reader.since, read: (node: NodeView) => bind(reader.read(node)) })),
        ]),
      ),
    ]),
  );
  return { op: compiler.op, summary: compiler.summary, sources };
}
