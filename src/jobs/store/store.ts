/**
 * Where models, data and results lie that travel between machines: bytes under their own SHA-256. What was stored once is stored
 * for everybody, nothing that is there is ever changed, and what arrives is checked against the name it was asked by.
 */
import { createHash } from "node:crypto";
import { ERROR_CODES, type ErrorCode, failed } from "../../check.ts";

/** Some bytes by what they hold. */
export interface BlobRef {
  /** SHA-256, 64 hexadecimal digits. */
  sha256: string;
  bytes: number;
}

/** A place that keeps bytes by their SHA-256. It checks nothing: `putBlob` and `getBlob` do. */
export interface BlobStore {
  /** As it may be shown: without secrets. */
  readonly name: string;
  has(sha256: string): Promise<boolean>;
  put(sha256: string, content: Uint8Array): Promise<void>;
  /** What lies there, of which no more than `most` bytes and one are read; undefined where nothing does. */
  get(sha256: string, most: number): Promise<Uint8Array | undefined>;
  /** Lets go of bytes that are not what their name says, so that they can be stored again. */
  drop(sha256: string): Promise<void>;
  close(): Promise<void>;
}

/** Bytes that went in and out. */
export interface Traffic {
  stored: number;
  fetched: number;
}

/** A store that cannot be used: its disk is full, it does not answer, or it answers with other bytes than those asked for. */
export class StoreError extends Error {
  override name = "StoreError";
  readonly code: ErrorCode = ERROR_CODES.SYSTEM;
}

async function ask<T>(asked: () => Promise<T>): Promise<T> {
  try {
    return await asked();
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError((error as Error).message, { cause: error });
  }
}

export function blobRef(content: Uint8Array): BlobRef {
  return { sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length };
}

/** Stores bytes, unless they are there. */
export async function putBlob(store: BlobStore, content: Uint8Array, traffic?: Traffic): Promise<BlobRef> {
  const ref = blobRef(content);
  if (await ask(() => store.has(ref.sha256))) return ref;
  await ask(() => store.put(ref.sha256, content));
  if (traffic) traffic.stored += content.length;
  return ref;
}

/** The bytes of a reference; undefined where the store has none. Others than those asked for are dropped and refused. */
export async function findBlob(
  store: BlobStore,
  { sha256, bytes }: BlobRef,
  traffic?: Traffic,
): Promise<Uint8Array | undefined> {
  const content = await ask(() => store.get(sha256, bytes));
  if (content === undefined) return undefined;
  if (traffic) traffic.fetched += content.length;
  const isRight = content.length === bytes && blobRef(content).sha256 === sha256;
  if (!isRight) {
    await ask(() => store.drop(sha256));
    const length = content.length > bytes ? `more than ${bytes}` : String(content.length);
    const got = content.length === bytes ? "others of that length" : `${length} bytes`;
    const message = `${store.name}: expected the ${bytes} bytes of ${sha256.slice(0, 16)}, got ${got}`;
    throw new StoreError(message);
  }
  return content;
}

/** The bytes of a reference, which must be there. */
export async function getBlob(store: BlobStore, ref: BlobRef, traffic?: Traffic): Promise<Uint8Array> {
  const content = await findBlob(store, ref, traffic);
  return content ?? failed(store.name, `the ${ref.bytes} bytes of ${ref.sha256.slice(0, 16)}`, "nothing");
}
