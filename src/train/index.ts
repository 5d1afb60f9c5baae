export { errorRate } from "./errors.ts";
export { type FitOptions, type FitProgress, type FitResult, fit } from "./fit.ts";
export { type ObjectiveValue, type PreparedSet, type TrainingSet, trainingObjective } from "./objective.ts";
export { buildRecipe, halfOf, type Recipe, recipeOf } from "./recipes.ts";
