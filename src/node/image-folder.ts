/**
 * A folder of PNG images, all of one size, with their labels in a `labels.json` beside them:
 *
 *     { "dog.png": 207, "cat.png": 281 }      or      { "images": [{ "file": "dog.png", "label": 207 }, ...] }
 *
 * Without a `labels.json` the images are unlabelled; an attack then takes the model's own answers for the truth.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { failed, outOfRange } from "../check.ts";
import { type Dataset, type DecodedImage, decodePng, imageSize, UNLABELLED } from "../data/index.ts";
import { PNG_HEADER, pngPixelBytes } from "../data/png-chunks.ts";
import { parseJson, requireSchema } from "../schema.ts";
import { fileFailed } from "./file-error.ts";
import { readBytes, readStart, readText } from "./read-file.ts";

/** Labels are kept as i32. */
const Label = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const LabelFile = v.union([
  v.looseObject({ images: v.array(v.looseObject({ file: v.string(), label: Label })) }),
  v.record(v.string(), Label),
]);

/**
 * The images of a folder in the order of their names, every one a PNG of the same size. Rejects for a folder without
 * images, and for an image that cannot be read or has another size, by its name.
 */
export async function loadImages(folder: string): Promise<Dataset> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    return fileFailed(folder, "a folder of PNG images", error);
  }
  const names = entries.filter((name) => name.toLowerCase().endsWith(".png")).sort();
  if (names.length === 0) failed(folder, "at least one PNG image", "none");
  const labels = entries.includes("labels.json") ? await readLabels(join(folder, "labels.json"), names) : undefined;

  const images = [];
  for (const name of names) images.push(await readImage(join(folder, name)));
  const shape = (images[0] as (typeof images)[number]).shape;
  const size = imageSize(shape);
  const rows = new Float32Array(names.length * size);
  images.forEach((image, i) => {
    if (image.shape.join() !== shape.join()) {
      const expected = `${shape.join(" x ")}, the size of ${names[0]}`;
      outOfRange(join(folder, names[i] as string), expected, image.shape.join(" x "));
    }
    rows.set(image.rows, i * size);
  });
  return {
    rows,
    labels: labels ?? new Int32Array(names.length).fill(UNLABELLED),
    count: names.length,
    shape,
    classes: labels ? labels.reduce((most, label) => Math.max(most, label), 0) + 1 : 0,
  };
}

/** Bytes of a file beside those of its pixels: profiles and texts. */
const BESIDE = 2 ** 24;

/** A PNG file, whose size is compared with what its header says before it is read. */
async function readImage(file: string): Promise<DecodedImage> {
  const { start } = await readStart(file, PNG_HEADER);
  const limit = 2 * pngPixelBytes(file, start) + BESIDE;
  return decodePng(file, await readBytes(file, { expected: "a PNG image", limit }));
}

async function readLabels(file: string, names: readonly string[]): Promise<Int32Array> {
  const listed = requireSchema(file, LabelFile, parseJson(file, await readText(file, "the labels of the images")));
  const pairs = Array.isArray(listed.images)
    ? listed.images.map(({ file: name, label }) => [name, label] as const)
    : Object.entries(listed as Record<string, number>);
  const byName = new Map<string, number>(pairs);
  return Int32Array.from(names, (name) => byName.get(name) ?? failed(file, `a label for ${name}`, "none"));
}
