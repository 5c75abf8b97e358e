/**
 * For the browser tests: what the page runs. It fetches its task, scores the models in it with the library under test and posts
 * its report. Nothing is called from outside: a debugger's evaluation would run under another policy than the page's own.
 */

import type * as Calypte from "../../src/index.js";
import { fromWire, type OnWire, toWire } from "./wire.js";

/** What /task.json says. */
export interface Task {
  /** Path of the library's entry. */
  readonly entry: string;
  readonly models: readonly {
    readonly name: string;
    readonly path: string;
    readonly sets: readonly {
      readonly name: string;
      readonly inputs: Readonly<Record<string, OnWire>>;
      readonly leaves: boolean;
    }[];
  }[];
}

export interface Scored {
  readonly name: string;
  readonly backend: string;
  readonly notes: readonly string[];
  /** Per set: outputs by name; leaves under "leafIndices" of a separate record, since a file may name an output so. */
  readonly sets: readonly { readonly outputs: Readonly<Record<string, OnWire>>; readonly leaves: OnWire | undefined }[];
}

export interface Report {
  /** The error that ended the page's work, if any. */
  readonly failure?: string;
  readonly isolated: boolean;
  readonly sharedMemory: boolean;
  /** What the policy was seen to refuse: directive and blocked resource. */
  readonly violations: readonly string[];
  readonly scored?: readonly Scored[];
  /** What compile says when the wasm backend is asked for by name: its name, or the error's name and message. */
  readonly wasmByName?: string;
  /** The first model's rows over and over, by two threads where there may be two. */
  readonly threads?: { readonly count: number; readonly note: string | undefined; readonly same: boolean };
  /** Of the control page: whether text and WebAssembly may be turned into code, and another origin be asked. */
  readonly control?: { readonly text: boolean; readonly wasm: boolean; readonly elsewhere: boolean };
}

const violations: string[] = [];
addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
});

async function score({ entry, models }: Task): Promise<Pick<Report, "scored" | "wasmByName" | "threads">> {
  const { BackendUnavailableError, compile, load } = (await import(entry)) as typeof Calypte;
  const scored: Scored[] = [];
  let wasmByName = "";
  let threads: Report["threads"];
  for (const { name, path, sets } of models) {
    const model = await load(new URL(path, location.href));
    const scorer = await compile(model);
    const answers: { outputs: Record<string, OnWire>; leaves: OnWire | undefined }[] = [];
    for (const set of sets) {
      const inputs = Object.fromEntries(Object.entries(set.inputs).map(([k, v]) => [k, fromWire(v)]));
      const outputs = await scorer.run(inputs);
      const [only] = Object.values(inputs);
      answers.push({
        outputs: Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, toWire(v)])),
        leaves: set.leaves
          ? toWire(await scorer.leafIndices(Object.keys(inputs).length === 1 ? only : inputs))
          : undefined,
      });
    }
    scored.push({ name, backend: scorer.plan.backend, notes: scorer.plan.notes, sets: answers });
    const [first] = Object.values(sets[0]?.inputs ?? {}).map(fromWire);
    threads ??= first === undefined ? undefined : await onThreads(scorer, await compile(model, { threads: 2 }), first);
    scorer.dispose();
    if (wasmByName !== "") continue;
    wasmByName = await compile(model, { backend: "wasm" }).then(
      (byName) => byName.plan.backend,
      (error: unknown) =>
        error instanceof BackendUnavailableError
          ? `BackendUnavailableError ${error.code}: ${error.message}`
          : String(error),
    );
  }
  return { scored, wasmByName, ...(threads === undefined ? {} : { threads }) };
}

type Scorer = Awaited<ReturnType<typeof Calypte.compile>>;

async function onThreads(one: Scorer, two: Scorer, rows: ReturnType<typeof fromWire>): Promise<Report["threads"]> {
  const [count = 1, ...rest] = rows.shape;
  const times = Math.ceil(20_000 / count);
  const source = Array.from(rows.data as ArrayLike<number>);
  const X = {
    data: Float32Array.from({ length: source.length * times }, (_, i) => source[i % source.length] ?? 0),
    shape: [count * times, ...rest],
  };
  const [name = ""] = one.inputs.map((i) => i.name);
  const [want, got] = [one.runSync({ [name]: X }), await two.run({ [name]: X })];
  const same = Object.entries(want).every(([output, { data }]) =>
    Array.from(data as ArrayLike<unknown>).every((v, i) => Object.is(v, got[output]?.data[i])),
  );
  two.dispose();
  return { count: two.plan.threads, note: two.plan.notes.at(-1), same };
}

const works = async (attempt: () => unknown): Promise<boolean> => {
  try {
    await attempt();
    return true;
  } catch {
    return false;
  }
};

/** The smallest module: magic number and version. */
const emptyModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

async function control(): Promise<Pick<Report, "control">> {
  return {
    control: {
      text: await works(() => new Function("return 1")()),
      wasm: await works(() => WebAssembly.compile(emptyModule)),
      // Port 9 (discard): refused by the policy before anything is sent.
      elsewhere: await works(() => fetch("http://127.0.0.1:9/", { mode: "no-cors" })),
    },
  };
}

async function work(): Promise<Partial<Report>> {
  try {
    if (location.pathname === "/control") return await control();
    return await score((await (await fetch("/task.json")).json()) as Task);
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const done = await work();
// Violations are events of their own, dispatched after what caused them has thrown.
await new Promise((resolve) => setTimeout(resolve, 100));
const report: Report = {
  isolated: crossOriginIsolated,
  sharedMemory: typeof SharedArrayBuffer !== "undefined",
  violations,
  ...done,
};
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
