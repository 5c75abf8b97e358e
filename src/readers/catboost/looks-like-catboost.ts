/** Detection of CatBoost's own files for the table of readers (`read.ts`). */

const magic = "CBM1";
const headBytes = 4096;

function head(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, headBytes), (byte) => String.fromCharCode(byte)).join("");
}

/** Whether the content is CatBoost's binary format, perhaps a damaged one. */
export function isCbm(bytes: Uint8Array): boolean {
  return head(bytes.subarray(0, magic.length)) === magic;
}

/** Whether the first character, white space left out, is `{`. */
function opensObject(bytes: Uint8Array): boolean {
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let at = bom ? 3 : 0;
  while (at < headBytes && (bytes[at] === 32 || (bytes[at]! >= 9 && bytes[at]! <= 13))) at++;
  return bytes[at] === 0x7b;
}

/** "CBM1", or a JSON object with a key of CatBoost's near its start. */
export function looksLikeCatboost(bytes: Uint8Array): boolean {
  if (isCbm(bytes)) return true;
  return opensObject(bytes) && /"(oblivious_trees|features_info|model_info|ctr_data)"\s*:/.test(head(bytes));
}
