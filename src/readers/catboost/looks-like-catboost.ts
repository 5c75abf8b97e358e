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

/** "CBM1", or a JSON object with a key of CatBoost's near its start. */
export function looksLikeCatboost(bytes: Uint8Array): boolean {
  if (isCbm(bytes)) return true;
  const text = head(bytes);
  return /^(\xef\xbb\xbf)?\s*\{/.test(text) && /"(oblivious_trees|features_info|model_info|ctr_data)"\s*:/.test(text);
}
