/**
 * The one place that words an error: `subject: expected X, got Y`. A TypeError for the wrong kind of thing, a
 * RangeError for a value out of range; every error carries a `code`. Messages are built on the failing path only.
 */

/** What every error of the library carries as its `code`: for programs, which should not read messages. */
export const ERROR_CODES = {
  /** A value of the wrong kind. */
  TYPE: "ERR_BLINDSPOT_TYPE",
  /** A value of the right kind that is out of range. */
  RANGE: "ERR_BLINDSPOT_RANGE",
  /** An option that the function does not have. */
  OPTION: "ERR_BLINDSPOT_OPTION",
  /** What was computed overflowed, or is not a number. */
  NOT_FINITE: "ERR_BLINDSPOT_NOT_FINITE",
  /** A call at a time that does not allow it: a run that has ended, a pool that was closed. */
  STATE: "ERR_BLINDSPOT_STATE",
  /** What lies outside the program: a file, a folder, a disk, a thread that died. The system's error is the `cause`. */
  SYSTEM: "ERR_BLINDSPOT_SYSTEM",
  /** An engine without WebAssembly SIMD. */
  ENGINE: "ERR_BLINDSPOT_ENGINE",
  /** A command line that the command does not take. */
  USAGE: "ERR_BLINDSPOT_USAGE",
  /** A run that was told to stop, where the caller's signal has no reason of its own. */
  ABORTED: "ERR_BLINDSPOT_ABORTED",
} as const;

/** What an error of the library carries as its `code`. */
export type ErrorCode = (typeof ERROR_CODES)[keyof typeof ERROR_CODES];

function coded<E extends Error>(code: ErrorCode, error: E): E {
  return Object.assign(error, { code });
}

/** The code of an error of the library; undefined for every other value. */
export function codeOf(error: unknown): ErrorCode | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return Object.values(ERROR_CODES).find((known) => known === code);
}

/** Throws the TypeError for a value of the wrong kind. */
export function wrongType(subject: string, expected: string, value: unknown, cause?: unknown): never {
  return mistyped(subject, expected, describe(value), cause);
}

/** The same where words say what came instead of a value. */
export function mistyped(subject: string, expected: string, got: string, cause?: unknown): never {
  throw coded(ERROR_CODES.TYPE, new TypeError(sentence(subject, expected, got), because(cause)));
}

/** "a", "a or b", "a, b or c": what an error expects one of. */
export function anyOf(names: readonly string[]): string {
  const others = names.slice(0, -1).join(", ");
  return others === "" ? (names[0] ?? "nothing") : `${others} or ${names.at(-1)}`;
}

/** Throws the RangeError for a value out of range. */
export function outOfRange(subject: string, expected: string, got: unknown): never {
  const words = typeof got === "string" ? got : describe(got);
  throw coded(ERROR_CODES.RANGE, new RangeError(sentence(subject, expected, words)));
}

function sentence(subject: string, expected: string, got: string): string {
  return printable(`${subject}: expected ${expected}, got ${got}`);
}

/** Characters that direct a terminal instead of being shown: controls, and those that turn the direction of text. */
const DIRECTING = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Text that is safe to print, whatever names from files stand in it (layers, classes, paths): what would direct the terminal is
 * shown by its code, but for line breaks and tabs.
 */
export function printable(text: string): string {
  return shown(text, (code) => (code < 256 ? `\\x${hex(code, 2)}` : unicode(code)));
}

/** The same of JSON, which stays JSON of the same value. */
export function printableJson(json: string): string {
  return shown(json, unicode);
}

function shown(text: string, shownAs: (code: number) => string): string {
  return text.replace(DIRECTING, (character) => {
    return character === "\n" || character === "\t" ? character : shownAs(character.charCodeAt(0));
  });
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0");
const unicode = (code: number): string => `\\u${hex(code, 4)}`;

function because(cause: unknown): ErrorOptions {
  return cause === undefined ? {} : { cause };
}

/** What was computed overflowed, or came out as no number: the inputs were finite, the parameters are too large for them. */
export class NotFiniteError extends RangeError {
  readonly code: ErrorCode = ERROR_CODES.NOT_FINITE;
}

/** Throws the NotFiniteError of a value that was computed. */
export function notFinite(subject: string, expected: string, got: number | undefined): never {
  throw new NotFiniteError(sentence(subject, expected, describe(got)));
}

/** A value as an error message shows it: numbers as they are, arrays by kind and length. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (ArrayBuffer.isView(value) && "length" in value) return `${value.constructor.name}[${value.length}]`;
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object") return value.constructor?.name ?? "object";
  if (typeof value === "function") return "a function";
  return String(value);
}

/** Requires a whole number in [low, high]. */
export function requireInteger(subject: string, value: unknown, low: number, high = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== "number") wrongType(subject, "a whole number", value);
  if (!Number.isInteger(value) || value < low || value > high) {
    outOfRange(
      subject,
      high === Number.MAX_SAFE_INTEGER ? `a whole number >= ${low}` : `a whole number in [${low}, ${high}]`,
      value,
    );
  }
  return value;
}

