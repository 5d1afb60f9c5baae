export { AMPLIFY_MODES, type AmplifyMode, type AmplifyOptions, amplify } from "./amplify.ts";
export { type AnswerOptions, type AnswerTarget, answers } from "./answers.ts";
export { distortions, meanDistortion, pooledDistortion } from "./distortion.ts";
export { type GaussianNoiseOptions, gaussianNoise } from "./gaussian-noise.ts";
export { type Interval, type SeedInterval, seedInterval, wilsonInterval } from "./interval.ts";
export type { NamedModel, TransferModels } from "./models.ts";
export { type Rate, rateOf } from "./rate.ts";
export { selectRows } from "./select-rows.ts";
export {
  type AdversarialSet,
  type CellInput,
  type TransferCell,
  type TransferMatrix,
  type TransferOptions,
  type TransferRow,
  transferCell,
  transferMatrix,
} from "./transfer.ts";
