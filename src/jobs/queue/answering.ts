/** Waiting for a server, but not for ever. One that hangs, or is cut off, keeps its connections open and says nothing. */
import type { Redis } from "ioredis";

const PATIENCE_MILLISECONDS = 2000;

/** Waits for something, so long at most; whether it came. A failure counts as having come. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const ended = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}

/** Whether a server answers now. */
export async function isAnswering(client: Redis): Promise<boolean> {
  let isAnswer = false;
  const asked = client.ping().then(() => {
    isAnswer = true;
  });
  await within(PATIENCE_MILLISECONDS, asked);
  return isAnswer;
}
