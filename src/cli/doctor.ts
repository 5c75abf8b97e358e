/** `calypte doctor`: what works on this machine, what does not and why, and how to get it. */

import { availableParallelism } from "node:os";
import type { Argv, CommandModule } from "yargs";
import { BackendUnavailableError } from "../errors.js";
import { version } from "../version.js";
import { type CliIo, writeText } from "./io.js";
import { importOnnxruntime } from "./onnxruntime.js";
import { wrap } from "./table.js";

export interface DoctorArguments {
  readonly json: boolean;
}

/** One thing looked at. */
interface Check {
  readonly name: string;
  readonly works: boolean;
  readonly says: string;
  /** The next step, where it does not work. */
  readonly next?: string;
  /** Nothing is amiss without it. */
  readonly optional: boolean;
}

/** The least Node that package.json allows. */
const leastNode = [20, 19] as const;

async function run(args: DoctorArguments, io: CliIo): Promise<void> {
  const checks = [...engineChecks(), ...(await backendChecks()), await verifierCheck()];
  const wasm = checks.find((c) => c.name === "backend wasm")?.works === true;
  const backend = wasm ? "wasm" : "reference";
  await writeText(
    io.stdout,
    args.json
      ? `${JSON.stringify({ calypte: version, node: process.versions.node, auto: backend, checks }, null, 2)}\n`
      : `${print(checks, backend).join("\n")}\n`,
  );
}

function engineChecks(): readonly Check[] {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const node = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  const shared = typeof SharedArrayBuffer !== "undefined";
  const cores = availableParallelism();
  return [
    {
      name: "Node",
      works: node,
      says: `${process.versions.node} on ${process.platform} ${process.arch}`,
      optional: false,
      ...(node ? {} : { next: `install Node ${leastNode.join(".")} or newer` }),
    },
    {
      name: "shared memory",
      works: shared,
      says: shared
        ? `SharedArrayBuffer, ${cores} ${cores === 1 ? "core" : "cores"}`
        : "no SharedArrayBuffer, so one thread",
      optional: true,
      ...(shared ? {} : { next: "start Node without --no-harmony-sharedarraybuffer" }),
    },
  ];
}

async function backendChecks(): Promise<readonly Check[]> {
  const { diagnose } = await import("../diagnose.js");
  return (await diagnose()).map(({ backend, device, works, says, next }) => ({
    name: `backend ${backend}${backend === "tfjs" ? ` ${device}` : ""}`,
    works,
    says,
    optional: backend === "tfjs",
    ...(next === undefined ? {} : { next }),
  }));
}

async function verifierCheck(): Promise<Check> {
  const name = "onnxruntime-node";
  try {
    const { version: found } = await importOnnxruntime();
    return { name, works: true, says: `${found}, for verify and bench`, optional: true };
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    const reason = error.message.slice(0, error.message.length - error.hint.length - 2);
    return { name, works: false, says: `${reason}, so verify needs --expected`, next: error.hint, optional: true };
  }
}

function print(checks: readonly Check[], backend: string): string[] {
  const width = Math.max(...checks.map((c) => c.name.length));
  const indent = " ".repeat(width + 6);
  return [
    `calypte ${version}`,
    "",
    ...checks.flatMap((c) => [
      ...wrap(c.says, `${c.works ? "ok" : c.optional ? "– " : "NO"}  ${c.name.padEnd(width)}  `, indent),
      ...(c.next === undefined ? [] : wrap(c.next, indent)),
    ]),
    "",
    `The backend "auto" is ${backend} here.`,
  ];
}

export function doctorCommand(io: CliIo): CommandModule<object, DoctorArguments> {
  return {
    command: "doctor",
    describe: "What works on this machine, and how to get the rest",
    builder: (yargs: Argv) =>
      yargs.option("json", { describe: "Write JSON; errors as JSON too", type: "boolean", default: false }),
    handler: (args) => run(args, io),
  };
}
