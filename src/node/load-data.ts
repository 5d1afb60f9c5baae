/** The data set that a command's --data names. */
import { outOfRange } from "../check.ts";
import type { Dataset } from "../data/index.ts";
import { loadImages } from "./image-folder.ts";
import { loadFashion, loadIdx, loadMnist, type Split } from "./mnist-files.ts";

/**
 * `mnist:train` or `mnist:test`, `fashion:` the same; `idx:<folder>:train` and `:test` for IDX files named as MNIST's, of any image size;
 * `images:<folder>` for PNG images. Rejects for any other text, and for files that are missing or damaged.
 */
export async function loadData(spec: string): Promise<Dataset> {
  const images = /^images:(.+)$/s.exec(spec)?.[1];
  if (images !== undefined) return loadImages(images);
  const [, kind, folder, split] = /^(mnist|fashion|idx:(.+)):(train|test)$/s.exec(spec) ?? [];
  if (kind === undefined) {
    const known =
      "mnist:train, mnist:test, fashion:train, fashion:test, idx:<folder>:train, idx:<folder>:test or images:<folder>";
    outOfRange("data", known, JSON.stringify(spec));
  }
  if (kind === "fashion") return loadFashion(split as Split);
  return folder === undefined ? loadMnist(split as Split) : loadIdx(folder, split as Split);
}
