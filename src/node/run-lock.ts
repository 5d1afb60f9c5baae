/**
 * One run at a time in one place: a file that names the process that holds it. A process that was killed leaves its
 * file behind; the next run sees that the process is gone and takes the file over.
 *
 * Numbers of processes are used again, after a restart of the machine or in a new container even at once. Where the system
 * tells when a process started (Linux), the file holds that too, and a number with another start is another process.
 *
 * Containers of one machine may have the same host name, and each counts its processes from 1: a number means nothing in another
 * space of process numbers. A holder renews the time of its file, and one of another space lives as long as it does.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { failed } from "../check.ts";
import { errorCode, fileFailed } from "./file-error.ts";

/** A process, told from others that have or had its number. */
export interface Holder {
  pid: number;
  host: string;
  /** When the process started, as its system counts; null where it does not tell. */
  started: string | null;
  /** The space of process numbers that the pid belongs to; null where the system does not tell. */
  space: string | null;
}

/** How often a holder renews the time of its lock, and after how long without it another space's holder counts as gone. */
const RENEWAL_MILLISECONDS = 20_000;
const SILENCE_MILLISECONDS = 15 * 60_000; // between two turns of the event loop a step of a large training may take minutes

/** Locks of this process and what is written in them, for its own number says nothing of which of its runs holds one. */
const held = new Map<string, string>();
let releasesAtExit = false;

/** Which machine start and which moment after it a process began, or null where the system does not tell or there is no such process. */
function startOf(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the command stands in brackets and may hold spaces; the start is the 22nd field, 20th behind it.
    return `${boot} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return null;
  }
}

function ownSpace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

export function thisProcess(): Holder {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid), space: ownSpace() };
}

/** Whether a process lives, as far as can be told from here: one of another machine counts as living. */
export function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  const started = startOf(holder.pid);
  if (started !== null && holder.started !== null) return started === holder.started;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** Whether two processes on the machine were started in the same run of it, as far as they tell. */
function isSameBoot(a: Holder, b: Holder): boolean {
  const bootOf = ({ started }: Holder) => started?.split(" ")[0];
  return bootOf(a) === bootOf(b);
}

function isRunning(path: string, holder: Holder): boolean {
  const here = thisProcess();
  const isElsewhere = holder.space !== null && here.space !== null && holder.space !== here.space;
  if (isElsewhere && holder.host === here.host && isSameBoot(holder, here)) return !isSilent(path);
  return isAlive(holder) && (holder.pid !== process.pid || holder.host !== hostname() || held.has(path));
}

/** Whether nobody has renewed a lock for long. */
function isSilent(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found === undefined || Date.now() - found.mtimeMs > SILENCE_MILLISECONDS;
}

/** Renews the locks of this process, for as long as it holds one. */
function renew(): void {
  const now = new Date();
  for (const [path, text] of held) {
    try {
      if (readLock(path) === text) utimesSync(path, now, now);
    } catch {
      // A lock that cannot be renewed is still one: at worst another space's process takes it over.
    }
  }
}

/** What a lock says; undefined where it is none, or not written to its end. */
function holderOf(text: string): Holder | undefined {
  try {
    const { generator, pid, host, started, space } = JSON.parse(text) as Partial<Holder> & { generator?: string };
    if (generator !== "blindspot" || typeof pid !== "number" || typeof host !== "string") return undefined;
    return { pid, host, started: started ?? null, space: space ?? null };
  } catch {
    return undefined;
  }
}

function readLock(path: string): string | undefined {
  try {
    if (!lstatSync(path).isFile()) failed(path, "a lock, or nothing there", "what is no file");
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    return fileFailed(path, "a lock that can be read", error);
  }
}

/** Whether the lock was free and is now ours. */
function claim(path: string): boolean {
  const text = `${JSON.stringify({ generator: "blindspot", ...thisProcess() })}\n`;
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    return fileFailed(path, "a lock that can be written", error);
  }
  try {
    writeSync(file, text);
  } catch (error) {
    rmSync(path, { force: true }); // created, but not written: the disk is full
    return fileFailed(path, "a lock that can be written", error);
  } finally {
    closeSync(file);
  }
  held.set(path, text);
  return true;
}

/** Removes a lock of this process, unless it has been taken over. */
function release(path: string): void {
  const text = held.get(path);
  held.delete(path);
  if (text !== undefined && readLock(path) === text) rmSync(path, { force: true });
}

/** Puts a lock aside that was found stale. Another process may have been quicker and hold it anew: then it goes back. */
function removeStale(path: string, found: string): void {
  const aside = `${path}.stale-${randomBytes(6).toString("hex")}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    fileFailed(path, "a lock that can be taken over", error);
  }
  if (readLock(aside) === found) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

const PATIENCE_MILLISECONDS = 20;
const ATTEMPTS = 10;

/**
 * Takes the lock `path`, or refuses, naming who holds it. Returns what releases it. What the lock guards is named by
 * `subject`, for the error.
 */
export async function lockRun(subject: string, path: string): Promise<() => void> {
  for (let attempt = 1; ; attempt++) {
    if (claim(path)) break;
    const text = readLock(path);
    if (text === undefined) continue;
    const holder = holderOf(text);
    if (holder && isRunning(path, holder)) {
      failed(
        subject,
        "one run at a time",
        `a second one: process ${holder.pid} on ${holder.host} is at it (if it is not, delete ${path})`,
      );
    }
    if (holder) removeStale(path, text);
    // Another process may be between creating the file and writing it.
    else if (attempt < ATTEMPTS) await new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS));
    else
      failed(
        subject,
        `a lock of Blindspot at ${path}, or nothing there`,
        "another file (if it is nobody's, delete it)",
      );
  }
  if (!releasesAtExit) {
    releasesAtExit = true;
    setInterval(renew, RENEWAL_MILLISECONDS).unref();
    process.on("exit", () => {
      for (const lock of held.keys()) release(lock);
    });
  }
  return () => release(path);
}
