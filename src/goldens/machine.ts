/**
 * Computes golden digests on this machine and compares them with those on record: whether numbers that a report states were
 * computed with the same bits that this machine computes. The record is `goldens.json` of the package.
 */
import * as v from "valibot";
import { outOfRange, requireOptions } from "../check.ts";
import { requireSchema } from "../schema.ts";
import { BITS } from "../version.ts";
import { digestResults, type Golden } from "./golden.ts";
import { PARTS, type PartName } from "./parts.ts";

/** Digests by part and name. */
export type Digests = Readonly<Record<string, Readonly<Record<string, string>>>>;

const Digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const File = v.object({
  bits: v.pipe(v.number(), v.integer()),
  digests: v.record(v.string(), v.record(v.string(), Digest)),
});

/** The golden digests on record, and the generation of bits that they are of. */
export type GoldenFile = v.InferOutput<typeof File>;

/** Which goldens are computed. */
export interface MachineOptions {
  /** Every golden; default: those that take a few seconds in all. */
  full?: boolean;
  /** Only these parts. */
  parts?: readonly PartName[];
  /** Stops between two goldens; the call then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called after each golden. */
  onProgress?: (done: number, total: number) => void;
}

/** What a comparison found. */
export interface MachineComparison {
  /** Goldens that were computed. */
  count: number;
  /** "part: name" of those whose digest is another than that on record. */
  differing: string[];
  /** Of those that have no digest on record. */
  unknown: string[];
  /** Of those on record that this version does not compute; only a full comparison looks for them. */
  missing: string[];
}

/** Computes the golden digests. Rejects with the signal's reason once it is aborted. */
export async function machineDigests(options: MachineOptions = {}): Promise<Digests> {
  requireOptions("machineDigests", options, { full: true, parts: true, signal: true, onProgress: true });
  const { full = false, parts = Object.keys(PARTS) as PartName[], signal, onProgress } = options;
  const known = Object.keys(PARTS).join(", ");
  for (const part of parts) if (!Object.hasOwn(PARTS, part)) outOfRange("parts", `of ${known}`, JSON.stringify(part));
  const goldens = parts.map((part): [PartName, Golden[]] => {
    return [part, PARTS[part]().filter(({ isQuick }) => full || isQuick)];
  });
  const total = goldens.reduce((sum, [, list]) => sum + list.length, 0);
  let done = 0;
  const found: Record<string, Record<string, string>> = {};
  for (const [part, list] of goldens) {
    const digests: Record<string, string> = {};
    for (const { name, run } of list) {
      signal?.throwIfAborted();
      digests[name] = await digestResults(await run());
      onProgress?.(++done, total);
    }
    found[part] = digests;
  }
  return found;
}

/**
 * Computes digests and compares them with those of a golden file. Rejects for a file of another generation of bits: its digests
 * are not comparable.
 *
 * @param file what goldens.json holds
 */
export async function compareMachine(file: unknown, options: MachineOptions = {}): Promise<MachineComparison> {
  const { bits, digests: recorded } = requireSchema("goldens.json", File, file);
  if (bits !== BITS) outOfRange("goldens.json", `digests of bits generation ${BITS}`, `generation ${bits}`);
  return compareDigests(await machineDigests(options), recorded, options);
}

/** Compares digests that were computed with those on record. */
export function compareDigests(
  found: Digests,
  recorded: Digests,
  { full = false, parts }: Pick<MachineOptions, "full" | "parts"> = {},
): MachineComparison {
  const computed = listOf(found);
  const stated = new Map(listOf(recorded));
  const names = new Set(computed.map(([name]) => name));
  const isAsked = (name: string) => !parts || parts.some((part) => name.startsWith(`${part}: `));
  return {
    count: computed.length,
    differing: computed
      .filter(([name, digest]) => stated.has(name) && stated.get(name) !== digest)
      .map(([name]) => name),
    unknown: computed.filter(([name]) => !stated.has(name)).map(([name]) => name),
    missing: full ? [...stated.keys()].filter((name) => isAsked(name) && !names.has(name)) : [],
  };
}

function listOf(digests: Digests): [name: string, digest: string][] {
  return Object.entries(digests).flatMap(([part, list]) =>
    Object.entries(list).map(([name, digest]): [string, string] => [`${part}: ${name}`, digest]),
  );
}
