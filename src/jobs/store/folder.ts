/** A store in a folder that all machines see: a file for each blob, in folders by the first two digits of its name. */
import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { writeFileAtomic } from "../../node/atomic-file.ts";
import { errorCode, fileFailed } from "../../node/file-error.ts";
import type { BlobStore } from "./store.ts";

/** What a failed operation means; undefined where there is no such file. */
function nothingThere(file: string, error: unknown): undefined {
  if (errorCode(error) === "ENOENT") return undefined;
  return fileFailed(file, "a file of the store", error);
}

export function folderStore(folder: string): BlobStore {
  const root = resolve(folder);
  const place = (sha256: string) => join(root, sha256.slice(0, 2), sha256);
  return {
    name: root,
    async has(sha256) {
      const found = await stat(place(sha256)).catch((error) => nothingThere(place(sha256), error));
      return found !== undefined;
    },
    async put(sha256, content) {
      const file = place(sha256);
      await mkdir(dirname(file), { recursive: true }).catch((error) =>
        fileFailed(root, "a folder that can be written", error),
      );
      await writeFileAtomic(file, content);
    },
    async get(sha256, most) {
      const file = place(sha256);
      try {
        const handle = await open(file, "r");
        try {
          const { size } = await handle.stat();
          const content = Buffer.alloc(Math.min(size, most + 1));
          let done = 0;
          while (done < content.length) {
            const { bytesRead } = await handle.read(content, done, content.length - done, done);
            if (bytesRead === 0) break;
            done += bytesRead;
          }
          return content.subarray(0, done);
        } finally {
          await handle.close();
        }
      } catch (error) {
        return nothingThere(file, error);
      }
    },
    async drop(sha256) {
      await rm(place(sha256), { force: true });
    },
    async close() {},
  };
}
