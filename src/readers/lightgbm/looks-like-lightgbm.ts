/** Detection of LightGBM's text models for the table of readers (`read.ts`): their first line is the word "tree". */

const magic = "tree";

/** Whether the content starts as `Booster.save_model` starts it; a file cut short still is one. */
export function looksLikeLightgbm(bytes: Uint8Array): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic.charCodeAt(i)) return false;
  return bytes.length === magic.length || bytes[magic.length] === 10 || bytes[magic.length] === 13;
}
