import { expect, test } from "vitest";
import { countKeptAt8Bits, quantize, survivesQuantization } from "../../src/analysis/quantization.ts";
import { decodePng, encodePng } from "../../src/data/png.ts";
import { imageRaster } from "../../src/data/raster.ts";
import { noise32 } from "../support/noise.ts";

/** Two classes: whether a row's only value is at least `edge`. */
const step = (edge: number) => ({
  inputSize: 1,
  classes: 2,
  predict: (rows: Float32Array) =>
    Float32Array.from({ length: 2 * rows.length }, (_, i) => {
      const isAbove = (rows[i >> 1] as number) >= edge;
      return Number((i % 2 === 1) === isAbove);
    }),
});

test("256 levels are the values of a PNG, written and read again; fewer are coarser; all stay in [0, 1]", () => {
  const rows = Float32Array.from(noise32(12, 1), (value) => 0.5 + value);
  const image = encodePng(imageRaster(rows, [3, 4, 1]));
  expect(quantize(rows)).toEqual(decodePng("image", image).rows);
  expect([...quantize(Float32Array.of(-1, 0, 0.3, 0.74, 0.76, 1, 7), 3)]).toEqual([0, 0, 0.5, 0.5, 1, 1, 1]);
});

test("a row survives if the target still answers its label, which rounding up or down decides", async () => {
  const edge = 100.5 / 255;
  const rows = Float32Array.of(100.4 / 255, 100.51 / 255, 100.9 / 255, 101.2 / 255);
  expect([...(await survivesQuantization(step(edge), rows, [0, 1, 1, 0]))]).toEqual([1, 1, 1, 0]);
  const above = step(100.6 / 255);
  expect([...(await survivesQuantization(above, Float32Array.of(100.55 / 255, 100.61 / 255), [0, 1]))]).toEqual([0, 1]);
  expect(await countKeptAt8Bits(above, rows, [0, 0, 1, 1], [1, 1, 1, 0])).toBe(2);
  expect([...(await survivesQuantization(above, rows, [0, 0, 1, 1], { levels: 65536 }))]).toEqual([1, 1, 1, 1]);
});

test("levels, labels and rows that are none are refused", async () => {
  expect(() => quantize(Float32Array.of(1), 1)).toThrow("levels: expected a whole number in [2, 65536], got 1");
  await expect(survivesQuantization(step(0), Float32Array.of(1, 2), [1])).rejects.toThrow("labels: expected 2");
  await expect(survivesQuantization(step(0), Float32Array.of(Number.NaN), [1])).rejects.toThrow(
    "rows[0]: expected a finite number, got NaN",
  );
});
