/**
 * Amplifies a change to a given distortion: x + factor (x' - x).
 *
 * The paper prints x + 0.1 (x' - x) / |x' - x|, which is a distortion of 0.1 / sqrt(n); its "standard deviation 0.1" needs
 * x + 0.1 sqrt(n) (x' - x) / |x' - x|. Done image by image ("per-image") that weakens the images whose smallest change is
 * above 0.1, and some of them are no longer errors of their own model, where the paper has 100 %. One factor for all
 * images ("common"), 0.1 / pooled distortion, has 100 % and fits its table 4.
 */
import { outOfRange, requireInteger, requireNumber, requireOptions } from "../check.ts";
import { distortions, pooledDistortion, requirePairs } from "./distortion.ts";

export const AMPLIFY_MODES = ["common", "per-image"] as const;
/** Whether one factor serves all images, or each image has its own. */
export type AmplifyMode = (typeof AMPLIFY_MODES)[number];

/** How far `amplify` goes, and from where. */
export interface AmplifyOptions {
  /** The distortion to reach, before clipping: the pooled one ("common"), or that of each image; default 0.1. */
  to?: number;
  /**
   * The distortion that "common" starts from; default: the pooled one of these rows. Give it where the rows are a part of a
   * set, or where some were not changed and should not count.
   */
  from?: number;
  /** One factor for all images, or one for each; default "common". */
  mode?: AmplifyMode;
  /** Numbers in a row; "per-image" needs it. */
  inputSize?: number;
  /** Whether the result is clipped to [0, 1]; default false. Clipping lowers the error rates by 0 to 3 points. */
  clip?: boolean;
}

/**
 * f32[n, inputSize], rounded once. An image that was not changed stays as it is. Throws for arrays of different
 * lengths, and for options that are unknown or out of range.
 */
export function amplify(
  originals: Float32Array,
  adversarial: Float32Array,
  options: AmplifyOptions = {},
): Float32Array<ArrayBuffer> {
  requireOptions("amplify", options, { to: true, from: true, mode: true, inputSize: true, clip: true });
  const { to = 0.1, mode = "common", clip = false } = options;
  requireNumber("to", to, 0);
  if (!AMPLIFY_MODES.includes(mode)) outOfRange("mode", `one of ${AMPLIFY_MODES.join(", ")}`, mode);
  const perImage = mode === "per-image";
  const width = perImage ? requireInteger("inputSize", options.inputSize, 1) : originals.length;
  requirePairs(originals, adversarial, perImage ? width : 1);
  const each = perImage
    ? distortions(originals, adversarial, width)
    : [options.from === undefined ? pooledDistortion(originals, adversarial) : requireNumber("from", options.from, 0)];
  const result = new Float32Array(originals.length);
  for (let i = 0; i < result.length; i++) {
    const from = each[Math.floor(i / width)] as number;
    const x = originals[i] as number;
    const value = from === 0 ? x : x + (to / from) * ((adversarial[i] as number) - x);
    result[i] = clip ? Math.min(Math.max(value, 0), 1) : value;
  }
  return result;
}
