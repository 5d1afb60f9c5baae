/** An attack by name in a study: what is asked of it, and how a record and a reader are told. */
import type { NormName } from "../../attacks/index.ts";
import type { CheckedAttack } from "../../attacks/named/checks.ts";
import type { NamedSettings } from "../tasks/named-attack.ts";
import { NORM_WORDS } from "./question.ts";

/** An attack by name, with what it is told beside the norm and the seed. */
export type NamedRequest = Omit<NamedSettings, "norm" | "seed">;

type Options = NonNullable<NamedSettings["options"]>;

/** What a record says of an attack by name. */
export interface NamedSummary {
  name: string;
  title: string;
  paper: string;
  /** The most that a change may measure; null of an attack that looks for the smallest. */
  epsilon: number | null;
  /** All options, those that were not given too. */
  options: Options;
  /** Evaluations of an image at most. */
  evaluations: number;
}

export function namedSummary({ attack, epsilon, options, budget }: CheckedAttack): NamedSummary {
  const { name, title, paper, finds } = attack;
  return { name, title, paper, epsilon: finds === "within" ? epsilon : null, options, evaluations: budget };
}

/** Options as the flag says them: "steps=40". */
export function optionTexts(options: Options): string[] {
  return Object.entries(options).map(([name, value]) => `${name}=${value}`);
}

/** "pgd in L-infinity within 0.1". */
export function namedWords(norm: NormName, { name, epsilon }: NamedSummary): string {
  return `${name} in ${NORM_WORDS[norm]}${epsilon === null ? "" : ` within ${epsilon}`}`;
}
