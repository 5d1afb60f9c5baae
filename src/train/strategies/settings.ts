/** Strategies by name with their settings, as plain data, for recipes, command lines and notes. */
import { outOfRange, wrongType } from "../../check.ts";
import { type AdversarialOptions, adversarial } from "./adversarial.ts";
import { type AdversarialLayersOptions, adversarialLayers } from "./adversarial-layers.ts";
import { type CertifiedOptions, certified } from "./certified.ts";
import { type HardNegativesOptions, hardNegatives } from "./hard-negatives.ts";
import { plain } from "./plain.ts";
import type { Strategy } from "./strategy.ts";
import { type TradesOptions, trades } from "./trades.ts";

export type StrategySettings =
  | { name: "plain" }
  /** The data alone, on a network with Dropout layers. */
  | { name: "dropout" }
  | ({ name: "adversarial" } & AdversarialOptions)
  | ({ name: "adversarial-layers" } & AdversarialLayersOptions)
  | ({ name: "hard-negatives" } & Omit<HardNegativesOptions, "judgeBy">)
  | ({ name: "trades" } & TradesOptions)
  | ({ name: "certified" } & CertifiedOptions);

/** The name of a strategy. */
export type StrategyName = StrategySettings["name"];

const STRATEGY: {
  [Name in StrategyName]: (options: Omit<Extract<StrategySettings, { name: Name }>, "name">) => Strategy;
} = {
  plain,
  dropout: plain,
  adversarial,
  "adversarial-layers": adversarialLayers,
  "hard-negatives": hardNegatives,
  trades,
  certified,
};

export const STRATEGIES = Object.keys(STRATEGY) as StrategyName[];

/** The strategy that the settings name. */
export function strategyOf(settings: StrategySettings): Strategy {
  if (typeof settings !== "object" || settings === null) wrongType("strategy", "settings with a name", settings);
  if (!Object.hasOwn(STRATEGY, settings.name)) {
    outOfRange("strategy", STRATEGIES.join(", "), JSON.stringify(settings.name));
  }
  const { name, ...options } = settings;
  return (STRATEGY[name] as (given: object) => Strategy)(options);
}
