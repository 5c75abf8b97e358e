/** External data of ONNX files: read from the model's folder or from given bytes, and from nowhere else. */

import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import onnxProto from "onnx-proto";
import { afterAll, describe, expect, test } from "vitest";
import { onnxFile } from "../test-models/onnx-file.js";
import { compile, load, ModelParseError, OptionError, UnsupportedError } from "./index.js";
import { float32 } from "./ir/tensor.js";

const { onnx } = onnxProto;

/** y = x + w with w = [1, 2] in another file, 4 bytes after its beginning. */
function modelWith(entries: Readonly<Record<string, string>>): Uint8Array {
  const file = onnxFile({
    nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
    inputs: [{ name: "x", dtype: "float32", shape: ["N", 2] }],
    outputs: [{ name: "y" }],
    initializers: { w: float32([1, 2]) },
  });
  const model = onnx.ModelProto.decode(file);
  const w = model.graph?.initializer?.[0];
  if (w === undefined || w === null) throw new Error("no initializer");
  w.rawData = new Uint8Array();
  w.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
  w.externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return new Uint8Array(onnx.ModelProto.encode(model).finish());
}

const weights = Uint8Array.of(9, 9, 9, 9, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40);
const place = { offset: "4", length: "8" };

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder with model.onnx, and with what `fill` puts beside it; the model's path. */
function folderWith(entries: Readonly<Record<string, string>>, fill: (folder: string) => void): string {
  const root = mkdtempSync(join(tmpdir(), "calypte-external-"));
  folders.push(root);
  const folder = join(root, "model");
  mkdirSync(folder);
  writeFileSync(join(folder, "model.onnx"), modelWith(entries));
  writeFileSync(join(root, "secret.bin"), weights);
  fill(folder);
  return join(folder, "model.onnx");
}

const put = (name: string) => (folder: string) => writeFileSync(join(folder, name), weights);

async function answer(source: string | URL | Uint8Array, externalData?: Record<string, Uint8Array>): Promise<unknown> {
  const scorer = await compile(await load(source, externalData === undefined ? {} : { externalData }));
  const { y } = await scorer.run({ x: [[10, 20]] });
  scorer.dispose();
  return y?.toArray();
}

describe("external data", () => {
  test("is read from the model's folder, by path and by URL", async () => {
    const path = folderWith({ location: "weights.bin", ...place, checksum: "0" }, put("weights.bin"));
    expect(await answer(path)).toEqual([[11, 22]]);
    expect(await answer(pathToFileURL(path))).toEqual([[11, 22]]);
  });

  test("is read from a folder below, and to the end of the file where no length is given", async () => {
    const path = folderWith({ location: "data/weights.bin", offset: "4" }, (folder) => {
      mkdirSync(join(folder, "data"));
      put("data/weights.bin")(folder);
    });
    expect(await answer(path)).toEqual([[11, 22]]);
  });

  test("is taken from given bytes, instead of the folder", async () => {
    const model = modelWith({ location: "weights.bin", ...place });
    expect(await answer(model, { "weights.bin": weights })).toEqual([[11, 22]]);
    const path = folderWith({ location: "weights.bin", ...place }, () => undefined);
    expect(await answer(path, { "weights.bin": weights })).toEqual([[11, 22]]);
  });

  test("without a folder says what to pass", async () => {
    const model = modelWith({ location: "weights.bin", ...place });
    await expect(load(model)).rejects.toThrow(UnsupportedError);
    await expect(load(model)).rejects.toThrow(
      /tensor "w".*load\(source, \{ externalData: \{ "weights.bin": bytes \} \}\)/,
    );
    await expect(load(model, { externalData: { other: weights } })).rejects.toThrow(OptionError);
    await expect(load(model, { externalData: { other: weights } })).rejects.toThrow(/externalData has "other"/);
    // @ts-expect-error A caller without types.
    await expect(load(model, { externalData: { "weights.bin": "text" } })).rejects.toThrow(/expected a Uint8Array/);
  });

  const escapes: readonly (readonly [string, string, (folder: string) => void])[] = [
    ["a path upwards", "../secret.bin", () => undefined],
    ["a path up and down again", "data/../../secret.bin", (folder) => mkdirSync(join(folder, "data"))],
    ["an absolute path", "/etc/passwd", () => undefined],
    ["a path of Windows", "..\\secret.bin", () => undefined],
    ["a drive", "C:secret.bin", () => undefined],
    ["a doubled slash", "data//weights.bin", () => undefined],
    ["a null character", "weights.bin\0", put("weights.bin")],
    ["the folder", ".", () => undefined],
    ["a symbolic link", "link.bin", (folder) => symlinkSync("../secret.bin", join(folder, "link.bin"))],
    [
      "a link that stays inside",
      "link.bin",
      (folder) => {
        put("weights.bin")(folder);
        symlinkSync("weights.bin", join(folder, "link.bin"));
      },
    ],
    ["a linked folder", "link/secret.bin", (folder) => symlinkSync("..", join(folder, "link"))],
    ["a hard link", "link.bin", (folder) => linkSync(join(folder, "../secret.bin"), join(folder, "link.bin"))],
    ["a folder for a file", "data", (folder) => mkdirSync(join(folder, "data"))],
    ["a pipe", "pipe", (folder) => execFileSync("mkfifo", [join(folder, "pipe")])],
    ["no file", "weights.bin", () => undefined],
  ];
  test.each(escapes)("refuses %s", async (_, location, fill) => {
    const path = folderWith({ location, ...place }, fill);
    await expect(load(path)).rejects.toThrow(ModelParseError);
    await expect(load(path)).rejects.toThrow(/tensor "w"/);
  });

  const damaged: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ["an offset beyond the end", { location: "w", offset: "13", length: "0" }, /has 12/],
    ["a length beyond the end", { location: "w", offset: "4", length: "9" }, /bytes 4 to 13 of "w", which has 12/],
    ["a huge length", { location: "w", length: "999999999999999" }, /which has 12/],
    ["a negative offset", { location: "w", offset: "-4" }, /expected a count of bytes/],
    ["a number in words", { location: "w", length: "0x8" }, /expected a count of bytes/],
    ["too few bytes", { location: "w", offset: "4", length: "4" }, /need 8 bytes of raw_data, got 4/],
    ["no location", { offset: "4" }, /no location/],
    ["an unknown field", { location: "w", key: "abc" }, /does not know/],
  ];
  test.each(damaged)("refuses %s", async (_, entries, message) => {
    const read = load(modelWith(entries), { externalData: { w: weights } });
    await expect(read).rejects.toThrow(ModelParseError);
    await expect(read).rejects.toThrow(message);
  });
});
