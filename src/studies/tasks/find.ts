/** From a task's name to its function; what a worker loads. */
import "../../wasm/inline.ts";
import { outOfRange } from "../../check.ts";
import { TASKS } from "./index.ts";
import type { Task } from "./task.ts";

export { networkOf } from "./networks.ts";

/** The task of a name: one of `TASKS`, or an exported function of the module with the URL `more`. */
export async function taskOf(name: string, more: string | undefined): Promise<Task<unknown, unknown, unknown>> {
  const others: Record<string, unknown> = more === undefined ? {} : await import(more);
  const known: Record<string, unknown> = { ...others, ...TASKS };
  const task = Object.hasOwn(known, name) ? known[name] : undefined;
  if (typeof task !== "function") {
    outOfRange("task", `one of ${Object.keys(known).sort().join(", ")}`, JSON.stringify(name));
  }
  return task as Task<unknown, unknown, unknown>;
}
