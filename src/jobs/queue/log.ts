/** What a worker does, as JSON lines: a line an event, with the time and what it is about. */

export type LogValue = string | number | boolean | readonly string[] | undefined;
export type Log = (event: string, about?: Readonly<Record<string, LogValue>>) => void;

/** Writes to `write`; `level` is "error" where the event's name says that something failed. */
export function jsonLines(write: (line: string) => void): Log {
  return (event, about = {}) => {
    const level = /failed|refused|lost/.test(event) ? "error" : "info";
    write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...about })}\n`);
  };
}
