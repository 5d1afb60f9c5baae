export { type AdversarialFitOptions, adversarialFit } from "./adversarial-fit.ts";
export {
  type AutoencoderProgress,
  type AutoencoderValue,
  autoencoderObjective,
  type FitAutoencoderOptions,
  fitAutoencoder,
  type SparsityOptions,
} from "./autoencoder.ts";
export {
  type AutoencoderClassifierOptions,
  type AutoencoderClassifierResult,
  type AutoencoderRecipe,
  fitAutoencoderClassifier,
} from "./autoencoder-classifier.ts";
export { errorRate, judge } from "./errors.ts";
export { fit } from "./fit.ts";
export {
  type FitOptions,
  type FitProgress,
  type FitResult,
  type FitState,
  fullBatchFit,
  type GradientElsewhere,
} from "./full-batch.ts";
export {
  type EpochRecord,
  type MinibatchOptions,
  type MinibatchProgress,
  type MinibatchResult,
  type MinibatchState,
  minibatchFit,
} from "./minibatch.ts";
export { type ObjectiveValue, type PreparedSet, type TrainingSet, trainingObjective } from "./objective.ts";
export type {
  AdamOptions,
  OptimizerName,
  OptimizerOptions,
  SgdOptions,
} from "./optimizer.ts";
export { hiddenLayers, INPUT, type PlaceOptions } from "./place.ts";
export type { FitQuocNetOptions, FitQuocNetResult, QuocNetRecipe } from "./quocnet-recipe.ts";
export { fitQuocNet } from "./quocnet-recipe.ts";
export {
  type AnyRecipe,
  buildRecipe,
  decaysOf,
  FULLY_CONNECTED,
  halfOf,
  isAutoencoder,
  isQuocNet,
  iterationsOf,
  iterationsOfStages,
  type MinibatchedRecipe,
  type MinibatchRecipe,
  partOf,
  RECIPES,
  type Recipe,
  recipeOf,
  unitsOf,
  withIterations,
} from "./recipes.ts";
export type { Phase, RunProgress, RunResult } from "./run.ts";
export { SCHEDULES, type Schedule } from "./schedule.ts";
export type { StagesOptions, StagesProgress, StagesResult, StagesState } from "./stages.ts";
export {
  type AdversarialOptions,
  adversarial,
  type ExampleOptions,
} from "./strategies/adversarial.ts";
export { type AdversarialLayersOptions, adversarialLayers } from "./strategies/adversarial-layers.ts";
export { type CertifiedOptions, certified } from "./strategies/certified.ts";
export { type HardNegativesOptions, hardNegatives } from "./strategies/hard-negatives.ts";

export { STRATEGIES, type StrategyName, type StrategySettings, strategyOf } from "./strategies/settings.ts";
export type { Batch, Curriculum, StepTally, Strategy } from "./strategies/strategy.ts";
export { type TradesOptions, trades } from "./strategies/trades.ts";
export type { Tally } from "./tally.ts";
export {
  type GradientOf,
  type TrainOptions,
  type TrainProgress,
  type TrainResult,
  type TrainState,
  trainRecipe,
} from "./train-recipe.ts";
export { type AddOptions, Trainer } from "./trainer.ts";
