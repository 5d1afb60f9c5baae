/**
 * Layers of Keras that change images at random in training and hand them on as they are at inference. Training by
 * minibatches refuses them, since it draws no such changes.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { Extent, requireChannelsLast, requireConfig } from "./config.ts";
import { identity } from "./identity.ts";
import type { LayerFactory } from "./layer.ts";

const NAMES = [
  "RandomBrightness",
  "RandomColorDegeneration",
  "RandomColorJitter",
  "RandomContrast",
  "RandomErasing",
  "RandomFlip",
  "RandomGaussianBlur",
  "RandomGrayscale",
  "RandomHue",
  "RandomInvert",
  "RandomPerspective",
  "RandomPosterization",
  "RandomRotation",
  "RandomSaturation",
  "RandomSharpness",
  "RandomShear",
  "RandomTranslation",
  "RandomZoom",
] as const;

const Config = v.looseObject({ name: v.string() });
/** Entries that say where a layer stands, not what it does. */
const PLACE = ["batch_input_shape", "batch_shape", "dtype", "name", "trainable"];

/** What is kept of a configuration that nothing here looks at. */
function kept(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !PLACE.includes(key)));
}

function augmentation(className: string): LayerFactory {
  return (config, inputShape) => {
    const { name } = requireConfig(className, Config, config);
    return { ...identity(className, name, inputShape, inputShape, kept(config)), drawsOtherNoise: true };
  };
}

const CropConfig = v.looseObject({
  name: v.string(),
  height: Extent,
  width: Extent,
  data_format: v.optional(v.unknown()),
});

/** Keras `RandomCrop`: at inference it hands on images of its size; it would resize others. */
const randomCropLayer: LayerFactory = (config, inputShape) => {
  const { name, height, width, data_format } = requireConfig("RandomCrop", CropConfig, config);
  requireChannelsLast(name, data_format);
  const [h, w] = inputShape;
  if (inputShape.length !== 3 || h !== height || w !== width) {
    outOfRange(
      `${name} (RandomCrop)`,
      `images of its size, [${height}, ${width}, channels]`,
      `[${inputShape.join(", ")}]`,
    );
  }
  return { ...identity("RandomCrop", name, inputShape, inputShape, kept(config)), drawsOtherNoise: true };
};

export const AUGMENTATIONS: Readonly<Record<string, LayerFactory>> = {
  ...Object.fromEntries(NAMES.map((name) => [name, augmentation(name)])),
  RandomCrop: randomCropLayer,
};
