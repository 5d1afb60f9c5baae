/**
 * The public names of `blindspot/tfjs`: tf models to networks and targets and back, and gradient kernels for tfjs-wasm.
 *
 * @module blindspot/tfjs
 */
import "../wasm/inline.ts";

export {
  adversarialFit,
  type LayersModelFitOptions,
  type ModelFitResult,
  type ModelFitState,
} from "./adversarial-fit.ts";
export { fromLayersModel } from "./from-layers-model.ts";
export { fromTfModel, type TfModelOptions, type TfModelTarget } from "./from-tf-model.ts";
export { type GradientKernelOptions, registerGradientKernels, unregisterGradientKernels } from "./gradient-kernels.ts";
export type { GraphModelLike, LayersModelLike, ScoreFunction, TfModel } from "./scores.ts";
export { toLayersModel } from "./to-layers-model.ts";
export { writeTo } from "./write-to.ts";
