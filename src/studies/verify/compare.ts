/** What two pieces of plain data state differently: records, and what records say of a row, arrays included. */
import { plainRecord } from "../record.ts";

/** A number, a text or a part that is another one in the second record. */
export interface RecordDifference {
  /** Where it stands: "examples[3].distortion". */
  path: string;
  /** What the record states; undefined where there is nothing. */
  stated: unknown;
  /** What the run found; undefined where there is nothing. */
  found: unknown;
}

/** What is left out of a comparison: the clock, the digest that covers the rest, and what made the record. */
const MAKER = ["version", "wasm"];
const LEFT_OUT = ["timing", "recordDigest", ...MAKER];

/** What two records state differently, but for the times and for what made them. Arrays are left to their digest. */
export function compareRecords(stated: object, found: object): RecordDifference[] {
  return compared(stated, found, (name) => !LEFT_OUT.includes(name));
}

/** Where two records were made by different versions or kernels. */
export function compareMakers(stated: object, found: object): RecordDifference[] {
  return compared(stated, found, (name) => MAKER.includes(name));
}

function compared(stated: object, found: object, isCompared: (name: string) => boolean): RecordDifference[] {
  const [a, b] = [stated, found].map((record) => {
    return Object.fromEntries(Object.entries(plainRecord(record)).filter(([name]) => isCompared(name)));
  });
  const differences: RecordDifference[] = [];
  compareValues("", a, b, differences);
  return differences;
}

/**
 * Compares values part by part and adds the differences to `into`. Of two arrays of numbers of one length the first element that
 * differs is named.
 */
export function compareValues(path: string, stated: unknown, found: unknown, into: RecordDifference[]): void {
  if (Object.is(stated, found)) return;
  if (ArrayBuffer.isView(stated) && ArrayBuffer.isView(found)) {
    const [a, b] = [stated, found] as unknown as [ArrayLike<number>, ArrayLike<number>];
    const at = a.length === b.length ? Array.prototype.findIndex.call(a, (value, i) => !Object.is(value, b[i])) : -1;
    if (at >= 0) into.push({ path: `${path}[${at}]`, stated: a[at], found: b[at] });
    else if (a.length !== b.length) into.push({ path: `${path}.length`, stated: a.length, found: b.length });
    return;
  }
  if (!isPart(stated) || !isPart(found) || Array.isArray(stated) !== Array.isArray(found)) {
    into.push({ path, stated, found });
    return;
  }
  const [a, b] = [stated, found] as [Record<string, unknown>, Record<string, unknown>];
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const below = Array.isArray(stated) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    compareValues(below, a[name], b[name], into);
  }
}

const isPart = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
