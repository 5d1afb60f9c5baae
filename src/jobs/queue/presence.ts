/**
 * Who is at a server: workers and coordinators, each with its generation of the bits. A queue holds jobs of one generation; here
 * each side sees those of others, and says that it will not work with them.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import process from "node:process";
import type { Redis } from "ioredis";
import * as v from "valibot";
import { BITS, VERSION } from "../../version.ts";
import { within } from "./answering.ts";
import { PREFIX } from "./names.ts";

const RENEWAL_MILLISECONDS = 5000;
const LEAVING_MILLISECONDS = 500;
const LIFETIME_MILLISECONDS = 3 * RENEWAL_MILLISECONDS;

const PRESENT = v.object({
  id: v.string(),
  host: v.string(),
  pid: v.number(),
  bits: v.number(),
  version: v.string(),
  /** Threads of a worker. */
  threads: v.number(),
});
export type Present = v.InferOutput<typeof PRESENT>;
export type Role = "workers" | "coordinators";

const keyOf = (role: Role): string => `${PREFIX}:${role}`;

export interface Presence {
  /** Ends it. */
  leave(): Promise<void>;
}

/** Shows this process at the server until it leaves, or is silent for a while. */
export function showPresence(client: Redis, role: Role, threads: number): Presence {
  const self: Present = { id: randomUUID(), host: hostname(), pid: process.pid, bits: BITS, version: VERSION, threads };
  const member = JSON.stringify(self);
  const renew = () => {
    client.zadd(keyOf(role), Date.now() + LIFETIME_MILLISECONDS, member).catch(() => {}); // the next renewal comes
  };
  renew();
  const timer = setInterval(renew, RENEWAL_MILLISECONDS);
  timer.unref();
  return {
    async leave() {
      clearInterval(timer);
      await within(LEAVING_MILLISECONDS, client.zrem(keyOf(role), member));
    },
  };
}

/** Those of a role that are there. */
export async function presentAt(client: Redis, role: Role): Promise<Present[]> {
  const now = Date.now();
  const [, [, members]] = (await client
    .multi()
    .zremrangebyscore(keyOf(role), 0, now)
    .zrangebyscore(keyOf(role), now, "+inf")
    .exec()) as [unknown, [null, string[]]];
  return members.flatMap((member) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), PRESENT), member);
    return parsed.success ? [parsed.output] : [];
  });
}

export const isOfThese = ({ bits, version }: Present): boolean => bits === BITS && version === VERSION;
const described = ({ bits, version }: Pick<Present, "bits" | "version">): string =>
  `bits ${bits} of version ${version}`;
/** What this process computes. */
export const OWN = described({ bits: BITS, version: VERSION });

/** The generations of others, each once, as people read them. */
export function otherGenerations(present: readonly Present[]): string {
  return [...new Set(present.filter((one) => !isOfThese(one)).map(described))].join(", ");
}
