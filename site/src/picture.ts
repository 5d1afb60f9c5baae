/** Images on canvases, pixel by pixel. */
import { type ImageShape, imageSize } from "../../src/data/dataset.ts";
import { differenceRaster, imageRaster, type Raster } from "../../src/data/raster.ts";

/** A raster as what canvases take. */
function imageDataOf({ width, height, channels, data }: Raster): ImageData {
  const out = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let k = 0; k < 3; k++) out.data[4 * i + k] = data[channels * i + (channels === 3 ? k : 0)] as number;
    out.data[4 * i + 3] = 255;
  }
  return out;
}

function draw(canvas: HTMLCanvasElement, raster: Raster): void {
  if (canvas.width !== raster.width) canvas.width = raster.width;
  if (canvas.height !== raster.height) canvas.height = raster.height;
  canvas.getContext("2d")?.putImageData(imageDataOf(raster), 0, 0);
}

/** An image of 1 or 3 channels, or the first channel of others. */
export function drawImage(canvas: HTMLCanvasElement, image: Float32Array, shape: ImageShape): void {
  draw(canvas, imageRaster(image, shape));
}

/** The signed change, magnified so that the largest has full strength; returns the magnification. */
export function drawChange(
  canvas: HTMLCanvasElement,
  original: Float32Array,
  changed: Float32Array,
  shape: ImageShape,
): number {
  let most = 0;
  for (let i = 0; i < imageSize(shape); i++) {
    const change = Math.abs((changed[i] as number) - (original[i] as number));
    if (change > most) most = change;
  }
  const full = shape[2] === 3 ? 0.5 : 1;
  const magnification = most > 0 ? full / most : 1;
  draw(canvas, differenceRaster(original, changed, shape, magnification));
  return magnification;
}
