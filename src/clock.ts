/** The clock of long runs: what they do now and then beside their work. It says when, and no number may depend on it. */

/** The event loop gets a turn this often, so that a signal can arrive and progress can be drawn. */
export const TURN_MILLISECONDS = 50;

/** A question to ask often: true when so much time has passed since it last was, or since this call. */
export function every(milliseconds: number): () => boolean {
  let last = performance.now();
  return () => {
    const now = performance.now();
    if (now - last < milliseconds) return false;
    last = now;
    return true;
  };
}

/**
 * For a long computation without promises of its own: each call lets the event loop have its turn if one is due, and throws the
 * signal's reason once it is aborted.
 */
export function turns(signal?: AbortSignal): () => Promise<void> {
  const isDue = every(TURN_MILLISECONDS);
  return async () => {
    if (isDue()) await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  };
}
