/**
 * onnxruntime-node and onnxruntime-web as peers, where the user has them: `verify` asks the first for expected answers, `bench` both for
 * time. Never required.
 */

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Ort from "onnxruntime-node";
import type { UserTensor } from "../data/output.js";
import { BackendUnavailableError, UnsupportedError } from "../errors.js";
import type { Tensor } from "../ir/tensor.js";

export type PeerAnswers = ReadonlyMap<string, Pick<UserTensor, "data" | "shape" | "dtype">>;

export const peerNames = ["onnxruntime-node", "onnxruntime-web"] as const;
export type PeerName = (typeof peerNames)[number];

export interface Peer {
  readonly name: PeerName;
  readonly version: string;
  /** Answers by output name; outputs that are no tensors (ZipMap's maps) are absent. */
  run(inputs: ReadonlyMap<string, Tensor>): Promise<PeerAnswers>;
  dispose(): Promise<void>;
}

/** The package, found beside calypte or from the current folder. Throws BackendUnavailableError that says how to get it. */
export async function importOnnxruntime(
  packageName: PeerName = "onnxruntime-node",
): Promise<{ readonly ort: typeof Ort; readonly version: string }> {
  const here = createRequire(join(process.cwd(), "package.json"));
  try {
    // Not by a name that bundlers would follow: they are packages of 100 MB, and optional.
    const ort = await import(packageName).catch(() => import(pathToFileURL(here.resolve(packageName)).href));
    const module = ("InferenceSession" in ort ? ort : (ort as { default: unknown }).default) as typeof Ort;
    return { ort: module, version: module.env.versions.node ?? module.env.versions.web ?? module.env.versions.common };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    const absent = /cannot find (package|module)/i.test(reason);
    throw new BackendUnavailableError(
      packageName,
      `${packageName} ${absent ? "is not installed" : `does not load: ${reason}`}`,
      `install it ${absent ? "with" : "again"}: npm install ${packageName}`,
    );
  }
}

/** A session on so many threads. Throws UnsupportedError with onnxruntime's reason where it does not take the model. */
export async function createPeer(model: Uint8Array, threads = 1, name: PeerName = "onnxruntime-node"): Promise<Peer> {
  const { ort, version } = await importOnnxruntime(name);
  if (name === "onnxruntime-web") ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 3,
    ...(name === "onnxruntime-web" ? { executionProviders: ["wasm"] } : {}),
  }).catch((error: unknown) => {
    throw refused(name, error);
  });
  const names = session.outputMetadata.filter((o) => o.isTensor).map((o) => o.name);
  return {
    name,
    version,
    async run(inputs) {
      const feeds = Object.fromEntries([...inputs].map(([name, t]) => [name, toOrt(ort, t)]));
      const results = await session.run(feeds, names).catch((error: unknown) => {
        throw refused(name, error);
      });
      return new Map(
        names.map((name) => {
          const { data, dims, type } = results[name]!;
          const dtype = type === "string" || type === "float64" || type === "int64" ? type : "float32";
          return [name, { data: data as UserTensor["data"], shape: dims, dtype }];
        }),
      );
    },
    dispose: () => session.release(),
  };
}

function refused(name: PeerName, error: unknown): UnsupportedError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UnsupportedError(name, reason.replaceAll(/\s+/g, " ").slice(0, 200));
}

function toOrt(ort: typeof Ort, { dtype, data, shape }: Tensor): Ort.Tensor {
  const types = ["string", "float32", "float64", "int64", "int32", "bool", "uint8", "int8", "int16", "uint16"] as const;
  const type = types.find((t) => t === dtype);
  if (type === undefined) throw new UnsupportedError("onnxruntime-node", `takes no ${dtype} here`);
  return new ort.Tensor(type as "float32", data as Float32Array, [...shape]);
}
