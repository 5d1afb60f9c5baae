/** BullMQ and the driver of Redis: optional peers, loaded when a queue is asked for. */
import { failed } from "../../check.ts";
import type { QueueAddress } from "./address.ts";

export interface Drivers {
  bullmq: typeof import("bullmq");
  Redis: typeof import("ioredis").Redis;
}

/** By a variable, so that a bundler does not look for packages that are installed for queues alone. */
const NAMES = { bullmq: "bullmq", ioredis: "ioredis" };

export async function loadDrivers(): Promise<Drivers> {
  try {
    const bullmq = (await import(NAMES.bullmq)) as Drivers["bullmq"];
    const { Redis } = (await import(NAMES.ioredis)) as Pick<Drivers, "Redis">;
    return { bullmq, Redis };
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    return failed("a queue", "the packages bullmq and ioredis (npm install bullmq ioredis)", "none", error);
  }
}

/** The longest pause between two tries to reach a server that is gone. */
const LONGEST_PAUSE = 1000;

/** What ioredis and BullMQ take. A command waits for a server that is gone until it is back. */
export function connectionOptions({ host, port, db, username, password, isEncrypted }: QueueAddress) {
  return {
    ...{ host, port, db },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isEncrypted && { tls: { servername: host } }),
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(50 * times, LONGEST_PAUSE),
  };
}
