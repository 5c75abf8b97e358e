/**
 * Recognises files that calypte does not read by their first bytes, so that the refusal can say what the file is and how to get a
 * model out of it. Nothing is decoded here; first step of `readModel`.
 *
 * Source: the magic numbers of each format, as its own documentation gives them.
 */

import { UnsupportedError } from "../errors.js";

interface ForeignFormat {
  readonly called: string;
  /** `head` is the start of the content as Latin-1 text, one character a byte. */
  matches(head: string): boolean;
  readonly advice: string;
}

const fromSklearn = "export the model to ONNX with skl2onnx.to_onnx";
const fromXgboost = "load it with XGBoost before 3.1 and save it as JSON or UBJSON";
const fromLightgbm = "save the model with LightGBM's Booster.save_model";
const fromKeras = "export the model to ONNX with tf2onnx";
const unpack = "unpack it and give the ONNX file inside";
const download = "download the model file itself";

const headLength = 4096;

const startsWith =
  (...magic: readonly string[]) =>
  (head: string): boolean =>
    magic.some((text) => head.startsWith(text));

/** The first that matches counts, so that the narrower stands before the wider. */
const foreignFormats: readonly ForeignFormat[] = [
  {
    called: "a pickle (joblib) file",
    matches: startsWith("\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"),
    advice: fromSklearn,
  },
  {
    called: "a zlib-compressed joblib file",
    matches: startsWith("x\x01", "x\x5e", "x\x9c", "x\xda"),
    advice: fromSklearn,
  },
  {
    called: "a skops file",
    matches: (head) => head.startsWith("PK\x03\x04") && head.includes("schema.json"),
    advice: fromSklearn,
  },
  { called: "a zip archive", matches: startsWith("PK\x03\x04"), advice: unpack },
  { called: "a gzip file", matches: startsWith("\x1f\x8b"), advice: unpack },
  { called: "an xz file", matches: startsWith("\xfd7zXZ\x00"), advice: unpack },
  { called: "a bzip2 file", matches: (head) => /^BZh[1-9]/.test(head), advice: unpack },
  { called: "a Zstandard file", matches: startsWith("\x28\xb5\x2f\xfd"), advice: unpack },
  {
    called: "an XGBoost model in its old binary form",
    matches: (head) => /^(binf|bs64)/.test(head),
    advice: fromXgboost,
  },
  {
    called: "a LightGBM model dumped as JSON",
    matches: (head) => /^\s*\{/.test(head) && /"(tree_info|tree_sizes|num_tree_per_iteration)"/.test(head),
    advice: fromLightgbm,
  },
  { called: "a JSON file", matches: (head) => /^\s*[{[]/.test(head), advice: "give an ONNX file" },
  { called: "an HDF5 file (Keras)", matches: startsWith("\x89HDF\r\n\x1a\n"), advice: fromKeras },
  { called: "a TensorFlow Lite model", matches: (head) => head.slice(4, 8) === "TFL3", advice: fromKeras },
  {
    called: "a model in onnxruntime's ORT format",
    matches: (head) => head.slice(4, 8) === "ORTM",
    advice: "give the ONNX file that it was made from",
  },
  { called: "a NumPy array file", matches: startsWith("\x93NUMPY"), advice: "give an ONNX file" },
  { called: "a web page", matches: (head) => /^\s*<(!doctype html|html)/i.test(head), advice: download },
  {
    called: "a PMML model",
    matches: (head) => /^(\xef\xbb\xbf)?\s*</.test(head) && head.includes("<PMML"),
    advice: fromSklearn,
  },
  { called: "an XML file", matches: (head) => /^(\xef\xbb\xbf)?\s*<\?xml/.test(head), advice: "give an ONNX file" },
  {
    called: "a Git LFS pointer, not the model",
    matches: startsWith("version https://git-lfs"),
    advice: "run git lfs pull",
  },
];

/** The refusal of a file that is known to be of another format; undefined where it is not. `name` opens the message. */
export function refusalOfForeign(bytes: Uint8Array, name: string): UnsupportedError | undefined {
  const head = latin1(bytes.subarray(0, headLength));
  const format = foreignFormats.find(({ matches }) => matches(head));
  if (format === undefined) return undefined;
  return new UnsupportedError(
    name,
    `the file seems to be ${format.called}, expected an ONNX, LightGBM, XGBoost or CatBoost model`,
    format.advice,
  );
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
