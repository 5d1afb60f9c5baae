/** MNIST (LeCun, Cortes, Burges): 28 x 28 grey digits, white on black, from its two IDX files. */
import { outOfRange } from "../check.ts";
import { type Dataset, imageSize } from "./dataset.ts";
import { type IdxNames, idxDataset } from "./idx.ts";

const SIDE = 28;
const CLASSES = 10;

/**
 * The data set of an MNIST image file and its label file, gzipped or not. `names` are the names of the two files in
 * error messages. The rows are f32[n, 784]. Throws for files that are damaged, do not fit together, or have images of
 * another size.
 */
export function mnist(
  images: Uint8Array,
  labels: Uint8Array,
  names: IdxNames = { images: "mnist images", labels: "mnist labels" },
): Dataset {
  const dataset = idxDataset(images, labels, names, CLASSES);
  const [height, width, channels] = dataset.shape;
  if (height !== SIDE || width !== SIDE || imageSize(dataset.shape) !== SIDE * SIDE) {
    outOfRange(names.images, "images of 28 x 28 x 1", `${height} x ${width} x ${channels}`);
  }
  return dataset;
}
