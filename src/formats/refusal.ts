/** The words for what a format has and this library does not run: all of it at once, and the way that works. */
import { outOfRange } from "../check.ts";

/** Names of nodes of one kind that a message lists. */
const LISTED = 5;

/** Throws for operations that do not run here.   operations  each with the names of its nodes */
export function refuseOperations(
  model: string,
  operations: ReadonlyMap<string, readonly string[]>,
  way: string,
): never {
  const words = [...operations].map(([op, names]) => {
    const more = names.length > LISTED ? `, and ${names.length - LISTED} more` : "";
    return `${op} (${names.slice(0, LISTED).join(", ")}${more})`;
  });
  const kinds = operations.size === 1 ? "one other" : `${operations.size} others`;
  outOfRange(model, `operations that run here (${way})`, `${kinds}: ${words.join("; ")}`);
}

/** Throws for an input of whole numbers, such as the tokens of a text. */
export function refuseWholeInput(model: string, input: string, takers: string): never {
  outOfRange(
    `${model}: input ${input}`,
    "real numbers, which a small change leads to others",
    `whole numbers, taken by ${takers}; the option inputs names the value behind them that is to be the input`,
  );
}
