export { type Interval, type SeedInterval, seedInterval, wilsonInterval } from "../numeric/interval.ts";
export { type PermutationTest, type PermutationTestOptions, permutationTest } from "../numeric/permutation-test.ts";
export type { Rate } from "../numeric/rate.ts";
export type { Bracket } from "../numeric/rounding.ts";
export { AMPLIFY_MODES, type AmplifyMode, type AmplifyOptions, amplify } from "./amplify.ts";
export { type AnswerOptions, answers } from "./answers.ts";
export { distortions, meanDistortion, pooledDistortion } from "./distortion.ts";
export { type GaussianNoiseOptions, gaussianNoise } from "./gaussian-noise.ts";
export type { NamedModel, TransferModels } from "./models.ts";
export { type ConvolutionNormOptions, convolutionNorm } from "./norms/convolution-norm.ts";
export { matrixNorm } from "./norms/matrix-norm.ts";
export type { Kernel } from "./norms/taps.ts";
export { countKeptAt8Bits, type QuantizationOptions, quantize, survivesQuantization } from "./quantization.ts";
export { selectRows } from "./select-rows.ts";
export { certifiedRadius } from "./stability/certificate.ts";
export { type LayerBound, layerBound, layerBounds } from "./stability/layer-bound.ts";
export { networkBound, runningBounds } from "./stability/network-bound.ts";
export { type Stretch, stretches } from "./stability/stretch.ts";
export {
  type AdversarialSet,
  type CellInput,
  fedBy,
  type TransferCell,
  type TransferMatrix,
  type TransferOptions,
  type TransferRow,
  transferCell,
  transferMatrix,
} from "./transfer.ts";
export {
  type Coherence,
  type CoherenceInput,
  coherence,
  labelCoherence,
  rowsNamed,
} from "./units/coherence.ts";
export { meanDifference, randomDirections } from "./units/directions.ts";
export { LayerVector, REDUCTIONS, type Reduction } from "./units/layer-vector.ts";
export { type MaximiseOptions, type Maximiser, maximise, unitDirection } from "./units/maximise.ts";
export { isSilent, type Ranking } from "./units/top-rows.ts";
export {
  mergeUnitImages,
  streamUnitImages,
  UNIT_IMAGES_OPTIONS,
  type UnitImages,
  type UnitImagesOptions,
  UnitRanking,
  unitImages,
} from "./units/unit-images.ts";
