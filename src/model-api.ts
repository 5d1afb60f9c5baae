/**
 * The public names of `blindspot/model`: networks, how they are built and read, their answers and gradients. All of them are in
 * `blindspot` too, whose attacks, studies and training take Node longer to read than all that a first gradient needs.
 *
 * @module blindspot/model
 */
import "./wasm/inline.ts";

export { codeOf, ERROR_CODES, type ErrorCode, type Labels } from "./check.ts";
export { loadNetwork } from "./formats/index.ts";
export {
  type AlexNetOptions,
  alexNet,
  alexNetFromTorchvision,
  type BuildOptions,
  countErrors,
  fullyConnected,
  type Head,
  type LossGradient,
  type ModelArtifacts,
  marginOf,
  mnistConvnet,
  Network,
  type NetworkOptions,
  type Noise,
  type Parameter,
  type ParameterGradient,
  type PreparedRows,
  type Preprocess,
  predictedClasses,
  type QuocNetOptions,
  type QuocNetSize,
  quocNet,
  type ScoreGradient,
  type ScoreLoss,
  type ScorePassOptions,
  smallConvnet,
  softmaxRegression,
  type TensorSource,
  type TrainingPassOptions,
  type Weigh,
  type WeightSpec,
} from "./model/index.ts";
export { initialize } from "./wasm/index.ts";
