/**
 * What happens to pictures without anybody meaning harm: grain, blur, other light, a step to the side. Two strengths of each, small, and
 * our own: they are no benchmark's. Where a corruption goes in several directions an image counts as right if it is in all of them.
 */
import { outOfRange, requireFinite, requireInteger, requireRows } from "../check.ts";
import { type ImageShape, imageSize } from "../data/dataset.ts";
import { Random } from "../numeric/random.ts";

export interface Corruption {
  /** "shift 1" */
  readonly name: string;
  /** What is done, in words. */
  readonly words: string;
  /** The directions it goes in. */
  readonly variants: number;
  /** The least height and width of an image that it is for. */
  readonly leastSide: number;
}

type Change = (image: Float32Array, shape: ImageShape, variant: number, random: Noise) => Float32Array;

/** Fills an array with normal numbers that are the image's own. */
type Noise = (out: Float32Array, deviation: number) => void;

/** Keeps the grain apart from other uses of the same seed. */
const GRAIN_STREAM = 0x6772;

const cut = (value: number): number => Math.min(Math.max(value, 0), 1);

const grain =
  (deviation: number): Change =>
  (image, _shape, _variant, random) => {
    const noise = new Float32Array(image.length);
    random(noise, deviation);
    return image.map((value, i) => cut(value + (noise[i] as number)));
  };

const light =
  (by: number): Change =>
  (image, _shape, variant) =>
    image.map((value) => cut(value + (variant === 0 ? by : -by)));

/** Weights 1/4, 1/2, 1/4 along both sides, so often; the border is repeated. */
const blur =
  (times: number): Change =>
  (image, shape) => {
    let out = image;
    for (let k = 0; k < times; k++) out = along(along(out, shape, 0, 1), shape, 1, 0);
    return out;
  };

function along(image: Float32Array, shape: ImageShape, dy: number, dx: number): Float32Array {
  const [before, after] = [moved(image, shape, dy, dx), moved(image, shape, -dy, -dx)];
  return image.map((value, i) => 0.5 * value + (0.25 * (before[i] as number) + 0.25 * (after[i] as number)));
}

const shift =
  (by: number): Change =>
  (image, shape, variant) => {
    const [dy, dx] = [
      [0, by],
      [0, -by],
      [by, 0],
      [-by, 0],
    ][variant] as [number, number];
    return moved(image, shape, dy, dx);
  };

/** The image so many pixels down and to the right; the border is repeated. */
function moved(image: Float32Array, [height, width, channels]: ImageShape, dy: number, dx: number): Float32Array {
  const out = new Float32Array(image.length);
  for (let y = 0; y < height; y++) {
    const fromY = Math.min(Math.max(y - dy, 0), height - 1);
    for (let x = 0; x < width; x++) {
      const fromX = Math.min(Math.max(x - dx, 0), width - 1);
      const from = channels * (fromY * width + fromX);
      out.set(image.subarray(from, from + channels), channels * (y * width + x));
    }
  }
  return out;
}

const ALL: readonly (Corruption & { readonly change: Change })[] = [
  { name: "noise 0.1", words: "Gaussian noise of deviation 0.1", variants: 1, leastSide: 1, change: grain(0.1) },
  { name: "noise 0.2", words: "Gaussian noise of deviation 0.2", variants: 1, leastSide: 1, change: grain(0.2) },
  { name: "blur 1", words: "each pixel a mean of 3 x 3, weighted 1 2 1", variants: 1, leastSide: 2, change: blur(1) },
  { name: "blur 3", words: "the same three times", variants: 1, leastSide: 2, change: blur(3) },
  { name: "brightness 0.1", words: "0.1 brighter, and 0.1 darker", variants: 2, leastSide: 1, change: light(0.1) },
  { name: "brightness 0.3", words: "0.3 brighter, and 0.3 darker", variants: 2, leastSide: 1, change: light(0.3) },
  { name: "shift 1", words: "one pixel to each of four sides", variants: 4, leastSide: 2, change: shift(1) },
  { name: "shift 2", words: "two pixels to each of four sides", variants: 4, leastSide: 3, change: shift(2) },
];

/** The corruptions for images of a shape: blur and shifts need more than a line of pixels. */
export function corruptionsOf([height, width]: ImageShape): Corruption[] {
  return ALL.filter(({ leastSide }) => Math.min(height, width) >= leastSide).map(
    ({ change, ...corruption }) => corruption,
  );
}

export interface CorruptOptions {
  /** Name of the corruption. */
  corruption: string;
  shape: ImageShape;
  /** Which of its directions; default 0. */
  variant?: number;
  /** Of its noise; default 0. */
  seed?: number;
  /** Position of the first image in the whole set, so that a part gets the noise that it gets in the whole; default 0. */
  first?: number;
}

/** Corrupted copies of images in [0, 1], f32 of the same length, cut to [0, 1]. */
export function corrupt(rows: Float32Array, options: CorruptOptions): Float32Array {
  const { corruption, shape, variant = 0, seed = 0, first = 0 } = options;
  const size = imageSize(shape);
  const count = requireRows("rows", rows, size);
  requireFinite("rows", rows);
  const at = ALL.findIndex(({ name }) => name === corruption);
  const asked = ALL[at];
  if (!asked) {
    return outOfRange("corruption", `one of ${ALL.map(({ name }) => name).join(", ")}`, JSON.stringify(corruption));
  }
  requireInteger("variant", variant, 0, asked.variants - 1);
  requireInteger("first", first, 0);
  const random = new Random(seed, GRAIN_STREAM + at);
  const out = new Float32Array(rows.length);
  for (let i = 0; i < count; i++) {
    const noise: Noise = (into, deviation) => random.fillNormal(into, deviation, (first + i) * size);
    out.set(asked.change(rows.subarray(i * size, (i + 1) * size), shape, variant, noise), i * size);
  }
  return out;
}
