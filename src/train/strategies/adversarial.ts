/**
 * Adversarial training (Szegedy et al. 2014, section 4.2): each step takes a batch of the data and adversarial examples against
 * the present network, labelled as their sources. They are made fresh for every step from the gradients of the batch itself, or come
 * from pools, a random part of which is replaced between epochs. `adversarial` makes them at the input.
 */
import { TARGET_RULES, type TargetRule } from "../../attacks/index.ts";
import { type OptionNames, outOfRange, requireInteger, requireNumber, requireOptions } from "../../check.ts";
import { freshExamples } from "../fresh.ts";
import { STEP_RULES, type StepRule } from "../perturb.ts";
import { INPUT, type Place, type PlaceOptions, requirePlaces } from "../place.ts";
import type { PoolAttack } from "../pool.ts";
import { pooledExamples } from "../pooled.ts";
import type { Trainer } from "../trainer.ts";
import type { Curriculum, Strategy } from "./strategy.ts";

/** How adversarial examples are made in training. */
export interface ExampleOptions {
  /**
   * How examples are made: "gradient" (default), a step of the place's radius along the gradient of the loss; "sign", the fast
   * gradient sign method; "lbfgs", the smallest change that reaches another label, shortened to the radius, which needs a pool.
   */
  attack?: StepRule | "lbfgs";
  /** Steps of "gradient" and "sign"; default 1. Two did a little better on digits, at the cost of another pass. */
  steps?: number;
  /** The label that "lbfgs" drives an example to; default "random". "runner-up" did better on digits (docs/adversarial-training.md). */
  target?: TargetRule;
  /** Bisections of the penalty of "lbfgs"; default 1: an example for training need not be the nearest. */
  bisections?: number;
  /** Examples in a pool, at most the rows of the data; default 0: no pool, examples fresh for every step. */
  pool?: number;
  /** Share of a pool that is replaced before each epoch after the first; default 0.25. */
  replace?: number;
  /** Epochs before the first examples; default 1 with a pool, because examples against untrained weights teach nothing; otherwise 0. */
  warmUp?: number;
}

/** The names of these options, for `requireOptions`. */
export const EXAMPLE_OPTIONS: OptionNames<ExampleOptions> = {
  attack: true,
  steps: true,
  target: true,
  bisections: true,
  pool: true,
  replace: true,
  warmUp: true,
};

/** How examples at the input are made, and how they count. */
export interface AdversarialOptions extends ExampleOptions, Omit<PlaceOptions, "layer"> {}

/** Examples at the input. Throws for options that it does not have. */
export function adversarial(options: AdversarialOptions = {}): Strategy {
  requireOptions("adversarial", options, { ...EXAMPLE_OPTIONS, radius: true, weight: true, lower: true, upper: true });
  return {
    name: "adversarial",
    begin: (trainer) => {
      const { radius, weight, lower, upper } = options;
      const place = { radius, weight, lower, upper } as Omit<PlaceOptions, "layer">;
      return examplesAt(trainer, options, [{ ...place, layer: INPUT }], false);
    },
  };
}

/**
 * The curriculum of examples at some places.
 *
 * @param alternates whether successive steps take the examples of one place after another, instead of all places
 */
export function examplesAt(
  trainer: Trainer,
  options: ExampleOptions,
  placeOptions: readonly PlaceOptions[],
  alternates: boolean,
): Curriculum {
  const attack = requireAttack(options);
  const { pool = 0, replace = 0.25, warmUp = pool > 0 ? 1 : 0 } = options;
  requireInteger("pool", pool, 0);
  if (pool > trainer.count) outOfRange("pool", `at most the ${trainer.count} rows of the data`, pool);
  requireNumber("replace", replace, 0, 1);
  requireInteger("warmUp", warmUp, 0);
  const places = requirePlaces(trainer.network, placeOptions, attack.name === "gradient");
  if (attack.name === "sign") {
    for (const { radius } of placeOptions) requireNumber("radius of sign", radius, 0);
  }
  const turn = (step: number) => (alternates ? [places[step % places.length] as Place] : places);
  if (pool > 0) return pooledExamples(trainer, places, turn, { attack, size: pool, replace, warmUp });
  if (attack.name === "lbfgs") outOfRange("pool", "a pool for examples by L-BFGS", pool);
  return freshExamples(trainer, places, turn, { attack, warmUp });
}

function requireAttack({
  attack = "gradient",
  steps = 1,
  target = "random",
  bisections = 1,
}: ExampleOptions): PoolAttack {
  if (attack === "lbfgs") {
    if (!TARGET_RULES.includes(target)) outOfRange("target", TARGET_RULES.join(", "), JSON.stringify(target));
    return { name: attack, target, bisections: requireInteger("bisections", bisections, 1, 100) };
  }
  if (!STEP_RULES.includes(attack)) outOfRange("attack", `${STEP_RULES.join(", ")}, lbfgs`, JSON.stringify(attack));
  return { name: attack, steps: requireInteger("steps", steps, 1, 100) };
}
