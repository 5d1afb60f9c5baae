import { gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { idxDataset, parseIdx } from "../../src/data/idx.ts";
import { messageOf } from "../message-of.ts";
import { idxBytes, imageBytes, labelBytes } from "./idx-bytes.ts";

describe("parseIdx", () => {
  const file = idxBytes([2, 3], [1, 2, 3, 4, 5, 6]);

  test("gives shape and elements", () => {
    expect(parseIdx("f", file)).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  });

  test("reads a view that starts inside a larger buffer", () => {
    const larger = new Uint8Array(file.length + 8).fill(99);
    larger.set(file, 5);
    expect(parseIdx("f", larger.subarray(5, 5 + file.length)).data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  test("reads a gzipped file, with a name in its header or without", () => {
    expect(parseIdx("f", gzipSync(file)).shape).toEqual([2, 3]);
    expect(parseIdx("f", gzipSync(file, { filename: "labels" })).shape).toEqual([2, 3]);
  });

  test("reads an array of no elements", () => {
    expect(parseIdx("f", idxBytes([0, 28, 28], [])).shape).toEqual([0, 28, 28]);
  });

  const refusals: [string, unknown, string][] = [
    ["what is not bytes", "text", 'labels: expected a Uint8Array of IDX bytes, got "text"'],
    ["an empty file", new Uint8Array(0), "labels: expected an IDX file of at least 4 bytes, got 0 bytes"],
    [
      "a bad magic",
      Uint8Array.of(0x89, 0x50, 8, 1, 0, 0, 0, 0),
      "labels: expected an IDX file, which starts with two zero bytes, got a file that starts with 0x8950",
    ],
    [
      "f32 elements",
      idxBytes([1], [0, 0, 0, 0], 13),
      "labels: expected an IDX file of unsigned bytes (type 0x08), got f32",
    ],
    [
      "an unknown type",
      idxBytes([1], [0], 7),
      "labels: expected an IDX file of unsigned bytes (type 0x08), got unknown type 7",
    ],
    ["no dimensions", idxBytes([], []), "labels: expected an IDX file of at least one dimension, got none"],
    ["a cut header", file.subarray(0, 11), "labels: expected an IDX header of 12 bytes, got 11 bytes"],
    [
      "a file one byte short",
      file.subarray(0, file.length - 1),
      "labels: expected 6 bytes behind the header for [2, 3], got 5: the file is cut off",
    ],
    [
      "a file one byte long",
      Uint8Array.of(...file, 7),
      "labels: expected 6 bytes behind the header for [2, 3], got 7: the file is too long",
    ],
    [
      "dimensions whose product passes 2^53",
      idxBytes([0xffffffff, 0xffffffff], [1]),
      "labels: expected at most 1073741824 elements, got [4294967295, 4294967295]",
    ],
  ];
  test.each(refusals)("refuses %s", (_, bytes, message) => {
    expect(messageOf(() => parseIdx("labels", bytes as Uint8Array))).toBe(message);
  });

  test("refuses a gzip file cut anywhere, whatever the last bytes then say about its length", () => {
    const zipped = gzipSync(imageBytes(2), { filename: "images" });
    for (let length = 2; length < zipped.length; length++) {
      expect(() => parseIdx("images", zipped.subarray(0, length))).toThrow(
        /^images: expected a whole gzip file, got (one cut off|damaged bytes|one whose checksum)/,
      );
    }
    expect(() => parseIdx("images", zipped.subarray(0, zipped.length >> 1))).toThrow(
      `images: expected a whole gzip file, got one cut off after ${zipped.length >> 1} bytes`,
    );
  });

  test("refuses a gzip file with one bit of its content flipped", () => {
    const zipped = gzipSync(file, { level: 0 });
    zipped[zipped.length - 9] = (zipped[zipped.length - 9] as number) ^ 1; // the last element, stored as it is
    expect(() => parseIdx("labels", zipped)).toThrow(
      "labels: expected a whole gzip file, got one whose checksum or length differs from its content",
    );
  });

  test("refuses a gzip file of another method", () => {
    const zipped = gzipSync(file);
    zipped[2] = 9;
    expect(() => parseIdx("labels", zipped)).toThrow(
      "labels: expected a gzip file compressed by deflate (method 8), got method 9",
    );
  });
});

describe("idxDataset", () => {
  test("takes images of any size and as many classes as the largest label says", () => {
    const set = idxDataset(imageBytes(2, 3, 5), labelBytes([4, 1]));
    expect([set.count, set.shape, set.classes, set.rows.length]).toEqual([2, [3, 5, 1], 5, 30]);
  });

  test("takes colour images", () => {
    expect(idxDataset(idxBytes([1, 1, 2, 3], [0, 51, 102, 153, 204, 255]), labelBytes([0])).shape).toEqual([1, 2, 3]);
  });

  test("turns every byte p into p / 255 rounded to f32", () => {
    const { rows } = idxDataset(imageBytes(1, 16, 16), labelBytes([0]));
    for (let p = 0; p < 256; p++) expect(rows[p]).toBe(Math.fround(p / 255));
  });

  const refusals: [string, Uint8Array, Uint8Array, number | undefined, string][] = [
    [
      "labels where images belong",
      labelBytes([1]),
      labelBytes([1]),
      10,
      "images: expected images of shape [n, h, w] or [n, h, w, 1 or 3], got [1]",
    ],
    [
      "two channels",
      idxBytes([1, 1, 1, 2], [0, 0]),
      labelBytes([1]),
      10,
      "images: expected images of shape [n, h, w] or [n, h, w, 1 or 3], got [1, 1, 1, 2]",
    ],
    [
      "images of no pixels",
      idxBytes([1, 0, 5], []),
      labelBytes([1]),
      10,
      "images: expected images of shape [n, h, w] or [n, h, w, 1 or 3], got [1, 0, 5]",
    ],
    ["no images", imageBytes(0), labelBytes([]), 10, "images: expected at least one image, got none"],
    [
      "images where labels belong",
      imageBytes(1),
      imageBytes(1),
      10,
      "labels: expected labels of shape [n], got [1, 28, 28]",
    ],
    [
      "more labels than images",
      imageBytes(1),
      labelBytes([1, 2]),
      10,
      "labels: expected 1 labels, one an image, got 2",
    ],
    ["a label out of range", imageBytes(2), labelBytes([9, 10]), 10, "labels[1]: expected a label in [0, 9], got 10"],
  ];
  test.each(refusals)("refuses %s", (_, images, labels, classes, message) => {
    expect(messageOf(() => idxDataset(images, labels, undefined, classes))).toBe(message);
  });
});
