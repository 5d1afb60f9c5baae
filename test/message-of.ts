/** The whole message of the error that `action` throws: a refusal is tested word for word, not by a part of it. */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}

/** The same for a promise that is rejected. */
export async function rejectionOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}
