/** What runs on each thread of a pool: one job at a time, everything about it told over a port of the job's own. */
import { type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { aborted, codeOf, type ErrorCode } from "../check.ts";
import { networkOf, taskOf } from "../studies/tasks/find.ts";
import { moved } from "./move.ts";

export interface Job {
  name: string;
  /** URL of a module with further tasks. */
  tasks: string | undefined;
  input: unknown;
  port: MessagePort;
}

/** What comes over the port: that the task is loaded and begins, what its task posts, at last its output or its error. */
export type Sent =
  | { kind: "begun" }
  | { kind: "message"; value: unknown }
  | { kind: "output"; value: unknown }
  | { kind: "error"; value: unknown; code: ErrorCode | undefined };

/**
 * Runs a job, unless it was told to stop while its task was loaded. What its task throws is sent like an output: if this
 * fails, the thread is broken.
 */
export default async function work({ name, tasks, input, port }: Job): Promise<void> {
  const send = (kind: Sent["kind"], value?: unknown, code?: ErrorCode) => {
    const transfers: Transferable[] = [];
    port.postMessage({ kind, value: moved(value, transfers, true), code }, transfers);
  };
  const abort = new AbortController();
  try {
    const task = await taskOf(name, tasks);
    if (receiveMessageOnPort(port)) return;
    port.on("message", () => abort.abort(aborted("task")));
    send("begun");
    const post = (message: unknown) => send("message", message);
    send("output", await task(input, { signal: abort.signal, network: networkOf, post }));
  } catch (error) {
    send("error", error, codeOf(error)); // a clone of an error has its message and cause, and no property of ours
  }
}
