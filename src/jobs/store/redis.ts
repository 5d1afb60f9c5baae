/** A store in Redis, for what is small. A blob that nobody asks for is gone after KEPT_SECONDS. */
import type { Redis } from "ioredis";
import { failed } from "../../check.ts";
import type { BlobStore } from "./store.ts";

/** A week: a run that was stopped is resumed before. */
export const KEPT_SECONDS = 7 * 24 * 3600;

/** `client` waits for a server that is gone for a while; it is closed with the store. */
export function redisStore(client: Redis, name: string, prefix: string): BlobStore {
  const key = (sha256: string) => `${prefix}:blob:${sha256}`;
  return {
    name,
    async has(sha256) {
      return (await client.expire(key(sha256), KEPT_SECONDS)) === 1;
    },
    async put(sha256, content) {
      try {
        await client.set(
          key(sha256),
          Buffer.from(content.buffer, content.byteOffset, content.length),
          "EX",
          KEPT_SECONDS,
        );
      } catch (error) {
        // OOM is the server's word for a memory that is full; everything else is a message of its own too.
        failed(name, `room for ${content.length} bytes`, (error as Error).message, error);
      }
    },
    async get(sha256, most) {
      const [[, content], [, isThere]] = (await client
        .multi()
        .getrangeBuffer(key(sha256), 0, most)
        .expire(key(sha256), KEPT_SECONDS)
        .exec()) as [[null, Buffer], [null, number]];
      return isThere === 1 ? content : undefined;
    },
    async drop(sha256) {
      await client.del(key(sha256));
    },
    async close() {
      client.disconnect();
    },
  };
}
