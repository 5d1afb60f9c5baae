export {
  Autoencoder,
  type AutoencoderShape,
  DECODERS,
  type Decoder,
  type ReconstructionGradient,
} from "./autoencoder.ts";
export * from "./builders/index.ts";
export {
  argmax,
  GRADIENT_CHUNK,
  type LossGradient,
  Network,
  type NetworkOptions,
  type ParameterGradient,
  type PreparedRows,
} from "./network.ts";
export type { ModelArtifacts, WeightSpec } from "./topology.ts";
export { alexNetFromTorchvision, type TensorSource } from "./torchvision.ts";
