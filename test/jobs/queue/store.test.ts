/** Stores: the same promises of each kind, against a real folder, a real redis-server, a real web server. */
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { folderStore } from "../../../src/jobs/store/folder.ts";
import { httpStore } from "../../../src/jobs/store/http.ts";
import { redisStore } from "../../../src/jobs/store/redis.ts";
import { type BlobStore, blobRef, findBlob, getBlob, putBlob } from "../../../src/jobs/store/store.ts";
import { keepingServer } from "../../support/keeping-server.ts";
import { NO_REDIS, startRedis, withRedis } from "../../support/redis.ts";
import { temporaryFolder } from "../../temporary.ts";

interface Kept {
  store: BlobStore;
  /** Puts other bytes under a name. */
  corrupt(sha256: string, content: Uint8Array): Promise<void>;
}

const KINDS: Record<string, { skip?: string | undefined; open: () => Promise<Kept> }> = {
  "a folder": {
    open: async () => {
      const folder = join(temporaryFolder(), "store");
      return {
        store: folderStore(folder),
        corrupt: async (sha256, content) => writeFileSync(join(folder, sha256.slice(0, 2), sha256), content),
      };
    },
  },
  Redis: {
    skip: NO_REDIS,
    open: async () => {
      const { port, client } = await startRedis();
      const own = new Redis(port, "127.0.0.1");
      onTestFinished(() => own.disconnect());
      return {
        store: redisStore(own, "redis://127.0.0.1", "test"),
        corrupt: async (sha256, content) => {
          await client.set(`test:blob:${sha256}`, Buffer.from(content));
        },
      };
    },
  },
  "a web server": {
    open: async () => {
      const { kept, port } = await keepingServer();
      return {
        store: httpStore(new URL(`http://me:secret@127.0.0.1:${port}/blobs/`)),
        corrupt: async (sha256, content) => {
          kept.set(`/blobs/${sha256}`, Buffer.from(content));
        },
      };
    },
  },
};

const CONTENT = Uint8Array.from({ length: 70_000 }, (_, i) => (i * i) % 251);

for (const [kind, { skip, open }] of Object.entries(KINDS)) {
  describe(skip ? withRedis(kind) : kind, { skip: skip !== undefined }, () => {
    test("gives back what it was given, stores it once, and forgets what is dropped", async () => {
      const { store } = await open();
      const traffic = { stored: 0, fetched: 0 };
      const ref = await putBlob(store, CONTENT, traffic);
      expect(ref).toEqual(blobRef(CONTENT));
      expect(await putBlob(store, CONTENT, traffic)).toEqual(ref);
      expect(traffic).toEqual({ stored: CONTENT.length, fetched: 0 });
      expect(Buffer.compare(await getBlob(store, ref, traffic), CONTENT)).toBe(0);
      expect(traffic.fetched).toBe(CONTENT.length);
      expect((await findBlob(store, await putBlob(store, new Uint8Array())))?.length).toBe(0);
      await store.drop(ref.sha256);
      await store.drop(ref.sha256);
      expect(await store.has(ref.sha256)).toBe(false);
      expect(await findBlob(store, ref)).toBeUndefined();
      await expect(getBlob(store, ref)).rejects.toThrow(
        `expected the 70000 bytes of ${ref.sha256.slice(0, 16)}, got nothing`,
      );
      await store.close();
    });

    for (const [how, content, got] of [
      ["others of the same length", CONTENT.with(5, 0), "others of that length"],
      ["fewer", CONTENT.subarray(1), "69999 bytes"],
      ["more", new Uint8Array(90_000), "more than 70000 bytes"],
    ] as const) {
      test(`refuses and drops ${how} than were asked for`, async () => {
        const { store, corrupt } = await open();
        const ref = await putBlob(store, CONTENT);
        await corrupt(ref.sha256, content);
        await expect(findBlob(store, ref)).rejects.toThrow(
          `${store.name}: expected the 70000 bytes of ${ref.sha256.slice(0, 16)}, got ${got}`,
        );
        expect(await store.has(ref.sha256)).toBe(false);
        await store.close();
      });
    }
  });
}

test("a folder that cannot be made is refused in one line", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const store = folderStore(join(folder, "file"));
  await expect(putBlob(store, CONTENT)).rejects.toThrow(
    /^[^:]*: expected [^:]*, got a file in the place of a folder \(ENOTDIR\)$/,
  );
  if (process.getuid?.() === 0) return; // root may write everywhere
  mkdirSync(join(folder, "closed"));
  chmodSync(join(folder, "closed"), 0o500);
  await expect(putBlob(folderStore(join(folder, "closed")), CONTENT)).rejects.toThrow("permission denied (EACCES)");
});

test("a folder holds whole files alone", async () => {
  const folder = temporaryFolder();
  const { sha256 } = await putBlob(folderStore(folder), CONTENT);
  expect(readdirSync(folder)).toEqual([sha256.slice(0, 2)]);
  expect(readdirSync(join(folder, sha256.slice(0, 2)))).toEqual([sha256]);
  expect(existsSync(join(folder, sha256.slice(0, 2), sha256))).toBe(true);
});

describe("a web server", () => {
  test("is asked by its address and password, neither of which its name shows", async () => {
    const { port, asked } = await keepingServer();
    const store = httpStore(new URL(`http://me:secret@127.0.0.1:${port}/blobs?key=hidden`));
    expect(store.name).toBe(`http://127.0.0.1:${port}/blobs`);
    const { sha256 } = await putBlob(store, CONTENT);
    expect(asked).toEqual([`HEAD /blobs/${sha256}?key=hidden`, `PUT /blobs/${sha256}?key=hidden`]);
    const wrong = httpStore(new URL(`http://me:guess@127.0.0.1:${port}/blobs`));
    await expect(wrong.has(sha256)).rejects.toThrow(
      `http://127.0.0.1:${port}/blobs: expected an answer to HEAD, got 401 Unauthorized`,
    );
  });

  test("that sends elsewhere, or is not there, is refused", async () => {
    const { port, asked } = await keepingServer();
    const store = httpStore(new URL(`http://me:secret@127.0.0.1:${port}`));
    await expect(store.get("moved", 10)).rejects.toThrow("expected an answer to GET, got");
    expect(asked).toEqual(["GET /moved"]);
    const gone = httpStore(new URL("http://127.0.0.1:1/blobs"));
    await expect(gone.has("any")).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1\/blobs: expected an answer to HEAD, got /);
  });
});
