/** PNG files, read and written. The same raster gives the same bytes everywhere: fast-png compresses in plain JavaScript. */
import { convertIndexedToRgb, type DecodedPng, decode, encode } from "fast-png";
import { outOfRange, wrongType } from "../check.ts";
import type { ImageShape } from "./dataset.ts";
import { pixelChunks } from "./png-chunks.ts";
import { type Raster, unitRows } from "./raster.ts";

/** One image: `rows` holds h w c values in [0, 1]. */
export interface DecodedImage {
  /** f32[h w c], each pixel in [0, 1]. */
  rows: Float32Array;
  /** Height, width and channels. */
  shape: ImageShape;
}

/** A raster as the bytes of a PNG file. */
export function encodePng({ width, height, channels, data }: Raster): Uint8Array {
  return encode({ width, height, channels, depth: 8, data });
}

/**
 * Reads a PNG: grey or colour, 8 or 16 bits or a palette, opaque. Pixels become p / 255 (p / 65535) rounded to f32;
 * an alpha channel that is opaque throughout is dropped. At most 2^24 samples. Errors name `subject`. The pixels are
 * f32[h w c]. Throws for bytes that are no whole PNG file, and for images that are not opaque.
 */
export function decodePng(subject: string, bytes: Uint8Array): DecodedImage {
  if (!(bytes instanceof Uint8Array)) wrongType(subject, "a Uint8Array of PNG bytes", bytes);
  const pixelFile = pixelChunks(subject, bytes);
  let png: DecodedPng;
  let colours: Uint8Array | undefined;
  try {
    png = decode(pixelFile, { checkCrc: true });
    if (png.palette) colours = convertIndexedToRgb(png);
  } catch (error) {
    return outOfRange(subject, "a whole PNG file", `${(error as Error).message} (${bytes.length} bytes)`);
  }
  const channels = png.palette ? (png.palette[0]?.length ?? 3) : png.channels; // a palette has 4 with alpha
  if (!colours && png.depth !== 8 && png.depth !== 16) outOfRange(subject, "8 or 16 bits a sample", png.depth);
  if (png.transparency) outOfRange(subject, "an opaque image", "one with a transparent colour");
  const samples = colours ?? png.data;
  const deep = samples instanceof Uint16Array;
  const limit = deep ? 65535 : 255;
  const kept = channels <= 2 ? 1 : 3; // what is left without alpha
  const pixels = samples.length / channels;
  const opaque = new (deep ? Uint16Array : Uint8Array)(pixels * kept);
  for (let i = 0; i < pixels; i++) {
    for (let k = 0; k < kept; k++) opaque[i * kept + k] = samples[i * channels + k] as number;
    if (channels > kept && samples[i * channels + kept] !== limit) {
      outOfRange(subject, "an opaque image", `alpha ${samples[i * channels + kept]} of ${limit} at pixel ${i}`);
    }
  }
  const rows = opaque instanceof Uint8Array ? unitRows(opaque) : Float32Array.from(opaque, (p) => p / 65535);
  return { rows, shape: [png.height, png.width, kept] };
}
