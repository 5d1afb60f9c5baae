/** A second test set: the test images, each moved by a random part of up to two pixels. No network here was trained or chosen by such. */
import type { Dataset } from "../../data/index.ts";
import { Random } from "../../numeric/random.ts";

/** Pixels, each way. */
const MOST = 2;
const STREAM = 0x6d76;

/** The images moved by (dx, dy) uniform in [-2, 2)^2, drawn for each from the seed, by linear interpolation; what comes in is 0. */
export function movedImages(data: Dataset, seed: number): Dataset {
  const { rows, count, shape } = data;
  const [height, width, channels] = shape;
  const random = new Random(seed, STREAM);
  const moved = new Float32Array(rows.length);
  for (let image = 0; image < count; image++) {
    const [dx, dy] = [0, 1].map((k) => 2 * MOST * random.uniform(2 * image + k) - MOST) as [number, number];
    const [left, top] = [Math.floor(dx), Math.floor(dy)];
    const [u, v] = [dx - left, dy - top];
    const base = image * height * width * channels;
    const at = (y: number, x: number, c: number) =>
      y < 0 || x < 0 || y >= height || x >= width ? 0 : (rows[base + (y * width + x) * channels + c] as number);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) {
          const [y0, x0] = [y + top, x + left];
          moved[base + (y * width + x) * channels + c] =
            (1 - v) * ((1 - u) * at(y0, x0, c) + u * at(y0, x0 + 1, c)) +
            v * ((1 - u) * at(y0 + 1, x0, c) + u * at(y0 + 1, x0 + 1, c));
        }
      }
    }
  }
  return { ...data, rows: moved };
}
