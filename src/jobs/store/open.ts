/** The store of an address: the queue's own Redis where none is given, a folder, or a web server. */
import type { Redis } from "ioredis";
import { outOfRange } from "../../check.ts";
import { folderStore } from "./folder.ts";
import { httpStore } from "./http.ts";
import { redisStore } from "./redis.ts";
import type { BlobStore } from "./store.ts";

export interface OpenStore {
  store: BlobStore;
  /** As a job names it: "queue", "folder", or the address of a web server without secrets. */
  named: string;
}

const isWeb = (address: string): boolean => /^https?:\/\//i.test(address);

/** A store by the address that a user gave; `redis` opens a connection of its own for that of the queue. */
export function openStore(
  subject: string,
  address: string | undefined,
  redis: { client: () => Redis; shown: string; prefix: string },
): OpenStore {
  if (address === undefined) return { store: redisStore(redis.client(), redis.shown, redis.prefix), named: "queue" };
  if (isWeb(address)) {
    if (!URL.canParse(address))
      outOfRange(subject, "a folder, or the address of a web server", "one that cannot be read");
    const store = httpStore(new URL(address));
    return { store, named: store.name };
  }
  return { store: folderStore(address), named: "folder" };
}

/** The origin of an address that may be on a list of allowed ones. */
export function originOf(subject: string, address: string): string {
  if (!isWeb(address) || !URL.canParse(address))
    outOfRange(subject, "an origin, such as https://store.example", "another text");
  return new URL(address).origin;
}
