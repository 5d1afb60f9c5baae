/**
 * One run at a time in one place: a file that names the process that holds it. A process that was killed leaves its
 * file behind; the next run sees that the process is gone and takes the file over.
 *
 * Numbers of processes are used again, after a restart of the machine or in a new container even at once. Where the system
 * tells when a process started (Linux), the file holds that too, and a number with another start is another process.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { failed } from "../check.ts";
import { errorCode, fileFailed } from "../node/file-error.ts";

interface Holder {
  pid: number;
  host: string;
  /** When the process started, as its system counts; null where it does not tell. */
  started: string | null;
}

/** Locks of this process, for its own number says nothing of which of its runs holds one. */
const held = new Set<string>();
let takenOver = 0;

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

function isRunning(path: string, holder: Holder): boolean {
  if (holder.host !== hostname()) return true; // it cannot be asked from here
  if (holder.pid === process.pid) {
    if (holder.started !== null && holder.started !== startOf(process.pid)) return false;
    return held.has(path);
  }
  const started = startOf(holder.pid);
  if (started !== null && holder.started !== null) return started === holder.started;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** What a lock says; undefined where it says nothing: it is gone, or being written, or its writer died over it. */
function holderOf(text: string): Holder | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Holder>;
    if (typeof pid === "number" && typeof host === "string") return { pid, host, started: started ?? null };
  } catch {
    // not whole
  }
  return undefined;
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    return fileFailed(path, "a lock that can be read", error);
  }
}

/** Whether the lock was free and is now ours. */
function claim(path: string): boolean {
  const holder: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  try {
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    try {
      rmSync(path, { force: true }); // created, but not written: the disk is full
    } catch {
      // not created either
    }
    return fileFailed(path, "a lock that can be written", error);
  }
}

/** Puts a lock aside that was found stale. Another process may have been quicker and hold it anew: then it goes back. */
function removeStale(path: string, found: string): void {
  const aside = `${path}.stale-${process.pid}-${takenOver++}`;
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
    // Another process may be between creating the file and writing it.
    if (!holder && attempt < ATTEMPTS) await new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS));
    else removeStale(path, text);
  }
  held.add(path);
  return () => {
    if (held.delete(path)) rmSync(path, { force: true });
  };
}
