/** Addresses of queues: what is read, what is refused, and that no refusal shows a secret. */
import { expect, test } from "vitest";
import { parseQueueAddress } from "../../../src/jobs/queue/address.ts";
import { requireServer } from "../../../src/jobs/queue/server.ts";
import { messageOf } from "../../message-of.ts";

test.each([
  [
    "redis://localhost",
    { host: "localhost", port: 6379, db: 0, isEncrypted: false, shown: "redis://localhost:6379/0" },
  ],
  ["rediss://[::1]:7000/3", { host: "::1", port: 7000, db: 3, isEncrypted: true, shown: "rediss://[::1]:7000/3" }],
  [
    "redis://me:p%40ss@host:1/2",
    { host: "host", port: 1, db: 2, isEncrypted: false, username: "me", password: "p@ss", shown: "redis://host:1/2" },
  ],
])("%s is read", (text, expected) => {
  expect(parseQueueAddress("--queue", text)).toEqual(expected);
});

test("the password comes from the environment where the address has none", () => {
  const environment = { BLINDSPOT_QUEUE_PASSWORD: "from outside" };
  expect(parseQueueAddress("--queue", "redis://host", environment).password).toBe("from outside");
  expect(parseQueueAddress("--queue", "redis://:own@host", environment).password).toBe("own");
});

test.each([
  "http://user:secret@host",
  "redis://:secret@host:port",
  "redis://:secret@host/name",
  "redis://:secret@host/0?password=secret",
  "redis://:secret",
  ":secret@host",
  "redis://:se/cret@host:x",
])("%s is refused, and its secret is not shown", (text) => {
  const message = messageOf(() => parseQueueAddress("--queue", text));
  expect(message).toMatch(
    /^--queue: expected redis:\/\/ or rediss:\/\/host:port\/database, got (redis:\/\/\.\.\.|http:\/\/\.\.\.|another text)$/,
  );
  expect(message).not.toMatch(/secret|cret/);
});

test.each([
  ["redis_version:5.0.14\r\nmaxmemory_policy:noeviction", "Redis 6.2 or later, or Valkey, got Redis 5.0.14"],
  ["redis_version:6.0.16", "Redis 6.2 or later, or Valkey, got Redis 6.0.16"],
  ["", "Redis 6.2 or later, or Valkey, got a server that does not say what it is"],
  [
    "redis_version:7.0.15\r\nmaxmemory_policy:allkeys-lru",
    "maxmemory-policy noeviction, which loses no job when memory is full, got allkeys-lru",
  ],
])("a server that says %j is refused", (info, message) => {
  expect(messageOf(() => requireServer("redis://host:1/0", info))).toBe(`redis://host:1/0: expected ${message}`);
});

test("Redis 6.2 and later, and every Valkey, is taken", () => {
  for (const info of [
    "redis_version:6.2.0",
    "redis_version:7.0.15\r\nmaxmemory_policy:noeviction",
    "redis_version:7.2.4\r\nvalkey_version:8.0.1",
  ]) {
    requireServer("redis://host:1/0", info);
  }
});
