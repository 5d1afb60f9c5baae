/**
 * Adversarial training (Szegedy et al. 2014, section 4.2): each step takes a batch of the data and adversarial examples against
 * the present network, labelled as their sources. They are made fresh for every step from the gradients of the batch itself, or come
 * from pools, a random part of which is replaced between epochs. `adversarial` makes them at the input.
 */
import { TARGET_RULES, type TargetRule } from "../../attacks/index.ts";
import { type OptionNames, outOfRange, requireInteger, requireNumber, requireOptions } from "../../check.ts";
import { freshExamples, type Noise } from "../fresh.ts";
import { STEP_RULES, type StepRule } from "../perturb.ts";
import { INPUT, type Place, type PlaceOptions, requirePlaces } from "../place.ts";
import type { PoolAttack } from "../pool.ts";
import { pooledExamples } from "../pooled.ts";
import { withRelativeRadii } from "../relative-radii.ts";
import type { Trainer } from "../trainer.ts";
import type { Curriculum, Strategy } from "./strategy.ts";

/** How adversarial examples are made in training. */
export interface ExampleOptions {
  /**
   * How examples are made: "gradient" (default), a step of the place's radius along the gradient of the loss; "sign", the fast
   * gradient sign method; "lbfgs", the smallest change that reaches another label, shortened to the radius, which needs a pool; "noise", a
   * step of the radius in a random direction, for comparison.
   */
  attack?: StepRule | "lbfgs" | "noise";
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
  /** Factor of the mean loss of the data themselves; default 1. With 0 the examples alone are trained on, as Madry et al. (2018) do. */
  clean?: number;
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
  clean: true,
  warmUp: true,
};

/** How examples at the input are made, and how they count. */
export interface AdversarialOptions extends ExampleOptions, Omit<PlaceOptions, "layer"> {}

/** Examples at the input. Throws for options that it does not have. */
export function adversarial(options: AdversarialOptions = {}): Strategy {
  requireOptions("adversarial", options, {
    ...EXAMPLE_OPTIONS,
    radius: true,
    share: true,
    weight: true,
    lower: true,
    upper: true,
  });
  return {
    name: "adversarial",
    begin: (trainer) => {
      const { radius, share, weight, lower, upper } = options;
      const place = { radius, share, weight, lower, upper } as Omit<PlaceOptions, "layer">;
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
  const { pool = 0, replace = 0.25, clean = 1, warmUp = pool > 0 ? 1 : 0 } = options;
  requireInteger("pool", pool, 0);
  if (pool > trainer.count) outOfRange("pool", `at most the ${trainer.count} rows of the data`, pool);
  requireNumber("replace", replace, 0, 1);
  requireNumber("clean", clean, 0);
  requireInteger("warmUp", warmUp, 0);
  const places = requirePlaces(trainer.network, placeOptions, attack.name === "gradient" || attack.name === "noise");
  if (attack.name === "sign") {
    for (const { radius } of placeOptions) requireNumber("radius of sign", radius, 0);
  }
  const turn = (step: number) => (alternates ? [places[step % places.length] as Place] : places);
  if (pool > 0) {
    if (attack.name === "noise") outOfRange("pool", "none for noise", pool);
    const pooled = pooledExamples(trainer, places, turn, { attack, size: pool, replace, clean, warmUp });
    return withRelativeRadii(trainer, places, pooled);
  }
  if (attack.name === "lbfgs") outOfRange("pool", "a pool for examples by L-BFGS", pool);
  return withRelativeRadii(trainer, places, freshExamples(trainer, places, turn, { attack, clean, warmUp }));
}

function requireAttack({
  attack = "gradient",
  steps = 1,
  target = "random",
  bisections = 1,
}: ExampleOptions): PoolAttack | Noise {
  if (attack === "noise") {
    if (steps !== 1) outOfRange("steps", "1 for noise", steps);
    return { name: attack };
  }
  if (attack === "lbfgs") {
    if (!TARGET_RULES.includes(target)) outOfRange("target", TARGET_RULES.join(", "), JSON.stringify(target));
    return { name: attack, target, bisections: requireInteger("bisections", bisections, 1, 100) };
  }
  if (!STEP_RULES.includes(attack))
    outOfRange("attack", `${STEP_RULES.join(", ")}, lbfgs, noise`, JSON.stringify(attack));
  return { name: attack, steps: requireInteger("steps", steps, 1, 100) };
}
