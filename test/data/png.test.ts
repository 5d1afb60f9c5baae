import { encode } from "fast-png";
import { describe, expect, test } from "vitest";
import type { ImageShape } from "../../src/data/dataset.ts";
import { crc32 } from "../../src/data/gzip.ts";
import { decodePng, encodePng } from "../../src/data/png.ts";
import { differenceRaster, imageRaster } from "../../src/data/raster.ts";

/** The file with a tRNS chunk behind its IHDR: colour 0 is transparent. fast-png reads this chunk and writes none. */
function withTransparentColour(png: Uint8Array): Uint8Array {
  const body = Uint8Array.of(...new TextEncoder().encode("tRNS"), 0, 0);
  const chunk = new Uint8Array(4 + body.length + 4);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, 2);
  chunk.set(body, 4);
  view.setUint32(4 + body.length, crc32(body));
  return Uint8Array.of(...png.subarray(0, 33), ...chunk, ...png.subarray(33));
}

const levels = (n: number) => Float32Array.from({ length: n }, (_, i) => (i % 256) / 255);

for (const shape of [
  [16, 16, 1],
  [1, 7, 1],
  [5, 3, 3],
] as ImageShape[]) {
  test(`a PNG of ${shape.join(" x ")} comes back as it was where pixels are multiples of 1 / 255`, () => {
    const image = levels(shape[0] * shape[1] * shape[2]);
    const back = decodePng("f", encodePng(imageRaster(image, shape)));
    expect(back.shape).toEqual(shape);
    expect(back.rows).toEqual(image);
  });
}

test("imageRaster rounds to the nearest of 256 levels and clamps", () => {
  const image = Float32Array.of(-0.5, 0, 0.4 / 255, 0.6 / 255, 0.5, 254.4 / 255, 1, 2);
  expect([...imageRaster(image, [2, 4, 1]).data]).toEqual([0, 0, 0, 1, 128, 254, 255, 255]);
});

test("the same raster gives the same PNG bytes", () => {
  const raster = imageRaster(levels(256), [16, 16, 1]);
  expect(encodePng(raster)).toEqual(encodePng(raster));
});

test("a grey difference is black at no change, orange where brighter, blue where darker, full at 1 / magnification", () => {
  const original = Float32Array.of(0.5, 0.5, 0.5, 0.5);
  const changed = Float32Array.of(0.5, 0.75, 0.25, 1);
  const { data, channels } = differenceRaster(original, changed, [1, 4, 1], 4);
  expect(channels).toBe(3);
  const pixels = [0, 1, 2, 3].map((i) => [...data.subarray(3 * i, 3 * i + 3)]);
  expect(pixels).toEqual([
    [0, 0, 0],
    [255, 170, 64],
    [72, 160, 255],
    [255, 170, 64], // beyond full strength: no further
  ]);
});

test("a grey difference fades linearly below full strength", () => {
  const { data } = differenceRaster(Float32Array.of(0.5), Float32Array.of(0.625), [1, 1, 1], 4);
  expect([...data]).toEqual([128, 85, 32]);
});

test("a colour difference lies around mid-grey, each channel its own", () => {
  const { data } = differenceRaster(Float32Array.of(0.5, 0.5, 0.5), Float32Array.of(0.5, 0.75, 0), [1, 1, 3], 2);
  expect([...data]).toEqual([128, 255, 0]);
});

describe("decodePng", () => {
  test("reads 16-bit grey as p / 65535", () => {
    const bytes = encode({ width: 2, height: 1, depth: 16, channels: 1, data: Uint16Array.of(1, 65535) });
    expect([...decodePng("f", bytes).rows]).toEqual([Math.fround(1 / 65535), 1]);
  });

  test("reads a palette of one bit", () => {
    const palette = [
      [0, 51, 102],
      [255, 255, 255],
    ];
    const bytes = encode({ width: 3, height: 1, depth: 1, channels: 1, palette, data: Uint8Array.of(0b01000000) });
    const { rows, shape } = decodePng("f", bytes);
    expect(shape).toEqual([1, 3, 3]);
    expect([...rows].map((v) => Math.round(v * 255))).toEqual([0, 51, 102, 255, 255, 255, 0, 51, 102]);
  });

  test("drops an alpha channel that is opaque throughout", () => {
    const bytes = encode({ width: 1, height: 1, channels: 4, data: Uint8Array.of(255, 0, 51, 255) });
    expect(decodePng("f", bytes)).toEqual({ rows: Float32Array.of(1, 0, 51 / 255), shape: [1, 1, 3] });
  });

  const whole = encodePng(imageRaster(levels(64), [8, 8, 1]));
  const refusals: [string, unknown, RegExp][] = [
    ["what is not bytes", null, /^a\.png: expected a Uint8Array of PNG bytes, got null$/],
    ["another format", Uint8Array.of(1, 2, 3), /^a\.png: expected a whole PNG file, got wrong PNG signature/],
    [
      "a file cut off",
      whole.subarray(0, whole.length - 20),
      /^a\.png: expected a whole PNG file, got .* \(\d+ bytes\)$/,
    ],
    [
      "a flipped bit",
      Uint8Array.from(whole, (b, i) => (i === 45 ? b ^ 1 : b)),
      /^a\.png: expected a whole PNG file, got .*$/,
    ],
    [
      "a transparent pixel",
      encode({ width: 2, height: 1, channels: 2, data: Uint8Array.of(1, 255, 1, 254) }),
      /^a\.png: expected an opaque image, got alpha 254 of 255 at pixel 1$/,
    ],
    [
      "a transparent colour",
      withTransparentColour(whole),
      /^a\.png: expected an opaque image, got one with a transparent colour$/,
    ],
    [
      "grey of one bit",
      encode({ width: 8, height: 1, channels: 1, depth: 1, data: Uint8Array.of(1) }),
      /^a\.png: expected 8 or 16 bits a sample, got 1$/,
    ],
  ];
  test.each(refusals)("refuses %s", (_, bytes, message) => {
    expect(() => decodePng("a.png", bytes as Uint8Array)).toThrow(message);
  });
});

test("rasters refuse two channels and images of another length", () => {
  expect(() => imageRaster(levels(8), [2, 2, 2])).toThrow("image: expected 1 or 3 channels, got 2");
  expect(() => imageRaster(levels(8), [3, 3, 1])).toThrow("image: expected 9 values for [3, 3, 1], got 8");
  expect(() => differenceRaster(levels(4), levels(3), [2, 2, 1], 1)).toThrow(
    "changed image: expected 4 values for [2, 2, 1], got 3",
  );
});
