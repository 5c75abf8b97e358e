/**
 * Every version of every operator in ONNX's own list (scripts/onnx-operators.json) is read, with all of its attributes and numbers of
 * inputs, or refused on purpose: from operator set 9 of ai.onnx on, and from 1 of ai.onnx.ml.
 */

import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import type { AttributeView, NodeView, Subgraph } from "../src/ir/sources.js";
import { float32, int64, type Tensor } from "../src/ir/tensor.js";
import { findReader, indexOperators, newestKnown } from "../src/readers/onnx/opsets.js";
import { refusalOf } from "../src/readers/onnx/refused-operators.js";
import { operators } from "./index.js";

interface Version {
  readonly since: number;
  readonly deprecated?: true;
  /** Least and most; -1 for any number. */
  readonly inputs: readonly [number, number];
  readonly outputs: readonly [number, number];
  /** Types by name, "!" after those that are required. */
  readonly attributes: Readonly<Record<string, string>>;
}

const { domains } = JSON.parse(readFileSync(new URL("../scripts/onnx-operators.json", import.meta.url), "utf8")) as {
  readonly domains: Readonly<Record<string, Readonly<Record<string, readonly Version[]>>>>;
};

const index = indexOperators(operators);
const isRead = (domain: string, op: string): boolean => index.get(domain)?.has(op) === true;

const all = Object.entries(domains).flatMap(([domain, ops]) =>
  Object.entries(ops).map(([op, versions]) => ({ domain, op, versions })),
);
/** Constant is a value to the reader, no node. */
const listed = all.filter(({ op }) => op !== "Constant");
const read = listed.filter(({ domain, op }) => isRead(domain, op));

type Value = number | string | Tensor | ArrayLike<number> | readonly string[];

const leaf = {
  nodes_treeids: [0],
  nodes_nodeids: [0],
  nodes_featureids: [0],
  nodes_truenodeids: [0],
  nodes_falsenodeids: [0],
  nodes_values: [0],
  nodes_modes: ["LEAF"],
} as const;
const votes = (prefix: string) => ({
  [`${prefix}_treeids`]: [0],
  [`${prefix}_nodeids`]: [0],
  [`${prefix}_ids`]: [0],
  [`${prefix}_weights`]: [1],
});

/** Attributes without which these operators look at no others. */
const meaningful: Readonly<Record<string, readonly Readonly<Record<string, Value>>[]>> = {
  TfIdfVectorizer: [{ pool_strings: ["a"] }, { pool_int64s: [1] }].map((pool) => ({
    ...pool,
    mode: "TF",
    ngram_counts: [0],
    ngram_indexes: [0],
  })),
  LabelEncoder: ["strings", "int64s", "floats", "tensor"].map((kind) => ({
    [`keys_${kind}`]: kind === "strings" ? ["a"] : kind === "tensor" ? float32([1]) : [1],
    [`values_${kind}`]: kind === "strings" ? ["a"] : kind === "tensor" ? float32([1]) : [1],
  })),
  TreeEnsembleClassifier: [{ ...leaf, ...votes("class"), classlabels_int64s: [0], post_transform: "NONE" }],
  TreeEnsembleRegressor: [
    { ...leaf, ...votes("target"), n_targets: 1, aggregate_function: "SUM", post_transform: "NONE" },
  ],
  TreeEnsemble: [
    {
      nodes_featureids: [0],
      nodes_splits: float32([0]),
      nodes_modes: { dtype: "uint8", shape: [1], data: Uint8Array.of(0) },
      nodes_truenodeids: [0],
      nodes_trueleafs: [1],
      nodes_falsenodeids: [1],
      nodes_falseleafs: [1],
      tree_roots: [0],
      leaf_targetids: [0, 0],
      leaf_weights: float32([1, 2]),
      n_targets: 1,
    },
  ],
};

