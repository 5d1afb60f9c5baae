/** Whether a server is one to trust with a queue: it answers, is not too old, and throws nothing away when its memory is full. */
import type { Redis } from "ioredis";
import { failed } from "../../check.ts";
import type { QueueAddress } from "./address.ts";
import { connectionOptions, type Drivers } from "./drivers.ts";

/** Redis 6.2 has the commands that the queue uses; every Valkey has them. */
const OLDEST = [6, 2] as const;

/** Reads what INFO says: refuses an old server, and one that evicts. */
export function requireServer(shown: string, info: string): void {
  const said = new Map(
    info.split(/\r?\n/).map((line): [string, string] => {
      const [name = "", ...value] = line.split(":");
      return [name, value.join(":")];
    }),
  );
  const version = said.get("redis_version") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  if (isOld && !said.has("valkey_version")) {
    failed(
      shown,
      `Redis ${OLDEST.join(".")} or later, or Valkey`,
      version === "" ? "a server that does not say what it is" : `Redis ${version}`,
    );
  }
  const policy = said.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction") {
    failed(shown, "maxmemory-policy noeviction, which loses no job when memory is full", policy);
  }
}

export interface Connection {
  client: Redis;
  /** Ends the client and all that were made of it, by BullMQ too: one that is left keeps trying to reach a server that is gone. */
  disconnect(): void;
}

/** The client, remembered in `all`, as is each that is made of it. */
function remembered(client: Redis, all: Set<Redis>): Redis {
  all.add(client);
  client.on("error", () => {}); // without a listener ioredis prints it
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (...options) => remembered(duplicate(...options), all);
  return client;
}

/** A connection to a server that may keep a queue. Once open, it waits for a server that is gone until it is back. */
export async function connect({ Redis }: Drivers, address: QueueAddress): Promise<Connection> {
  const options = connectionOptions(address);
  let isOpen = false;
  const client = new Redis({
    ...options,
    lazyConnect: true,
    retryStrategy: (times) => (isOpen ? options.retryStrategy(times) : null),
  });
  let last: Error | undefined;
  client.on("error", (error) => {
    last = error;
  });
  try {
    await client.connect();
    requireServer(address.shown, await client.info());
  } catch (error) {
    client.disconnect();
    if ((error as { code?: unknown }).code === "ERR_BLINDSPOT_SYSTEM") throw error;
    const { message, code } = (last ?? error) as NodeJS.ErrnoException;
    return failed(address.shown, "a Redis server that answers", message || code || "none", last ?? error);
  }
  isOpen = true;
  const all = new Set<Redis>();
  remembered(client, all);
  return {
    client,
    disconnect() {
      for (const one of all) one.disconnect();
    },
  };
}
