/** Whether a server answers now. One that hangs, or is cut off, keeps its connections open and says nothing. */
import type { Redis } from "ioredis";

const PATIENCE_MILLISECONDS = 2000;

export async function isAnswering(client: Redis): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MILLISECONDS, false);
  });
  const answer = client.ping().then(
    () => true,
    () => false,
  );
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
}
