/** What runs on each thread: one share at a time, with all its messages going over a port of its own. */
import "../wasm/inline.ts";
import { type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { aborted, codeOf, type ErrorCode } from "../check.ts";
import type { ShareMessage } from "../studies/division.ts";
import { taskContext, taskOf } from "../studies/in-process.ts";
import { builtNetwork } from "./built-networks.ts";
import { moved } from "./move.ts";
import { resolveInput } from "./share.ts";

export interface Share {
  task: string;
  /** URL of a module with further tasks. */
  tasks: string | undefined;
  input: unknown;
  items: readonly number[];
  resume: unknown;
  saveSeconds: number;
  port: MessagePort;
}

/** What comes over the port: that the task is loaded and begins, its messages, at last its end or its error. */
export type Sent =
  | { kind: "begun" }
  | ShareMessage
  | { kind: "ended" }
  | { kind: "error"; value: unknown; code: ErrorCode | undefined };

/**
 * Runs a share, unless it was told to stop while its task was loaded. What its task throws is sent like a message: if this
 * function fails, the thread is broken.
 */
export default async function work({ task, tasks, input, items, resume, saveSeconds, port }: Share): Promise<void> {
  const send = (message: Sent) => {
    const transfers: Transferable[] = [];
    port.postMessage(moved(message, transfers, true), transfers);
  };
  const abort = new AbortController();
  try {
    const others: Record<string, unknown> = tasks === undefined ? {} : await import(tasks);
    const run = taskOf(task, others);
    if (receiveMessageOnPort(port)) return;
    port.on("message", () => abort.abort(aborted("task")));
    send({ kind: "begun" });
    const context = taskContext(send, { signal: abort.signal, resume, saveSeconds });
    await run(resolveInput(input, builtNetwork), items, context);
    send({ kind: "ended" });
  } catch (error) {
    send({ kind: "error", value: error, code: codeOf(error) }); // a clone of an error has its message and cause, and no property of ours
  }
}
