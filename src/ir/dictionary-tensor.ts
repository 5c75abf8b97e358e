/** The labels of a dictionary as a tensor: what `gather` by codes decodes. */

import { bool, float32, float64, int64, strings, type Tensor } from "./tensor.js";
import type { Dictionary } from "./types.js";

/** [number of labels], in the dictionary's own dtype. */
export function dictionaryTensor(dictionary: Dictionary): Tensor {
  switch (dictionary.dtype) {
    case "string":
      return strings(dictionary.values);
    case "int64":
      return int64(dictionary.values);
    case "bool":
      return bool(dictionary.values);
    case "float32":
      return float32(dictionary.values);
    case "float64":
      return float64(dictionary.values);
  }
}
