/** Detection of XGBoost's own files, JSON and UBJSON, for the table of readers (`read.ts`). */

/** XGBoost writes its keys in order, so that the learner comes first; a file written again by others may have its version there. */
const jsonStart = /^\s*\{\s*"(learner"|version"\s*:\s*\[\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\])/;

/** Whether the content is an XGBoost model in JSON or UBJSON, perhaps a damaged one. */
export function looksLikeXgboost(bytes: Uint8Array): boolean {
  return isUbjson(bytes) || jsonStart.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}

/** An object whose first key has a length in binary; JSON has a quote or white space there. */
export function isUbjson(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && bytes[1] !== undefined && "iUIlL".includes(String.fromCharCode(bytes[1]));
}
