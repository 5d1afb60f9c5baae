/** Workers of a queue as processes of their own, and what they say of themselves. */
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { resultsOf, start, until } from "../cli/built.ts";

/** A line of a worker's log. */
export interface WorkerEvent {
  event: string;
  shard?: string;
  try?: number;
  error?: string;
  why?: string;
  got?: string;
}

export function eventsOf(text: string): WorkerEvent[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line));
}

export interface WorkerProcess extends ReturnType<typeof start> {
  child: ChildProcess;
  events(): WorkerEvent[];
  /** Waits until it has said so, or has ended. */
  said(event: string): Promise<void>;
}

/** A worker of one thread. */
export function spawnWorker(url: string, ...more: string[]): WorkerProcess {
  const worker = start(["worker", "--queue", url, "--workers", "1", ...more]);
  let hasEnded = false;
  worker.end.then(() => {
    hasEnded = true;
  });
  return {
    ...worker,
    events: () => eventsOf(worker.text.err),
    said: (event) => until(() => hasEnded || worker.text.err.includes(`"event":"${event}"`)),
  };
}

/** The same, once it takes shards. */
export async function startWorker(url: string, ...more: string[]): Promise<WorkerProcess> {
  const worker = spawnWorker(url, ...more);
  await worker.said("worker started");
  return worker;
}

/** What a folder holds, but for how long it took: its record, and the SHA-256 of every file that has no time in it. */
export function comparable(out: string) {
  const { timing: _, ...record } = resultsOf(out);
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(out, join(parentPath, name)))
    .filter((name) => !["results.json", "index.html", ".blindspot.json"].includes(name))
    .map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(out, name)))
        .digest("hex"),
    ]);
  return { record, files: Object.fromEntries(files) as Record<string, string> };
}
