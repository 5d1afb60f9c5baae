/** A picture that others are pasted into. */
import type { Raster } from "../../data/raster.ts";

const PAPER = [242, 240, 236] as const;

/** An empty sheet of paper's colour. */
export function blankSheet(width: number, height: number): Raster {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => PAPER[i % 3] as number);
  return { width, height, channels: 3, data };
}

/** The largest whole factor by which an image does not exceed `tile` pixels a side; at least 1. */
export function enlargement(tile: number, width: number, height: number): number {
  return Math.max(1, Math.floor(tile / Math.max(width, height)));
}

/** Puts `tile`, enlarged by a whole factor, at (left, top) of a colour sheet. */
export function paste(sheet: Raster, tile: Raster, left: number, top: number, factor: number): void {
  for (let y = 0; y < tile.height * factor; y++) {
    for (let x = 0; x < tile.width * factor; x++) {
      const from = tile.channels * (Math.floor(y / factor) * tile.width + Math.floor(x / factor));
      const to = 3 * ((top + y) * sheet.width + left + x);
      for (let k = 0; k < 3; k++) sheet.data[to + k] = tile.data[from + (tile.channels === 3 ? k : 0)] as number;
    }
  }
}
