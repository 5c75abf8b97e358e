/** How the ONNX reader speaks of places in a file: names quoted, control characters escaped, cut where they are long. */

import { ModelParseError } from "../../errors.js";

const maxShown = 80;

/** A name from the file as it stands in messages. */
export function quote(name: string): string {
  return JSON.stringify(name.length > maxShown ? `${name.slice(0, maxShown)}…` : name);
}

/** An operator as "domain:Op". */
export function operatorName(domain: string, op: string): string {
  const plain = `${domain}:${op}`;
  return /^[\w.:-]{1,100}$/.test(plain) ? plain : quote(plain);
}

/** A ModelParseError of an ONNX file. */
export function malformed(where: string, message: string): ModelParseError {
  return new ModelParseError("onnx", where, message);
}
