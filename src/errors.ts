/**
 * The errors of calypte. All extend `CalypteError`, carry a stable `code`, and say in one sentence where it
 * happened, what was expected, what was found and, where there is one, the next step. A native TypeError or
 * RangeError that reaches the user is a defect.
 */

export type ErrorCode =
  | "MODEL_PARSE"
  | "UNSUPPORTED"
  | "DATA"
  | "SHAPE"
  | "OPTION"
  | "BACKEND_UNAVAILABLE"
  | "LIMIT"
  | "INTERNAL";

/** Written out, since bundlers that minify rename classes. */
const names: Readonly<Record<ErrorCode, string>> = {
  MODEL_PARSE: "ModelParseError",
  UNSUPPORTED: "UnsupportedError",
  DATA: "DataError",
  SHAPE: "ShapeError",
  OPTION: "OptionError",
  BACKEND_UNAVAILABLE: "BackendUnavailableError",
  LIMIT: "LimitError",
  INTERNAL: "InternalError",
};

/** Base of all errors thrown by calypte. */
export class CalypteError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = names[code];
  }
}

/** The file is damaged, truncated, or not of the format it claims. `format` is e.g. "onnx"; `path` a place in the file. */
export class ModelParseError extends CalypteError {
  readonly format: string;
  readonly path: string;

  constructor(format: string, path: string, message: string, options?: ErrorOptions) {
    super("MODEL_PARSE", path === "" ? `${format}: ${message}` : `${format}: ${path}: ${message}`, options);
    this.format = format;
    this.path = path;
  }
}

/** The file is well formed, but asks for something calypte does not do. `alternative` is the nearest thing that works. */
export class UnsupportedError extends CalypteError {
  readonly where: string;
  readonly alternative: string | undefined;

  constructor(where: string, message: string, alternative?: string) {
    const tail = alternative === undefined ? "" : `; ${alternative}`;
    super("UNSUPPORTED", where === "" ? `${message}${tail}` : `${where}: ${message}${tail}`);
    this.where = where;
    this.alternative = alternative;
  }
}

/**
 * Something must be known when the model is compiled (a shape, an axis, a condition), but is computed from the data. Not for users:
 * the driver catches it and puts that part of the model off until the data is there, where it can.
 */
export class DataDependentError extends UnsupportedError {}

/** A value in the user's data is wrong. `row` and `column` are zero-based where known. */
export class DataError extends CalypteError {
  readonly row: number | undefined;
  readonly column: string | number | undefined;

  constructor(message: string, at?: { readonly row?: number; readonly column?: string | number }) {
    super("DATA", message);
    this.row = at?.row;
    this.column = at?.column;
  }
}

/** A tensor has the wrong rank, dimensions or dtype. */
export class ShapeError extends CalypteError {
  constructor(message: string) {
    super("SHAPE", message);
  }
}

/** An option is unknown, or its value is not allowed here. */
export class OptionError extends CalypteError {
  readonly option: string;

  constructor(option: string, message: string) {
    super("OPTION", message);
    this.option = option;
  }
}

/** A backend cannot run here; `hint` says how to get it. */
export class BackendUnavailableError extends CalypteError {
  readonly backend: string;
  /** What is the matter, without the hint. */
  readonly reason: string;
  readonly hint: string;

  constructor(backend: string, reason: string, hint: string) {
    super("BACKEND_UNAVAILABLE", `${reason}; ${hint}`);
    this.backend = backend;
    this.reason = reason;
    this.hint = hint;
  }
}

/** The model or the data is larger than a limit that protects memory or time. */
export class LimitError extends CalypteError {
  constructor(message: string) {
    super("LIMIT", message);
  }
}

/** A check of our own failed: a defect of calypte, not of the user's input. */
export class InternalError extends CalypteError {
  constructor(message: string) {
    super("INTERNAL", `internal error: ${message}; please report it with the model file`);
  }
}
