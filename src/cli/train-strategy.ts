/** The flags of `blindspot train` that say what is trained on. */
import type { Network } from "../model/index.ts";
import type { ExampleOptions, PlaceOptions, Recipe, StrategyName, StrategySettings } from "../train/index.ts";
import { hiddenLayers, INPUT } from "../train/index.ts";
import { UsageError } from "./options.ts";
import type { TrainFlags } from "./train-run.ts";

/** Whose flags they are. */
const OWNERS = {
  dropout: ["dropout"],
  attack: ["adversarial", "adversarial-layers"],
  radius: ["adversarial", "adversarial-layers"],
  weight: ["adversarial", "adversarial-layers"],
  pool: ["adversarial", "adversarial-layers"],
  replace: ["adversarial", "adversarial-layers"],
} as const satisfies Partial<Record<keyof TrainFlags, readonly StrategyName[]>>;

export const STRATEGY_FLAGS = Object.keys(OWNERS) as (keyof typeof OWNERS)[];

/** Rates of dropout that did best before three layers on digits (docs/adversarial-training.md); another number of layers needs its own. */
const DROPOUT = [0.2, 0.1, 0.05];

/** What the flags ask for, or the recipe. */
export function strategyName(recipe: Recipe, flags: TrainFlags): StrategyName {
  const name = flags.strategy ?? recipe.strategy?.name ?? "plain";
  for (const flag of STRATEGY_FLAGS) {
    const owners: readonly StrategyName[] = OWNERS[flag];
    if (flags[flag] !== undefined && !owners.includes(name)) {
      throw new UsageError(`--${flag}: expected --strategy ${owners.join(" or ")} beside it, got ${name}`);
    }
  }
  return name;
}

/** Rates before each layer, for the strategy that needs them. */
export function dropoutRates(recipe: Recipe, flags: TrainFlags): readonly number[] | undefined {
  if (strategyName(recipe, flags) !== "dropout") return recipe.dropout;
  if (recipe.architecture) {
    throw new UsageError(`--strategy: expected a fully connected model for dropout, got ${recipe.name}`);
  }
  const rates = flags.dropout ?? DROPOUT;
  if (rates.length !== recipe.units.length) {
    const layers = recipe.units.length;
    throw new UsageError(`--dropout: expected ${layers} rates, one before each layer, got ${rates.length}`);
  }
  return rates;
}

/** The strategy's settings, the flags in the place of the recipe's. */
export function strategySettings(recipe: Recipe, flags: TrainFlags, network: Network): StrategySettings {
  const name = strategyName(recipe, flags);
  const own = recipe.strategy?.name === name ? recipe.strategy : { name };
  if (name !== "adversarial" && name !== "adversarial-layers") return own as StrategySettings;
  const { attack, pool, replace, weight, radius } = flags;
  const examples: ExampleOptions = {
    ...(attack && { attack }),
    ...(pool !== undefined && { pool }),
    ...(replace !== undefined && { replace }),
  };
  if (name === "adversarial") {
    if (radius && radius.length !== 1) {
      throw new UsageError(`--radius: expected 1 number, at the input, got ${radius.length}`);
    }
    return {
      ...own,
      ...examples,
      name,
      ...(radius && { radius: radius[0] as number }),
      ...(weight !== undefined && { weight }),
    };
  }
  return { ...own, ...examples, ...placesOf(network, radius, weight), name } as StrategySettings;
}

/** Places with the radii and the weight of the flags; nothing where there are none, which leaves the recipe's. */
function placesOf(
  network: Network,
  radius: readonly number[] | undefined,
  weight: number | undefined,
): { places?: PlaceOptions[] } {
  if (radius === undefined && weight === undefined) return {};
  const layers = [INPUT, ...hiddenLayers(network)];
  if (radius && radius.length !== layers.length) {
    throw new UsageError(`--radius: expected ${layers.length} numbers, for ${layers.join(", ")}, got ${radius.length}`);
  }
  return {
    places: layers.map((layer, i) => ({
      layer,
      ...(radius && { radius: radius[i] as number }),
      ...(weight !== undefined && { weight }),
    })),
  };
}
