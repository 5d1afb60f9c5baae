/** Windows that between them have every stride, dilation, filter size and kind of padding that runs here. */
import { type Padding, type Window, windowOf } from "../oracle/window.ts";

export interface NamedWindow {
  title: string;
  win: Window;
}

/** Filters 1-5, strides 1-3, dilation 1-2, odd and even grids, same and valid; those without an output are left out. */
export function windows(): NamedWindow[] {
  const found: NamedWindow[] = [];
  for (const [h, w] of [
    [7, 8],
    [10, 9],
  ] as const) {
    for (const [kh, kw] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [3, 1],
      [1, 4],
      [5, 5],
    ] as const) {
      for (const [sh, sw, dh, dw] of [
        [1, 1, 1, 1],
        [2, 2, 1, 1],
        [3, 3, 1, 1],
        [1, 2, 1, 1],
        [1, 1, 2, 2],
        [1, 1, 1, 2],
        [2, 2, 2, 2],
      ] as const) {
        for (const padding of ["same", "valid"] as Padding[]) {
          const win = windowOf([h, w], [kh, kw], [sh, sw], [dh, dw], padding);
          if (win.oh < 1 || win.ow < 1) continue;
          const title = `${kh}x${kw} over ${h}x${w}, strides ${sh},${sw}, dilation ${dh},${dw}, ${padding}`;
          found.push({ title, win });
        }
      }
    }
  }
  return found;
}
