/** What runs on each thread: one share at a time, with all its messages going over a port of its own. */
import "../wasm/inline.ts";
import { type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { aborted, codeOf, type ErrorCode } from "../check.ts";
import { every, TURN_MILLISECONDS } from "../clock.ts";
import type { ShareMessage } from "../studies/division.ts";
import { runItems, taskOf } from "../studies/in-process.ts";
import type { ItemQueue } from "../studies/queue.ts";
import { builtNetwork } from "./built-networks.ts";
import { moved } from "./move.ts";
import { resolveInput } from "./share.ts";

export interface Share {
  task: string;
  /** URL of a module with further tasks. */
  tasks: string | undefined;
  input: unknown;
  items: readonly number[] | ItemQueue;
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

/** Sends messages, several at once where they follow one another closely: to receive one costs as much as to receive many. */
class Outbox {
  private readonly port: MessagePort;
  private readonly isDue = every(TURN_MILLISECONDS);
  private waiting: Sent[] = [];
  private isScheduled = false;

  constructor(port: MessagePort) {
    this.port = port;
  }

  /** Sends a message now if none was sent for a while, otherwise with those that are put until the event loop gets its turn. */
  put(message: Sent): void {
    this.waiting.push(message);
    if (this.isDue()) this.send();
    else if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(() => this.send());
    }
  }

  /** Sends what waits. */
  send(): void {
    this.isScheduled = false;
    const messages = this.waiting.splice(0);
    if (messages.length === 0) return;
    const transfers: Transferable[] = [];
    this.port.postMessage(moved(messages, transfers), transfers);
  }
}

/**
 * Runs a share, unless it was told to stop while its task was loaded. What its task throws is sent like a message: if this
 * function fails, the thread is broken.
 */
export default async function work({ task, tasks, input, items, resume, saveSeconds, port }: Share): Promise<void> {
  const outbox = new Outbox(port);
  const abort = new AbortController();
  const end = (message: Sent) => {
    outbox.put(message);
    outbox.send();
  };
  try {
    const others: Record<string, unknown> = tasks === undefined ? {} : await import(tasks);
    const run = taskOf(task, others);
    if (receiveMessageOnPort(port)) return;
    port.on("message", () => abort.abort(aborted("task")));
    end({ kind: "begun" });
    await runItems(run, resolveInput(input, builtNetwork), items, (message) => outbox.put(message), {
      signal: abort.signal,
      resume,
      saveSeconds,
    });
    end({ kind: "ended" });
  } catch (error) {
    end({ kind: "error", value: error, code: codeOf(error) }); // a clone of an error has its message and cause, and no property of ours
  }
}
