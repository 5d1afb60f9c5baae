/**
 * IDX, the format of MNIST and its kin: two zero bytes, an element type, the number of dimensions, the dimensions as
 * big-endian u32, the elements in row-major order. Only unsigned bytes (type 0x08) are read: nothing else is in use
 * for images and labels. A gzipped file is recognised by its first bytes.
 */
import { outOfRange, wrongType } from "../check.ts";
import type { Dataset } from "./dataset.ts";
import { gunzipSteps, inOneGo, isGzip } from "./gzip.ts";
import { unitRows } from "./raster.ts";

const UNSIGNED_BYTE = 0x08;
const TYPES: Readonly<Record<number, string>> = {
  9: "signed bytes",
  11: "16-bit integers",
  12: "32-bit integers",
  13: "f32",
  14: "f64",
};

/** An IDX array: `data` holds prod(shape) unsigned bytes, row-major; a view of the bytes that were parsed. */
export interface Idx {
  /** Extents, the outermost first. */
  shape: number[];
  /** u8[product of the extents], row-major. */
  data: Uint8Array;
}

/** Names of the two files of a data set in error messages. */
export interface IdxNames {
  /** Name of the file of images. */
  images: string;
  /** Name of the file of labels. */
  labels: string;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, "0")}`;
}

/** Bytes of the longest header: 255 dimensions. */
export const LONGEST_HEADER = 4 + 4 * 255;
/** Elements of an array: as floats they fill one memory of 4 GiB. */
const ELEMENT_LIMIT = 2 ** 30;

interface IdxHeader {
  shape: number[];
  /** Bytes of the header, and of the whole file. */
  header: number;
  size: number;
}

/** Reads the header of an IDX file from its first bytes. Errors name `subject`. */
function idxHeader(subject: string, start: Uint8Array): IdxHeader {
  if (start.length < 4) outOfRange(subject, "an IDX file of at least 4 bytes", `${start.length} bytes`);
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  if (view.getUint16(0) !== 0) {
    outOfRange(
      subject,
      "an IDX file, which starts with two zero bytes",
      `a file that starts with ${hex(view.getUint16(0))}`,
    );
  }
  const type = view.getUint8(2);
  if (type !== UNSIGNED_BYTE) {
    outOfRange(subject, "an IDX file of unsigned bytes (type 0x08)", TYPES[type] ?? `unknown type ${type}`);
  }
  const dimensions = view.getUint8(3);
  const header = 4 + 4 * dimensions;
  if (dimensions === 0) outOfRange(subject, "an IDX file of at least one dimension", "none");
  if (start.length < header) outOfRange(subject, `an IDX header of ${header} bytes`, `${start.length} bytes`);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const elements = shape.reduce((product, n) => product * n, 1);
  if (elements > ELEMENT_LIMIT) outOfRange(subject, `at most ${ELEMENT_LIMIT} elements`, `[${shape.join(", ")}]`);
  return { shape, header, size: header + elements };
}

/** Throws if a file of `size` bytes is not as long as its header says. */
export function requireIdxSize(subject: string, start: Uint8Array, size: number): IdxHeader {
  const found = idxHeader(subject, start);
  const [expected, got] = [found.size - found.header, size - found.header];
  if (got !== expected) {
    outOfRange(
      subject,
      `${expected} bytes behind the header for [${found.shape.join(", ")}]`,
      `${got}: the file is ${got < expected ? "cut off" : "too long"}`,
    );
  }
  return found;
}

/** Inflates the IDX bytes in a gzip file, in steps, and no more than their header says. */
export function gunzipIdx(subject: string, bytes: Uint8Array): Generator<void, Uint8Array> {
  return gunzipSteps(subject, bytes, (start) => idxHeader(subject, start).size);
}

/**
 * Reads IDX bytes, gzipped or not. Errors name `subject`. Throws for bytes that are no IDX file of unsigned bytes, or
 * whose length is not that of their header.
 */
export function parseIdx(subject: string, bytes: Uint8Array): Idx {
  if (!(bytes instanceof Uint8Array)) wrongType(subject, "a Uint8Array of IDX bytes", bytes);
  const idx = isGzip(bytes) ? inOneGo(gunzipIdx(subject, bytes)) : bytes;
  const { shape, header } = requireIdxSize(subject, idx, idx.length);
  return { shape, data: idx.subarray(header) };
}

/**
 * A data set from an IDX file of images, [n, h, w] or [n, h, w, c] with c = 1 or 3, and one of labels, [n].
 * Pixels become p / 255 rounded to f32. Without `classes`, their number is the largest label plus one. The rows are
 * f32[n, h w c]. Throws for files that are damaged or do not fit together, naming them.
 */
export function idxDataset(
  images: Uint8Array,
  labels: Uint8Array,
  names: IdxNames = { images: "images", labels: "labels" },
  classes?: number,
): Dataset {
  const pixels = parseIdx(names.images, images);
  const answers = parseIdx(names.labels, labels);
  const [count = 0, height = 0, width = 0, channels = 1] = pixels.shape;
  const dimensions = pixels.shape.length;
  if (dimensions < 3 || dimensions > 4 || height * width === 0 || (channels !== 1 && channels !== 3)) {
    outOfRange(names.images, "images of shape [n, h, w] or [n, h, w, 1 or 3]", `[${pixels.shape.join(", ")}]`);
  }
  if (count === 0) outOfRange(names.images, "at least one image", "none");
  if (answers.shape.length !== 1) outOfRange(names.labels, "labels of shape [n]", `[${answers.shape.join(", ")}]`);
  if (answers.data.length !== count)
    outOfRange(names.labels, `${count} labels, one an image`, `${answers.data.length}`);
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const label = answers.data[i] as number;
    if (classes !== undefined && label >= classes) {
      outOfRange(`${names.labels}[${i}]`, `a label in [0, ${classes - 1}]`, label);
    }
    largest = Math.max(largest, label);
  }
  return {
    rows: unitRows(pixels.data),
    labels: new Uint8Array(answers.data), // not slice(), which on a Buffer is a view
    count,
    shape: [height, width, channels],
    classes: classes ?? largest + 1,
  };
}
