/** The public API of calypte. */

export { type CompileOptions, compile } from "./compile.js";
export { type ConvertOptions, convert } from "./convert.js";
export type { UserTensor } from "./data/output.js";
export {
  BackendUnavailableError,
  CalypteError,
  DataError,
  type ErrorCode,
  InternalError,
  LimitError,
  ModelParseError,
  OptionError,
  ShapeError,
  UnsupportedError,
} from "./errors.js";
export type { Categories, Category } from "./ir/categories.js";
export type { Model } from "./ir/model.js";
export { type LoadOptions, load } from "./load.js";
export type { Plan } from "./plan.js";
export { type SaveOptions, save } from "./save.js";
export { type Answers, type RunOptions, Scorer, type ScorerInput, type ScorerOutput } from "./scorer.js";
export { type TreeLeaf, type TreeNode, type TreeOptions, type TreeSplit, treeOf } from "./tree.js";
export { version } from "./version.js";
