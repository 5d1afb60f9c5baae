/** A study of features as files by name: numbers for programs, arrays for notebooks, pictures and a page for people. */
import { encodePng } from "../../data/png.ts";
import type { Raster } from "../../data/raster.ts";
import { type FeaturesRecord, featuresArrays } from "../../studies/features/record.ts";
import { recordJson } from "../../studies/record.ts";
import { arrayFiles } from "../kit/files.ts";
import { blankSheet, paste } from "../kit/sheet.ts";
import { featuresPage } from "./page.ts";

/** Filters in a row of the picture, rows at most, and pixels of a weight. */
const COLUMNS = 24;
const ROWS = 8;
const ENLARGED = 4;
const GAP = 3;

/** Filters of equal distances in one picture, grey where a weight is zero, each scaled to its own largest weight. */
function filterSheet(filters: Float32Array, side: number): Raster {
  const size = side * side;
  const all = filters.length / size;
  const count = Math.min(all, COLUMNS * ROWS);
  const columns = Math.min(COLUMNS, count);
  const step = side * ENLARGED + GAP;
  const sheet = blankSheet(columns * step + GAP, Math.ceil(count / columns) * step + GAP);
  for (let k = 0; k < count; k++) {
    const at = Math.floor((k * all) / count);
    const filter = filters.subarray(at * size, (at + 1) * size);
    const most = filter.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
    const data = Uint8Array.from(filter, (weight) => Math.round(127.5 + (127.5 * weight) / most));
    const tile: Raster = { width: side, height: side, channels: 1, data };
    paste(sheet, tile, GAP + (k % columns) * step, GAP + Math.floor(k / columns) * step, ENLARGED);
  }
  return sheet;
}

/** The files of a report by path: `results.json`, `index.html`, `filters.png`, `filters-before.png`, `arrays/*.npy`. The same report, the same bytes. */
export async function featuresFiles(record: FeaturesRecord): Promise<Map<string, Uint8Array | string>> {
  const { filters, learnt, random } = record;
  const pictures = { learnt: filterSheet(learnt, filters.side), random: filterSheet(random, filters.side) };
  return new Map<string, Uint8Array | string>([
    ["results.json", recordJson(record)],
    ["index.html", featuresPage(record, pictures)],
    ["filters.png", encodePng(pictures.learnt)],
    ["filters-before.png", encodePng(pictures.random)],
    ...arrayFiles(featuresArrays(record, record)),
  ]);
}
