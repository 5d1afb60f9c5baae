/**
 * Whether a record is what it says: its own digest covers all of it but the times, and the same study, run again, gives the same
 * record. It knows no study: who calls it runs the study again.
 */

import { outOfRange, requireOptions, wrongType } from "../../check.ts";
import { digestArrays, type NamedArrays } from "../../data/digest.ts";
import { BITS, VERSION } from "../../version.ts";
import { digestRecord } from "../record.ts";
import { arraysOf } from "./arrays.ts";
import { compareMakers, compareRecords, type RecordDifference } from "./compare.ts";
import type { AskedRows, Stored } from "./rows.ts";
import { verifySample } from "./sample.ts";

/** How a record is verified. */
export interface VerifyOptions {
  /** Compute so many images again and no others; default all of the study. */
  sample?: number;
  /** By which the images of a sample are drawn: the choice of whoever verifies. Default 0. */
  seed?: number;
  /** The arrays that are stored beside a record read from results.json. */
  arrays?: NamedArrays;
}

/** What a comparison of a record with another run of its study says. */
export interface RecordVerification {
  /** Whether the record's own digests are those of its contents. Where not, it was altered after it was written. */
  isIntact: boolean;
  /** In the order of the record; empty where the run found the same. */
  differences: RecordDifference[];
  /** Where the record was made by another version, or other kernels, of the same generation of bits: that, and what runs here. */
  madeBy: RecordDifference[];
  /** Of a sample: the positions of its images among those of the record. */
  sampled?: number[];
}

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
  const { generator, kind, command, version, bits, digest, recordDigest, missing } = record as Record<string, unknown>;
  if (generator !== "blindspot") outOfRange(subject, "a record of Blindspot", `generator ${JSON.stringify(generator)}`);
  if (missing !== undefined)
    outOfRange(subject, "a record of all images that were asked for", "one of which some are missing");
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

/** What of a record contradicts its own digests. */
export async function ownDifferences({ record, arrays }: Stored): Promise<RecordDifference[]> {
  const { recordDigest, digest } = record as ReadRecord;
  const differences: RecordDifference[] = [];
  const compare = (path: string, stated: string, found: string) => {
    if (stated !== found) differences.push({ path, stated, found });
  };
  compare("recordDigest", recordDigest, await digestRecord(record));
  if (arrays) compare("digest of the arrays", digest, await digestArrays(arrays));
  return differences;
}

/**
 * Verifies a record: whether it is intact, and what the study, run again, found otherwise.
 *
 *     const { isIntact, differences } = await verifyRecord(record, () => attackStudy(model, data, options));
 *
 * With a sample, `again` is called for a few consecutive images at a time, and has to run the study on these alone:
 *
 *     await verifyRecord(record, ({ position, count, first }) => {
 *       const dataset = slice(all, position, position + count);
 *       return attackStudy(model, { dataset, name }, { ...options, first });
 *     }, { sample: 20, seed: 7 });
 *
 * @param record what `results.json` holds, or what a study returned
 * @param again runs the same study; its record is compared
 * @throws RangeError for a record of another generation of bits, or of a later version; with a sample also for one of a study whose
 *   images depend on one another
 */
export async function verifyRecord(
  record: object,
  again: (rows?: AskedRows) => Promise<object>,
  options: VerifyOptions = {},
): Promise<RecordVerification> {
  requireOptions("verifyRecord", options, { sample: true, seed: true, arrays: true });
  requireRecord("record", record);
  const { sample, seed = 0, arrays = arraysOf(record) } = options;
  const stated = { record, arrays };
  const isIntact = (await ownDifferences(stated)).length === 0;
  if (sample === undefined) {
    const found = await again();
    return { isIntact, differences: compareRecords(record, found), madeBy: compareMakers(record, found) };
  }
  let madeBy: RecordDifference[] = [];
  const { positions, differences } = await verifySample("record", stated, { sample, seed }, async (rows) => {
    const found = await again(rows);
    madeBy = compareMakers(record, found);
    return { record: found, arrays: arraysOf(found) };
  });
  return { isIntact, differences, madeBy, sampled: positions };
}
