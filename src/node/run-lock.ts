/**
 * One run at a time in one place: a file that names the process that holds it. A process that was killed leaves its
 * file behind; the next run sees that the process is gone and takes the file over.
 *
 * Numbers of processes are used again, after a restart of the machine or in a new container even at once. Where the system
 * tells when a process started (Linux), the file holds that too, and a number with another start is another process.
 */
import { randomBytes } from "node:crypto";
import { closeSync, lstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
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
}

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

export function thisProcess(): Holder {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid) };
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

function isRunning(path: string, holder: Holder): boolean {
  return isAlive(holder) && (holder.pid !== process.pid || holder.host !== hostname() || held.has(path));
}

/** What a lock says; undefined where it is none, or not written to its end. */
function holderOf(text: string): Holder | undefined {
  try {
    const { generator, pid, host, started } = JSON.parse(text) as Partial<Holder> & { generator?: string };
    if (generator !== "blindspot" || typeof pid !== "number" || typeof host !== "string") return undefined;
    return { pid, host, started: started ?? null };
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
    process.on("exit", () => {
      for (const lock of held.keys()) release(lock);
    });
  }
  return () => release(path);
}
