/** The address of a queue: redis://user:password@host:port/database, or rediss:// over TLS. What is shown of it holds no secret. */
import { outOfRange } from "../../check.ts";

/** The password, where the address has none: an address can be read in the list of processes. */
const PASSWORD = "BLINDSPOT_QUEUE_PASSWORD";

export interface QueueAddress {
  host: string;
  port: number;
  db: number;
  username?: string;
  password?: string;
  isEncrypted: boolean;
  /** The address without user and password. */
  shown: string;
}

/** What may be shown of a text that is no address: a password can stand anywhere in it. */
function kindOf(text: string): string {
  const [scheme] = /^[a-z]+:\/\//i.exec(text) ?? [];
  return scheme === undefined ? "another text" : `${scheme}...`;
}

export function parseQueueAddress(
  subject: string,
  text: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): QueueAddress {
  const refuse = (): never => outOfRange(subject, "redis:// or rediss://host:port/database", kindOf(text));
  if (!URL.canParse(text)) return refuse();
  const { protocol, hostname, port, pathname, username, password, search, hash } = new URL(text);
  const [, database = ""] = /^\/?(\d{0,4})$/.exec(pathname) ?? refuse();
  const isEncrypted = protocol === "rediss:";
  if ((protocol !== "redis:" && !isEncrypted) || hostname === "" || search !== "" || hash !== "") return refuse();
  const secret = password === "" ? environment[PASSWORD] : decodeURIComponent(password);
  const [host, number, db] = [hostname.replace(/^\[(.*)\]$/, "$1"), Number(port || 6379), Number(database)];
  return {
    ...{ host, port: number, db, isEncrypted, shown: `${protocol}//${hostname}:${number}/${db}` },
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(secret !== undefined && secret !== "" && { password: secret }),
  };
}
