/**
 * A store behind a web server that keeps what is put to it (S3 by way of a gateway, WebDAV, nginx): `<address>/<sha256>` by GET,
 * HEAD, PUT and DELETE. A redirection is not followed: it could lead to an address that nobody allowed.
 */
import { failed } from "../../check.ts";
import type { BlobStore } from "./store.ts";

/** An address without user, password, query and fragment: as it may be shown, and as a job names it. */
export function shownAddress(address: URL): string {
  return `${address.origin}${address.pathname.replace(/\/$/, "")}`;
}

export function httpStore(address: URL): BlobStore {
  const name = shownAddress(address);
  const { username, password, search } = address;
  const who = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const headers: Record<string, string> = username === "" ? {} : { authorization: `Basic ${who}` };

  /** The answer, or undefined where there is no such blob. */
  async function ask(method: string, sha256: string, content?: Uint8Array): Promise<Response | undefined> {
    let answer: Response;
    try {
      const body = content && Buffer.from(content); // a copy: fetch takes no shared memory
      answer = await fetch(`${name}/${sha256}${search}`, { method, headers, redirect: "error", ...(body && { body }) });
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      return failed(name, `an answer to ${method}`, cause instanceof Error ? cause.message : String(error), error);
    }
    if (answer.ok) return answer;
    await answer.body?.cancel();
    if (answer.status === 404 && method !== "PUT") return undefined;
    return failed(name, `an answer to ${method}`, `${answer.status} ${answer.statusText}`.trim());
  }

  return {
    name,
    async has(sha256) {
      return (await ask("HEAD", sha256)) !== undefined;
    },
    async put(sha256, content) {
      await (await ask("PUT", sha256, content))?.body?.cancel();
    },
    async get(sha256, most) {
      const answer = await ask("GET", sha256);
      if (answer === undefined) return undefined;
      const parts: Uint8Array[] = [];
      let bytes = 0;
      for await (const part of answer.body ?? []) {
        parts.push(part);
        bytes += part.length;
        if (bytes > most) break; // more than was asked for is wrong already
      }
      return Buffer.concat(parts);
    },
    async drop(sha256) {
      await ask("DELETE", sha256);
    },
    async close() {},
  };
}