/** A node of a version, with these of its attributes. Notes which attributes a compiler looks at, and as what. */
function probe(
  { domain, op }: (typeof all)[number],
  version: Version,
  given: ReadonlySet<string>,
  inputCount: number,
  values: Readonly<Record<string, Value>>,
) {
  const touched = new Map<string, Set<string>>();
  const look = <T>(name: string, type: string, fallback: T | undefined, value: T): T => {
    touched.set(name, (touched.get(name) ?? new Set()).add(type));
    return given.has(name) || fallback === undefined ? ((values[name] as T | undefined) ?? value) : fallback;
  };
  const names = Array.from({ length: inputCount }, (_, i) => `v${i}`);
  const body: Subgraph = { inputs: names, outputs: names.map((name) => ({ name })), nodes: [], constants: new Map() };
  const attrs: AttributeView = {
    has: (name) => given.has(name),
    int: (name, fallback) => look(name, "INT", fallback, 1),
    float: (name, fallback) => look(name, "FLOAT", fallback, 1),
    string: (name, fallback) => look(name, "STRING", fallback, "?"),
    ints: (name, fallback) => look<readonly number[]>(name, "INTS", fallback, [0]),
    intColumn: (name, fallback) => Int32Array.from(look<ArrayLike<number>>(name, "INTS", fallback, [0])),
    int64s: (name, fallback) => look<readonly bigint[]>(name, "INTS", fallback, [0n]).map(BigInt),
    floats: (name, fallback) => Float32Array.from(look<ArrayLike<number>>(name, "FLOATS", fallback, [0])),
    strings: (name, fallback) => look<readonly string[]>(name, "STRINGS", fallback, ["?"]),
    tensor: (name) => look(name, "TENSOR", undefined, name.includes("int64") ? int64([0]) : float32([0])),
    graph: (name) => look(name, "GRAPH", undefined, body),
    ignore: (...names) => {
      for (const name of names) touched.set(name, new Set(["ignored"]));
    },
  };
  const node: NodeView = {
    domain,
    op,
    version: version.since,
    where: `node (${domain}:${op})`,
    format: "onnx",
    attrs,
    inputCount,
    outputCount: 1,
    hasInput: (i) => i < inputCount,
    hasOutput: (i) => i < 1,
    constant: () => undefined,
  };
  let error: unknown;
  try {
    findReader(index, domain, op, version.since, node.where).read(node);
  } catch (caught) {
    error = caught;
  }
  return { touched, message: error instanceof Error ? error.message : "" };
}

const required = ({ attributes }: Version) => Object.keys(attributes).filter((name) => attributes[name]?.endsWith("!"));

describe("ONNX's operators", () => {
  it("are read, or refused on purpose", () => {
    const unknown = listed.filter(({ domain, op }) => !isRead(domain, op) && refusalOf(domain, op) === undefined);
    expect(unknown.map(({ domain, op }) => `${domain}:${op}`)).toEqual([]);
    const both = read.filter(({ domain, op }) => refusalOf(domain, op) !== undefined);
    expect(both.map(({ op }) => op)).toEqual([]);
    expect(read.length).toBeGreaterThan(150);
  });

  it("are known up to the newest operator set", () => {
    for (const domain of ["ai.onnx", "ai.onnx.ml"]) {
      const versions = Object.values(domains[domain] ?? {}).flat();
      expect(newestKnown.get(domain)).toBe(Math.max(...versions.map(({ since }) => since)));
    }
  });

  it("that are refused say why and what to do", () => {
    expect(() => findReader(index, "ai.onnx", "Multinomial", 7, "node #0")).toThrow(
      "node #0: operator ai.onnx:Multinomial of opset 7 is not supported: its answers are random; export the model for inference",
    );
  });
});

test.each(read.map((o) => [`${o.domain}:${o.op}`, o] as const))(
  "%s in all versions, with all attributes",
  (_, operator) => {
    for (const version of operator.versions.filter(({ deprecated }) => deprecated !== true)) {
      const label = `version ${version.since}`;
      const [least, most] = version.inputs;
      const counts = [least, most === -1 ? least + 2 : most];
      const touched = new Map<string, Set<string>>();
      for (const values of meaningful[operator.op] ?? [{}]) {
        const given = [...required(version), ...Object.keys(values)];
        for (const count of counts) {
          for (const name of ["", ...Object.keys(version.attributes)]) {
            const found = probe(operator, version, new Set([...given, name]), count, values);
            // What else is wrong with a probe does not matter here.
            expect(found.message, label).not.toMatch(
              / inputs?, but|input \d+ is missing|is not supported; it is from opset/,
            );
            for (const [key, types] of found.touched)
              touched.set(key, new Set([...(touched.get(key) ?? []), ...types]));
          }
        }
      }
      for (const [name, type] of Object.entries(version.attributes)) {
        const types = [...(touched.get(name) ?? [])];
        expect(types, `${label}, attribute ${name}`).toSatisfy((found: readonly string[]) =>
          found.some((t) => t === "ignored" || t === type.replace("!", "")),
        );
      }
    }
  },
);
