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
  type AutoencoderClassifierProgress,
  type AutoencoderClassifierResult,
  type AutoencoderClassifierState,
  type AutoencoderRecipe,
  fitAutoencoderClassifier,
} from "./autoencoder-classifier.ts";
export { errorRate } from "./errors.ts";
export { type FitOptions, type FitProgress, type FitResult, fit } from "./fit.ts";
export { type ObjectiveValue, type PreparedSet, type TrainingSet, trainingObjective } from "./objective.ts";
export {
  buildRecipe,
  type ConnectedRecipe,
  decaysOf,
  halfOf,
  isAutoencoder,
  iterationsOf,
  partOf,
  type Recipe,
  recipeOf,
  unitsOf,
  withIterations,
} from "./recipes.ts";
export type { RunProgress, RunResult } from "./run.ts";
export {
  type TrainOptions,
  type TrainProgress,
  type TrainResult,
  type TrainState,
  trainRecipe,
} from "./train-recipe.ts";
