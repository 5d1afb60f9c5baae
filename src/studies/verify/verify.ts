/**
 * Whether a record is what it says: its own digest covers all of it but the times, and the same study, run again, gives the same
 * record. It knows no study: who calls it runs the study again.
 */

import { outOfRange, wrongType } from "../../check.ts";
import { BITS, VERSION } from "../../version.ts";
import { digestRecord, plainRecord } from "../record.ts";

/** A number, a text or a part that is another one in the second record. */
export interface RecordDifference {
  /** Where it stands: "examples[3].distortion". */
  path: string;
  /** What the record states, and what the run found; undefined where there is nothing. */
  stated: unknown;
  /** What the run found; undefined where there is nothing. */
  found: unknown;
}

/** What a comparison of a record with another run of its study says. */
export interface RecordVerification {
  /** Whether the record's own digest is that of its contents. Where not, it was altered after it was written. */
  isIntact: boolean;
  /** In the order of the record; empty where the run found the same. */
  differences: RecordDifference[];
}

/** What is left out of a comparison: the clock, and the digest that covers the rest. */
const LEFT_OUT = ["timing", "recordDigest"];

/** The head of a record of any study, as it is read. */
export interface ReadRecord {
  kind: string;
  command: string;
  bits: number;
  digest: string;
  recordDigest: string;
}

/**
 * Requires a record of a study that this version can repeat.
 *
 * @param subject its name for errors: the path of its file
 */
export function requireRecord(subject: string, record: unknown): ReadRecord {
  if (typeof record !== "object" || record === null) wrongType(subject, "a record of Blindspot", record);
  const { generator, kind, command, version, bits, digest, recordDigest } = record as Record<string, unknown>;
  if (generator !== "blindspot") outOfRange(subject, "a record of Blindspot", `generator ${JSON.stringify(generator)}`);
  for (const [name, value] of Object.entries({ kind, command, version, digest, recordDigest })) {
    if (typeof value !== "string") wrongType(`${subject}: ${name}`, "a text", value);
  }
  if (typeof bits !== "number") wrongType(`${subject}: bits`, "a whole number", bits);
  if (isLater(version as string, VERSION)) outOfRange(subject, `a record of version ${VERSION} or earlier`, version);
  if (bits !== BITS) {
    outOfRange(
      subject,
      `bits of generation ${BITS}, those of this version`,
      `generation ${bits}, which is not comparable`,
    );
  }
  return { kind, command, bits, digest, recordDigest } as ReadRecord;
}

/** Whether a version stands behind another, number by number. */
function isLater(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0)) as [
    number[],
    number[],
  ];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/**
 * Verifies a record: whether it is intact, and what the study, run again, found otherwise.
 *
 *     const { isIntact, differences } = await verifyRecord(record, () => attackStudy(model, data, options));
 *
 * @param record what `results.json` holds, or what a study returned
 * @param again runs the same study; its record is compared
 * @throws RangeError for a record of another generation of bits, or of a later version
 */
export async function verifyRecord(record: object, again: () => Promise<object>): Promise<RecordVerification> {
  const { recordDigest } = requireRecord("record", record);
  const isIntact = (await digestRecord(record)) === recordDigest;
  return { isIntact, differences: compareRecords(record, await again()) };
}

/** What two records state differently, but for the times. */
export function compareRecords(stated: object, found: object): RecordDifference[] {
  const [a, b] = [stated, found].map((record) => {
    return Object.fromEntries(Object.entries(plainRecord(record)).filter(([name]) => !LEFT_OUT.includes(name)));
  });
  const differences: RecordDifference[] = [];
  compareValues("", a, b, differences);
  return differences;
}

function compareValues(path: string, stated: unknown, found: unknown, into: RecordDifference[]): void {
  if (Object.is(stated, found)) return;
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

const isPart = (value: unknown): value is object => typeof value === "object" && value !== null;
