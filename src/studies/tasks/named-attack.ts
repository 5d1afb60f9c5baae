/** An attack by name on the rows of a set: an item is a row. */
import { type NamedAttackOptions, namedAttack } from "../../attacks/index.ts";
import { type MinimalAttackInput, type MinimalRow, searchItems } from "./minimal-attack.ts";
import type { Task } from "./task.ts";

/** What of an attack by name is plain data and decides the bits. */
export type NamedSettings = Pick<
  NamedAttackOptions,
  "attack" | "norm" | "epsilon" | "evaluations" | "steps" | "options" | "seed"
>;

export interface NamedAttackInput extends Omit<MinimalAttackInput, "settings"> {
  settings: NamedSettings;
}

/** Progress is the number of evaluations since it was last told. */
export const named: Task<NamedAttackInput, MinimalRow, number> = (input, items, context) =>
  searchItems(input, items, context, (rows) => namedAttack(input.model, { ...rows, ...input.settings }));
