export { argmax, countErrors, marginOf, predictedClasses, rankingOf } from "./answers.ts";
export type { ModelArtifacts, StoredWeight, WeightSpec } from "./artifacts.ts";
export {
  Autoencoder,
  type AutoencoderShape,
  DECODERS,
  type Decoder,
  type ReconstructionGradient,
} from "./autoencoder.ts";
export * from "./builders/index.ts";
export { GradientJoin } from "./gradient-join.ts";
export { GradientSum } from "./gradient-sum.ts";
export { classesOf, evenScore, type Head, ranked } from "./head.ts";
export { LEAST_PROBABILITY } from "./head-operations.ts";
export type { Noise, Parameter } from "./layers/index.ts";
export { NETWORK_OPTIONS, Network, type NetworkOptions } from "./network.ts";
export {
  type LossGradient,
  requireGradientSeen,
  requireLossGradient,
  requireScoreGradient,
  requireSeen,
  type ScoreGradient,
  type Weigh,
  weightsOf,
} from "./passes.ts";
export { type PackedRows, type PreparedRows, packRows, partOfPacked } from "./prepared-rows.ts";
export { type Preprocess, preprocessFlags, requirePreprocess } from "./preprocess.ts";
export { alexNetFromTorchvision, type TensorSource } from "./torchvision.ts";
export {
  type ChunkGradient,
  GRADIENT_CHUNK,
  type ParameterGradient,
  type Score,
  type ScoreLoss,
  type ScorePassOptions,
  TRAINING_CHUNK,
  type TrainingLayer,
  type TrainingPassOptions,
} from "./training-passes.ts";
