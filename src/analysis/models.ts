/** Models that are compared: each with a name, all for the same rows and the same classes. */
import type { AnswerTarget } from "../attacks/index.ts";
import { outOfRange, wrongType } from "../check.ts";
import { requireAnswerTarget } from "./answers.ts";

/** A model, and the name by which results call it. */
export interface NamedModel<Target extends AnswerTarget = AnswerTarget> {
  /** What results call it. */
  readonly name: string;
  /** The model itself. */
  readonly target: Target;
}

/** Models by name: a record, or a list where object keys would not keep the order or the names. */
export type TransferModels<Target extends AnswerTarget = AnswerTarget> =
  | Readonly<Record<string, Target>>
  | readonly NamedModel<Target>[];

/** The models as a list: at least one, alike in inputs and classes, no name twice. */
export function requireModels<Target extends AnswerTarget>(models: TransferModels<Target>): NamedModel<Target>[] {
  if (typeof models !== "object" || models === null) wrongType("models", "models by name", models);
  const named: NamedModel<Target>[] = Array.isArray(models)
    ? [...models]
    : Object.entries(models).map(([name, target]) => ({ name, target }));
  if (named.length === 0) outOfRange("models", "at least one", "none");
  requireDistinct("model", named);
  for (const { name, target } of named) requireAnswerTarget(`model ${name}`, target);
  const first = named[0] as NamedModel<Target>;
  for (const { name, target } of named) {
    for (const [size, noun] of [
      ["inputSize", "inputs"],
      ["classes", "classes"],
    ] as const) {
      if (target[size] !== first.target[size]) {
        outOfRange(`model ${name}`, `${first.target[size]} ${noun}, as ${first.name} has`, `${target[size]}`);
      }
    }
  }
  return named;
}

/** Requires names that are not empty and differ. */
export function requireDistinct(subject: string, named: readonly { name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (typeof name !== "string" || name === "") wrongType(`${subject} name`, "a text that is not empty", name);
    if (seen.has(name)) outOfRange(`${subject} names`, "each once", `${JSON.stringify(name)} twice`);
    seen.add(name);
  }
}
