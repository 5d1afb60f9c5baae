/**
 * What a long run has finished, record by record, so that the run goes on from there after a kill, a power cut or a full
 * disk: one file that only grows, bound to the run that it belongs to (as `checkpoint.ts` is), held by one process.
 *
 *     "blindspot journal 2\n"
 *     records, the first being the run's description:
 *       u32  MARK
 *       u32  length of the body in bytes
 *       u64  position of the record, from 0
 *       u8[16]  the checksum of the record before; zeros in the first
 *       u8[16]  SHA-256 of all that stands before it in the record and of the body, its first 16 bytes
 *       u8[length]  the body, as `record.ts` writes it
 *
 * What was written when a process is killed stays written: the system keeps it. It is forced to the disk at most
 * SYNC_MILLISECONDS later, so that a power cut loses about a second. A kill may cut the last record, which is then dropped. A
 * damaged record with a whole one behind it was not cut but changed, and the file is refused. So is one whose records are
 * whole but not in their order: each holds its position and the checksum of the one before.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { failed, outOfRange, requireOptions } from "../check.ts";
import { syncFolder } from "../node/atomic-file.ts";
import { errorCode, fileFailed } from "../node/file-error.ts";
import { lockRun } from "../node/run-lock.ts";
import { type RunDescription, requireSameRun } from "./checkpoint.ts";
import { decodeRecord, encodeRecord, type Plain } from "./record.ts";

const MAGIC = new TextEncoder().encode("blindspot journal 2\n");
const MAGIC_1 = new TextEncoder().encode("blindspot journal 1\n");
const MARK = 0x64726a62; // "bjrd"
/** Where in a record its position, the checksum before and its own begin, and where they end. */
const POSITION = 8;
const BEFORE = 16;
const OWN = 32;
const HEAD = 48;
const SYNC_MILLISECONDS = 1000;
/** A body that is longer is no body: nothing of it is read. */
const LONGEST = 2 ** 31 - 1;

/** How a journal is opened. */
export interface JournalOptions {
  /** Called for each record that an earlier run left, in their order, before `Journal.open` returns. */
  onRecord?: (record: Plain) => void;
}

/** The checksum before the first record. */
const START: Uint8Array = new Uint8Array(OWN - BEFORE);

/** Records as they lie in the file: each is made of a value and what stands before it. */
class Chain {
  private position = 0;
  private before = START;

  /** The bytes of the next record. */
  frame(value: Plain): Uint8Array<ArrayBuffer> {
    const body = encodeRecord(value);
    if (body.length > LONGEST) outOfRange("record", `at most ${LONGEST} bytes`, `${body.length}`);
    const record = new Uint8Array(HEAD + body.length);
    const view = new DataView(record.buffer);
    view.setUint32(0, MARK, true);
    view.setUint32(4, body.length, true);
    view.setBigUint64(POSITION, BigInt(this.position), true);
    record.set(this.before, BEFORE);
    record.set(body, HEAD);
    record.set(checksum(record, body), OWN);
    this.add(record);
    return record;
  }

  /** Whether a record, whole in itself, is the next one. */
  continues(head: Uint8Array): boolean {
    const view = new DataView(head.buffer, head.byteOffset, HEAD);
    const isNext = view.getBigUint64(POSITION, true) === BigInt(this.position);
    return isNext && this.before.every((byte, i) => byte === head[BEFORE + i]);
  }

  /** Goes on behind a record. */
  add(head: Uint8Array): void {
    this.position++;
    this.before = head.slice(OWN, HEAD);
  }
}

function checksum(head: Uint8Array, body: Uint8Array): Uint8Array {
  return createHash("sha256")
    .update(head.subarray(0, OWN))
    .update(body)
    .digest()
    .subarray(0, HEAD - OWN);
}

/** Bytes of the body of the record that begins with these bytes; undefined where they begin none that fits in `room`. */
function bodyLength(head: Uint8Array, room: number): number | undefined {
  if (head.length < HEAD) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, HEAD);
  const length = view.getUint32(4, true);
  return view.getUint32(0, true) === MARK && HEAD + length <= room ? length : undefined;
}

function isWhole(head: Uint8Array, body: Uint8Array): boolean {
  return checksum(head, body).every((byte, i) => byte === head[OWN + i]);
}

