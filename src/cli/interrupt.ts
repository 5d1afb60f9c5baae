/**
 * Ctrl-C. A command that has something to save asks for `interruptSignal()` and stops at the next good moment; a
 * second Ctrl-C, or the first for a command that did not ask, ends the process at once. Either way partial folders are
 * removed and the exit code is 128 and the number of the signal: 130 for Ctrl-C, 143 for a polite kill, 129 for a terminal
 * that was closed.
 *
 * Signals arrive between turns of the event loop: a long computation has to yield to hear one.
 */
import process from "node:process";

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** What an interrupted command throws: `signal.throwIfAborted()` does. */
export class Interrupted extends Error {
  override name = "Interrupted";
  readonly exitCode: number;

  constructor(signal: keyof typeof NUMBERS) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + NUMBERS[signal];
  }
}

let controller: AbortController | undefined;

/** The signal that Ctrl-C aborts. Calling this promises to stop soon after: save, clean up, throw its reason. */
export function interruptSignal(): AbortSignal {
  controller ??= new AbortController();
  return controller.signal;
}

/** Listens for Ctrl-C until the returned function is called. */
export function watchInterrupts(): () => void {
  controller = undefined;
  const listeners = (Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]).map((signal) => {
    const listener = () => {
      const reason = new Interrupted(signal);
      if (!controller || controller.signal.aborted) process.exit(reason.exitCode);
      controller.abort(reason);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}
