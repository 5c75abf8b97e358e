/**
 * Where the external data of an ONNX model comes from: the folder of the model file, or bytes that the caller gives. A model file is not
 * trusted: whatever it names, nothing outside of its own folder is read.
 */

import { ModelParseError, OptionError, UnsupportedError } from "./errors.js";
import { type NodeModules, nodeModule } from "./node-module.js";
import type { ExternalFiles } from "./readers/onnx/external-data.js";

/** The files that the caller passes, by the names that the model has for them. */
export function givenFiles(given: Readonly<Record<string, unknown>>): ExternalFiles {
  for (const [name, bytes] of Object.entries(given)) {
    if (!(bytes instanceof Uint8Array)) {
      throw new OptionError("externalData", `expected a Uint8Array for ${JSON.stringify(name)}`);
    }
  }
  return (location, where) => {
    const bytes = Object.hasOwn(given, location) ? given[location] : undefined;
    if (!(bytes instanceof Uint8Array)) {
      const names = Object.keys(given)
        .slice(0, 8)
        .map((name) => JSON.stringify(name))
        .join(", ");
      throw new OptionError(
        "externalData",
        `${where}: its values are in ${JSON.stringify(location)}, but externalData has ${names || "nothing"}`,
      );
    }
    return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
  };
}

/** For bytes without a folder, and for URLs: says what to pass. */
export const noFiles: ExternalFiles = (location, where) => {
  throw new UnsupportedError(
    where,
    `its values are in another file, ${JSON.stringify(location)}`,
    `pass the path of the model file, or the other file's bytes: load(source, { externalData: { ${JSON.stringify(location)}: bytes } })`,
  );
};

/** The files in the folder of the model at `modelPath` and below; `noFiles` where there is no file system. */
export function filesBeside(modelPath: string | URL): ExternalFiles {
  const [fs, path] = [nodeModule("node:fs"), nodeModule("node:path")];
  const url = nodeModule("node:url");
  if (fs === undefined || path === undefined || url === undefined) return noFiles;
  const file = modelPath instanceof URL ? url.fileURLToPath(modelPath) : modelPath;
  return (location, where) => openBeside(fs, path, path.dirname(file), location, where);
}

function openBeside(
  fs: NodeModules["node:fs"],
  path: NodeModules["node:path"],
  folder: string,
  location: string,
  where: string,
): ReturnType<ExternalFiles> {
  const shown = JSON.stringify(location.length > 80 ? `${location.slice(0, 80)}…` : location);
  const refuse = (reason: string, cause?: unknown): never => {
    throw new ModelParseError("onnx", where, `its external data ${shown} ${reason}`, { cause });
  };
  const parts = location.split("/");
  // No part that leads elsewhere: "..", ".", an absolute path or a doubled slash, and what Windows takes for one of them.
  if (parts.some((part) => part === "" || part === "." || part === "..") || /[\\:\0]/.test(location)) {
    return refuse("is not a path below the model's folder");
  }
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
      return refuse(code === "ELOOP" ? "is a symbolic link" : `could not be read (${code})`, error);
    }
  };
  const root = attempt(() => fs.realpathSync(folder));
  const inside = path.join(root, ...parts.slice(0, -1));
  if (attempt(() => fs.realpathSync(inside)) !== inside) return refuse("goes through a symbolic link");
  const target = path.join(inside, parts.at(-1) ?? "");
  if (attempt(() => fs.lstatSync(target)).isSymbolicLink()) return refuse("is a symbolic link");

  /** Opens, checks what was opened, and closes again: the file may have been exchanged since it was looked at. */
  const opened = <T>(work: (descriptor: number, size: number) => T): T => {
    // Not waiting for a writer: the name may be that of a pipe.
    const flags = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);
    const descriptor = attempt(() => fs.openSync(target, flags));
    try {
      const stat = fs.fstatSync(descriptor);
      if (!stat.isFile()) return refuse("is not a file");
      if (stat.nlink > 1) return refuse("is a hard link to a file with another name; copy it");
      return work(descriptor, stat.size);
    } finally {
      fs.closeSync(descriptor);
    }
  };
  return {
    size: opened((_, size) => size),
    read: (offset, length) =>
      opened((descriptor) => {
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length; ) {
          const count = attempt(() => fs.readSync(descriptor, bytes, at, length - at, offset + at));
          if (count === 0) return refuse("was cut short while it was read");
          at += count;
        }
        return bytes;
      }),
  };
}
