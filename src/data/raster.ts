/**
 * Images in [0, 1] as 8-bit pixels and back, and the picture of a difference. Rasters are for looking at; nothing is measured
 * on them.
 */
import { outOfRange } from "../check.ts";
import { type ImageShape, imageSize } from "./dataset.ts";

/** 8-bit pixels, row-major, channels innermost. */
export interface Raster {
  /** Pixels across. */
  width: number;
  /** Pixels down. */
  height: number;
  /** 1 for grey, 3 for colour. */
  channels: 1 | 3;
  /** u8[height, width, channels]. */
  data: Uint8Array;
}

/** p / 255 rounded to f32, for each of the 256 values of a byte. */
const UNIT = Float32Array.from({ length: 256 }, (_, p) => p / 255);

/** 8-bit pixels as f32 in [0, 1]: p / 255, rounded once. */
export function unitRows(pixels: Uint8Array): Float32Array {
  const rows = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) rows[i] = UNIT[pixels[i] as number] as number;
  return rows;
}

/** The nearest of 256 levels to a value of [0, 1]; values outside are clamped. */
function level(value: number): number {
  return Math.round(Math.min(Math.max(value, 0), 1) * 255);
}

function requireImage(subject: string, image: Float32Array, shape: ImageShape): 1 | 3 {
  const channels = shape[2];
  if (channels !== 1 && channels !== 3) outOfRange(subject, "1 or 3 channels", channels);
  if (image.length !== imageSize(shape)) {
    outOfRange(subject, `${imageSize(shape)} values for [${shape.join(", ")}]`, `${image.length}`);
  }
  return channels;
}

/** One image of [0, 1] in 256 levels. The image is f32[h w c]. Throws for an image of another length than its shape. */
export function imageRaster(image: Float32Array, shape: ImageShape): Raster {
  const channels = requireImage("image", image, shape);
  const data = new Uint8Array(image.length);
  for (let i = 0; i < data.length; i++) data[i] = level(image[i] as number);
  return { height: shape[0], width: shape[1], channels, data };
}

/** Colours of a pixel that grew and of one that shrank, at full strength; no change is black. */
const BRIGHTER = [255, 170, 64] as const;
const DARKER = [72, 160, 255] as const;

/**
 * `changed - original`, magnified. Grey images: black where nothing changed, orange where a pixel became brighter,
 * blue where it became darker, at full strength from a change of 1 / magnification. Colour images: around mid-grey,
 * each channel its own, 0 or 255 from a change of 0.5 / magnification. Both are f32[h w c]. Throws for images of
 * another length than the shape.
 */
export function differenceRaster(
  original: Float32Array,
  changed: Float32Array,
  shape: ImageShape,
  magnification: number,
): Raster {
  const channels = requireImage("original", original, shape);
  requireImage("changed image", changed, shape);
  const [height, width] = shape;
  const data = new Uint8Array(3 * height * width);
  for (let i = 0; i < original.length; i++) {
    const change = magnification * ((changed[i] as number) - (original[i] as number));
    if (channels === 3) {
      data[i] = level(0.5 + change);
      continue;
    }
    const colour = change > 0 ? BRIGHTER : DARKER;
    const strength = Math.min(Math.abs(change), 1);
    for (let k = 0; k < 3; k++) data[3 * i + k] = Math.round(strength * (colour[k] as number));
  }
  return { height, width, channels: 3, data };
}
