/** What the example of Deno uses of @std/cli, over node:util: CI resolves the name to this file and needs no registry. */
import { parseArgs as parse } from "node:util";

interface Options {
  string: readonly string[];
  default: Record<string, string>;
}

export function parseArgs(args: string[], { string, default: usual }: Options): Record<string, string> {
  const options = Object.fromEntries(string.map((name) => [name, { type: "string", default: usual[name] } as const]));
  return parse({ args, options }).values as Record<string, string>;
}
