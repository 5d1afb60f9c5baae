export {
  Autoencoder,
  type AutoencoderShape,
  DECODERS,
  type Decoder,
  type ReconstructionGradient,
} from "./autoencoder.ts";
export * from "./builders/index.ts";
export { GradientSum } from "./gradient-sum.ts";
export type { Noise, Parameter } from "./layers/index.ts";
export {
  argmax,
  GRADIENT_CHUNK,
  type LossGradient,
  Network,
  type NetworkOptions,
  type ParameterGradient,
  type PreparedRows,
  TRAINING_CHUNK,
  type TrainingLayer,
  type TrainingPassOptions,
} from "./network.ts";
export type { ModelArtifacts, WeightSpec } from "./topology.ts";
export { alexNetFromTorchvision, type TensorSource } from "./torchvision.ts";