/** Whether a whole record begins anywhere in the bytes but at their start. */
function holdsRecord(bytes: Buffer): boolean {
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(MARK);
  for (let at = bytes.indexOf(mark, 1); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    const head = bytes.subarray(at, at + HEAD);
    const length = bodyLength(head, bytes.length - at);
    if (length !== undefined && isWhole(head, bytes.subarray(at + HEAD, at + HEAD + length))) return true;
  }
  return false;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** An append-only file of records, each with a checksum: what a run has finished, so that it can be resumed. */
export class Journal {
  /** The file. */
  readonly path: string;
  /** Records that an earlier run left. */
  readonly resumed: number;
  /** Records in the journal, those of this run too. */
  records: number;
  /** Bytes of a cut or damaged last record that were dropped when the journal was opened. */
  readonly dropped: number;
  private readonly file: FileHandle;
  private readonly unlock: () => void;
  /** Where the last whole record ends. */
  private end: number;
  private last: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private waiting: Uint8Array[] = [];
  private readonly chain: Chain;
  private failure: unknown;
  /** Whether the folder's entry for the file is on the disk. */
  private isListed = false;
  private syncing: NodeJS.Timeout | undefined;

  private constructor(path: string, file: FileHandle, unlock: () => void, found: Found) {
    this.path = path;
    this.file = file;
    this.unlock = unlock;
    this.end = found.end;
    this.chain = found.chain;
    this.resumed = found.records;
    this.records = found.records;
    this.dropped = found.dropped;
  }

  /**
   * Opens the journal of a run, or begins one. Refuses one that another process holds, that of a run with another
   * description (naming the first difference), and one that was changed in its middle. `<path>.lock` is its lock.
   */
  static async open(path: string, run: RunDescription, options: JournalOptions = {}): Promise<Journal> {
    requireOptions("Journal.open", options, { onRecord: true });
    const unlock = await lockRun(path, `${path}.lock`);
    let file: FileHandle | undefined;
    try {
      file = await openOrCreate(path);
      const found = await readThrough(path, file, run, options.onRecord);
      const journal = new Journal(path, file, unlock, found);
      if (found.dropped > 0) await file.truncate(found.end);
      if (found.isNew) {
        const description = journal.chain.frame(run);
        const start = new Uint8Array(MAGIC.length + description.length);
        start.set(MAGIC);
        start.set(description, MAGIC.length);
        await journal.write(start);
      }
      return journal;
    } catch (error) {
      await file?.close().catch(() => {});
      unlock();
      return fileFailed(path, "a journal that can be read and written", error);
    }
  }

  /** Adds a record; returns when the system has it. After a failure (a full disk) the journal takes no more. */
  async append(record: Plain): Promise<void> {
    await this.write(this.chain.frame(record));
    this.records++;
  }

  /** Writes run one behind the other; what comes during one goes into the next together. */
  private write(bytes: Uint8Array): Promise<void> {
    this.waiting.push(bytes);
    this.next ??= this.last
      .catch(() => {})
      .then(() => {
        const batch = Buffer.concat(this.waiting);
        this.waiting = [];
        this.next = undefined;
        return this.writeNow(batch);
      });
    this.last = this.next;
    return this.next;
  }

  private async writeNow(bytes: Uint8Array): Promise<void> {
    if (this.failure === undefined) {
      try {
        for (let done = 0; done < bytes.length; ) {
          done += (await this.file.write(bytes, done, bytes.length - done, this.end + done)).bytesWritten;
        }
        this.end += bytes.length;
        this.syncing ??= setTimeout(() => this.sync(), SYNC_MILLISECONDS).unref();
        return;
      } catch (error) {
        this.failure = error;
        await this.file.truncate(this.end).catch(() => {}); // else the next run drops what was begun
      }
    }
    fileFailed(this.path, "a journal that can be written", this.failure);
  }

  private async sync(): Promise<void> {
    this.syncing = undefined;
    try {
      await this.file.datasync();
      if (!this.isListed) await syncFolder(dirname(this.path));
      this.isListed = true;
    } catch (error) {
      this.failure ??= error;
    }
  }

  /** Forces everything to the disk and lets go of the file; what was written stays for the next run. */
  async close(): Promise<void> {
    await this.last.catch(() => {});
    clearTimeout(this.syncing);
    try {
      await this.sync();
      await this.file.close();
    } finally {
      this.unlock();
    }
  }

  /** Lets go of the file and removes it: the run has ended and its results are in place. */
  async remove(): Promise<void> {
    await this.last.catch(() => {});
    clearTimeout(this.syncing);
    try {
      await this.file.close();
      await rm(this.path, { force: true });
    } finally {
      this.unlock();
    }
  }
}

/** What lies in a file. */
interface Found {
  /** Whether the run's description has yet to be written. */
  isNew: boolean;
  records: number;
  end: number;
  dropped: number;
  /** The records that are there, to go on from. */
  chain: Chain;
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    // Without waiting: a named pipe, whose reading never ends, is refused like all that is no regular file.
    const file = await open(path, constants.O_RDWR | (constants.O_NONBLOCK ?? 0));
    if ((await file.stat()).isFile()) return file;
    await file.close();
    failed(path, "a journal, or nothing there", "what is no file");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return open(path, "wx+");
  }
}

async function readThrough(
  path: string,
  file: FileHandle,
  run: RunDescription,
  onRecord: JournalOptions["onRecord"],
): Promise<Found> {
  const { size } = await file.stat();
  const magic = await readAt(file, 0, Math.min(size, MAGIC.length));
  if (!magic.every((byte, i) => byte === MAGIC[i])) {
    const isOld = magic.every((byte, i) => byte === MAGIC_1[i]);
    const got = isOld ? "one of version 1, whose records were not chained" : "a file of another kind";
    failed(path, "a blindspot journal 2; delete the file to start over", got);
  }
  const nothing = (): Found => ({ isNew: true, records: 0, end: 0, dropped: size, chain: new Chain() });
  if (size < MAGIC.length) return nothing();
  const chain = new Chain();
  let at = MAGIC.length;
  let records = -1; // the description is none
  while (at < size) {
    const head = await readAt(file, at, Math.min(HEAD, size - at));
    const length = bodyLength(head, size - at);
    const body = length === undefined ? undefined : await readAt(file, at + HEAD, length);
    if (body === undefined || !isWhole(head, body)) {
      if (holdsRecord(await readAt(file, at, size - at))) {
        failed(path, "whole records; delete the file to start over", `a damaged one at byte ${at}, before others`);
      }
      break;
    }
    if (!chain.continues(head)) {
      const order = "records in the order in which they were written; delete the file to start over";
      failed(path, order, `another one at byte ${at}: some were moved, doubled or removed`);
    }
    chain.add(head);
    const value = decodeRecord(body);
    if (records < 0) requireSameRun(path, value as RunDescription, run);
    else onRecord?.(value);
    records++;
    at += HEAD + body.length;
  }
  return records < 0 ? nothing() : { isNew: false, records, end: at, dropped: size - at, chain };
}
