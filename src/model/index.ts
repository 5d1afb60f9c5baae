export { type BuildOptions, fullyConnected, softmaxRegression } from "./builders.ts";
export {
  argmax,
  GRADIENT_CHUNK,
  type LossGradient,
  Network,
  type NetworkOptions,
  type ParameterGradient,
} from "./network.ts";
export type { ModelArtifacts, WeightSpec } from "./topology.ts";
