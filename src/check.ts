/**
 * The one place that words an error: `subject: expected X, got Y`. A TypeError for the wrong kind of thing, a
 * RangeError for a value out of range. Messages are built on the failing path only.
 */

/** Throws the TypeError for a value of the wrong kind. */
export function wrongType(subject: string, expected: string, value: unknown): never {
  throw new TypeError(`${subject}: expected ${expected}, got ${describe(value)}`);
}

/** Throws the RangeError for a value out of range. */
export function outOfRange(subject: string, expected: string, got: unknown): never {
  throw new RangeError(`${subject}: expected ${expected}, got ${typeof got === "string" ? got : describe(got)}`);
}

/** What was computed overflowed, or came out as no number: the inputs were finite, the parameters are too large for them. */
export class NotFiniteError extends RangeError {}

/** Throws the NotFiniteError of a value that was computed. */
export function notFinite(subject: string, expected: string, got: number | undefined): never {
  throw new NotFiniteError(`${subject}: expected ${expected}, got ${describe(got)}`);
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

/** Integer labels, one a row: what every function that takes labels accepts. */
export type Labels = ArrayLike<number>;

/** Requires `count` labels in [0, classes). */
export function requireLabels(subject: string, labels: unknown, count: number, classes: number): Labels {
  const isList = Array.isArray(labels) || (ArrayBuffer.isView(labels) && "length" in labels);
  if (!isList) wrongType(subject, "an array of whole numbers", labels);
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
  throw new Error(`${subject}: expected ${expected}, got ${got}`, cause === undefined ? {} : { cause });
}