/** Requires a finite number in [low, high]. */
export function requireNumber(subject: string, value: unknown, low: number, high = Number.POSITIVE_INFINITY): number {
  if (typeof value !== "number") wrongType(subject, "a number", value);
  if (!Number.isFinite(value) || value < low || value > high) {
    outOfRange(
      subject,
      high === Number.POSITIVE_INFINITY ? `a finite number >= ${low}` : `a number in [${low}, ${high}]`,
      value,
    );
  }
  return value;
}

/** Requires flat rows of `width` floats, at least one; returns how many there are. */
export function requireRows(subject: string, rows: unknown, width: number): number {
  if (!(rows instanceof Float32Array)) wrongType(subject, "a Float32Array", rows);
  if (rows.length === 0) outOfRange(subject, `at least one row of ${width} values`, "none");
  if (rows.length % width !== 0) outOfRange(subject, `rows of ${width} values`, `${rows.length} values`);
  return rows.length / width;
}

/** Requires as many values as there must be. */
export function requireLength(subject: string, values: ArrayLike<unknown>, length: number, what = "values"): void {
  if (values?.length !== length) outOfRange(subject, `${length} ${what}`, `${values?.length ?? "none"}`);
}

/** Requires that no value is NaN or an infinity. */
export function requireFinite(subject: string, values: ArrayLike<number>): void {
  if (values instanceof Float32Array && areFinite(values)) return;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) outOfRange(`${subject}[${i}]`, "a finite number", describe(values[i]));
  }
}

/** The same of the numbers that are checked most, four at a time: v - v is 0 of a finite number, and NaN otherwise. */
function areFinite(values: Float32Array): boolean {
  const whole = values.length - (values.length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < whole; i += 4) {
    const p = values[i] as number;
    const q = values[i + 1] as number;
    const r = values[i + 2] as number;
    const s = values[i + 3] as number;
    a += p - p;
    b += q - q;
    c += r - r;
    d += s - s;
  }
  for (let i = whole; i < values.length; i++) a += (values[i] as number) - (values[i] as number);
  return a + b + c + d === 0;
}

/** Integer labels, one a row: what every function that takes labels accepts. */
export type Labels = ArrayLike<number>;

/** Requires `count` labels in [0, classes). */
export function requireLabels(subject: string, labels: unknown, count: number, classes: number): Labels {
  const isList = Array.isArray(labels) || (ArrayBuffer.isView(labels) && "length" in labels);
  if (!isList) wrongType(subject, "an array of whole numbers", labels);
  if (classes < 2) {
    outOfRange(
      subject,
      "a model of two classes or more (ask one output by a criterion, { output: 0, ... })",
      "one output",
    );
  }
  const list = labels as Labels;
  requireLength(subject, list, count, "labels, one a row");
  for (let i = 0; i < count; i++) {
    const label = list[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      outOfRange(`${subject}[${i}]`, `a label in [0, ${classes - 1}]`, describe(label));
    }
  }
  return list;
}

/** Throws the Error for what lies outside the program (a file, a disk, a folder), keeping the system's own error as `cause`. */
export function failed(subject: string, expected: string, got: string, cause?: unknown): never {
  throw failure(subject, expected, got, cause);
}

/** The same error, to be handed on. */
export function failure(subject: string, expected: string, got: string, cause?: unknown): Error {
  return coded(ERROR_CODES.SYSTEM, new Error(sentence(subject, expected, got), because(cause)));
}

/** The error of a refusal that another process wrote down: its message, already worded, and its code. */
export function refusalOf(message: string, code: ErrorCode): Error {
  return coded(code, code === ERROR_CODES.RANGE ? new RangeError(message) : new TypeError(message));
}

/** The Error for a call at a time that does not allow it. */
export function misplaced(subject: string, expected: string, got: string): Error {
  return coded(ERROR_CODES.STATE, new Error(sentence(subject, expected, got)));
}

/** Throws the Error for an engine that lacks what the kernels need. */
export function unsupported(subject: string, expected: string, got: string): never {
  throw coded(ERROR_CODES.ENGINE, new Error(sentence(subject, expected, got)));
}

/** The Error for a run that was told to stop. */
export function aborted(subject: string): Error {
  return coded(ERROR_CODES.ABORTED, new Error(`${subject}: aborted`));
}

/** Every name of an options object: the compiler refuses a list that misses one, or has one too many. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Refuses an options object with an option that the function does not have, so that a slip of the pen is not taken for the default.
 *
 *     requireOptions("amplify", options, { to: true, mode: true });   // amplify: expected options to, mode, got "mod"; did you mean "mode"?
 */
export function requireOptions<Options extends object>(
  subject: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options) || ArrayBuffer.isView(options)) {
    wrongType("options", "an object", options);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names);
    const near = nearest(name, known);
    const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
    const got = `${JSON.stringify(name)}${hint}`;
    throw coded(ERROR_CODES.OPTION, new TypeError(sentence(subject, `options among ${known.join(", ")}`, got)));
  }
}

/** The known name that the fewest letters separate from another, at most two of them and less than half; or undefined. */
function nearest(name: string, known: readonly string[]): string | undefined {
  let [best, least] = [undefined as string | undefined, 3];
  for (const other of known) {
    const distance = editDistance(name.toLowerCase(), other.toLowerCase());
    if (distance < least && 2 * distance < Math.max(name.length, other.length)) [best, least] = [other, distance];
  }
  return best;
}

/** Letters to add, drop or change to get from one word to the other.   [Wagner & Fischer 1974] */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
