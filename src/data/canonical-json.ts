/** One text for each piece of plain data: JSON with the keys of every object in order and no white space. */
import { outOfRange } from "../check.ts";

/**
 * The canonical JSON of a value: keys in the order of their UTF-16 code units, numbers and strings as `JSON.stringify`
 * writes them, so that -0 is 0. Keys without a value are left out. Numbers that JSON does not have (NaN, infinities) are refused.
 */
export function canonicalJson(value: unknown, subject = "value"): string {
  if (typeof value === "number" && !Number.isFinite(value)) outOfRange(subject, "a number that JSON can write", value);
  if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean") {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => canonicalJson(item ?? null, `${subject}[${i}]`)).join(",")}]`;
  }
  if (typeof value !== "object" || ArrayBuffer.isView(value)) outOfRange(subject, "JSON's values", value);
  const entries = Object.entries(value as object)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item, `${subject}.${key}`)}`).join(",")}}`;
}
