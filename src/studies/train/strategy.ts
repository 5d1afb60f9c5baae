/** The options of a training that say what is trained on, in the place of the recipe's. */
import { anyOf, outOfRange } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import {
  type ExampleOptions,
  hiddenLayers,
  INPUT,
  type PlaceOptions,
  type Recipe,
  type StrategyName,
  type StrategySettings,
} from "../../train/index.ts";
import type { TrainStudyOptions } from "./options.ts";

/** The strategies that an option belongs to. */
const OWNERS = {
  dropout: ["dropout"],
  attack: ["adversarial", "adversarial-layers"],
  radius: ["adversarial", "adversarial-layers", "trades"],
  steps: ["adversarial", "adversarial-layers", "trades"],
  weight: ["adversarial", "adversarial-layers"],
  pool: ["adversarial", "adversarial-layers"],
  replace: ["adversarial", "adversarial-layers"],
  beta: ["trades"],
  epsilon: ["certified"],
  kappa: ["certified"],
  warmUp: ["certified"],
  ramp: ["certified"],
} as const satisfies Partial<Record<keyof TrainStudyOptions, readonly StrategyName[]>>;

export const STRATEGY_OPTIONS = Object.keys(OWNERS) as (keyof typeof OWNERS)[];

/** Rates of dropout that did best before three layers on digits (docs/adversarial-training.md); another number of layers needs its own. */
const DROPOUT = [0.2, 0.1, 0.05];

/** The strategy that the options name, or the recipe's. */
function strategyName(recipe: Recipe, options: TrainStudyOptions): StrategyName {
  const name = options.strategy ?? recipe.strategy?.name ?? "plain";
  for (const option of STRATEGY_OPTIONS) {
    const owners: readonly StrategyName[] = OWNERS[option];
    if (options[option] !== undefined && !owners.includes(name)) {
      outOfRange(option, `strategy ${anyOf(owners)} beside it`, name);
    }
  }
  return name;
}

/** Rates before each layer, for the strategy that needs them. */
export function dropoutRates(recipe: Recipe, options: TrainStudyOptions): readonly number[] | undefined {
  if (strategyName(recipe, options) !== "dropout") return recipe.dropout;
  if (recipe.architecture) outOfRange("strategy", "a fully connected model for dropout", recipe.name);
  const rates = options.dropout ?? DROPOUT;
  const layers = recipe.units.length;
  if (rates.length !== layers) outOfRange("dropout", `${layers} rates, one before each layer`, `${rates.length}`);
  return rates;
}

/** The strategy's settings, the options in the place of the recipe's. `build` makes the network whose layers the radii are of. */
export function strategySettings(recipe: Recipe, options: TrainStudyOptions, build: () => Network): StrategySettings {
  const name = strategyName(recipe, options);
  const own = recipe.strategy?.name === name ? recipe.strategy : { name };
  const { attack, pool, replace, weight, radius, steps } = options;
  if (name === "certified") {
    const { epsilon, kappa, warmUp, ramp } = options;
    return { ...own, ...given({ epsilon, kappa, warmUp, ramp }), name };
  }
  if (name === "trades") return { ...own, ...given({ beta: options.beta, radius: only(radius), steps }), name };
  if (name !== "adversarial" && name !== "adversarial-layers") return own as StrategySettings;
  const examples: ExampleOptions = {
    ...(attack && { attack }),
    ...given({ steps, pool, replace }),
  };
  if (name === "adversarial") return { ...own, ...examples, name, ...given({ radius: only(radius), weight }) };
  return { ...own, ...examples, ...placesOf(build, radius, weight), name } as StrategySettings;
}

/** The numbers that were given. */
function given<Options extends Record<string, number | undefined>>(options: Options): Record<string, number> {
  const numbers = Object.entries(options).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(numbers);
}

/** The radius of the only place. */
function only(radius: readonly number[] | undefined): number | undefined {
  if (radius && radius.length !== 1) outOfRange("radius", "1 number, at the input", `${radius.length}`);
  return radius?.[0];
}

/** Places with the radii and the weight of the options; nothing where there are none, which leaves the recipe's. */
function placesOf(
  build: () => Network,
  radius: readonly number[] | undefined,
  weight: number | undefined,
): { places?: PlaceOptions[] } {
  if (radius === undefined && weight === undefined) return {};
  const layers = [INPUT, ...hiddenLayers(build())];
  if (radius && radius.length !== layers.length) {
    outOfRange("radius", `${layers.length} numbers, for ${layers.join(", ")}`, `${radius.length}`);
  }
  return {
    places: layers.map((layer, i) => ({
      layer,
      ...(radius && { radius: radius[i] as number }),
      ...(weight !== undefined && { weight }),
    })),
  };
}
