import { expect, test } from "vitest";
import type { Raster } from "../../../src/data/raster.ts";
import { contactSheet } from "../../../src/report/kit/contact-sheet.ts";
import { standaloneSvg } from "../../../src/report/kit/drawing.ts";
import { histogram, NARROW } from "../../../src/report/kit/histogram.ts";
import { magnification } from "../../../src/report/kit/pictures.ts";
import { example } from "../attack/example-report.ts";

const changed = (change: number) => {
  const original = new Float32Array(16).fill(0.5);
  return example(0, { original, adversarial: original.map((value) => value + change) });
};

test("magnification is the largest round factor at which most changes stay below full strength", () => {
  expect(magnification([changed(0.3)])).toBe(3);
  expect(magnification([changed(-0.26)])).toBe(3);
  expect(magnification([changed(0.24)])).toBe(4);
  expect(magnification([changed(0.03)])).toBe(20);
  expect(magnification([changed(0.9)])).toBe(1);
  expect(magnification([changed(0)])).toBe(100);
});

const tile = (width: number, height: number, value: number, channels: 1 | 3 = 1): Raster => ({
  width,
  height,
  channels,
  data: new Uint8Array(width * height * channels).fill(value),
});
const group = (width: number, height: number) => ({
  original: tile(width, height, 10),
  difference: tile(width, height, 20, 3),
  adversarial: tile(width, height, 30),
});

for (const [count, columns, rows] of [
  [1, 1, 1],
  [5, 5, 1],
  [6, 5, 2],
  [11, 5, 3],
] as const) {
  test(`a contact sheet of ${count} groups of 28 x 28 has ${columns} columns and ${rows} rows`, () => {
    const sheet = contactSheet(Array.from({ length: count }, () => group(28, 28)));
    expect([sheet.width, sheet.height]).toEqual([columns * (3 * 56 + 8 + 16) + 16, rows * (56 + 16) + 16]);
    expect(sheet.data.length).toBe(3 * sheet.width * sheet.height);
  });
}

test("a contact sheet has original, difference and adversarial side by side on paper", () => {
  const sheet = contactSheet([group(2, 1)]); // enlarged 28 times
  const pixel = (x: number, y: number) => sheet.data[3 * (y * sheet.width + x)];
  const row = [0, 16, 71, 72, 76, 131, 136, 191, 192].map((x) => pixel(x, 16));
  expect(row).toEqual([242, 10, 10, 242, 20, 20, 30, 30, 242]);
  expect([pixel(16, 15), pixel(16, 43), pixel(16, 44)]).toEqual([242, 10, 242]);
});

test("a contact sheet does not shrink an image that is wider than the sheet", () => {
  expect(contactSheet([group(400, 2)]).width).toBe(3 * 400 + 8 + 32);
});

test("a histogram is the same bytes twice, an SVG without links, and names the median", async () => {
  const values = Array.from({ length: 50 }, (_, i) => 0.02 + ((i * 7919) % 50) / 1000);
  const first = histogram(values, 0.045);
  expect(histogram(values, 0.045)).toBe(first);
  expect(first).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
  expect(first).toContain("median 0.0450");
  expect(first).not.toMatch(/href=|<image|<script/);
});

test("the bars of a histogram hold every distortion, the smallest and the largest too", async () => {
  for (const values of [[0.05], [0.1, 0.1, 0.1], [0, 0], [0.001, 1]]) {
    for (const size of [undefined, NARROW]) {
      const svg = histogram(values, values[0] as number, size);
      expect(svg).not.toContain("NaN");
      expect(svg.match(/<path aria-hidden="true" d="M[^"]+" fill="#d9822b"\/>|fill="#d9822b"/g)?.length).toBe(
        new Set(values).size,
      );
    }
  }
});

test("a standalone histogram brings its colours, light and dark", async () => {
  const svg = standaloneSvg(histogram([0.1, 0.2], 0.15));
  expect(svg).toMatch(/^<svg [^>]*><style>[^<]*prefers-color-scheme:dark[^<]*<\/style>/);
  expect(svg.endsWith("</svg>\n")).toBe(true);
});
