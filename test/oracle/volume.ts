/** What a window over a volume meets: the windows of a plane, slice by slice. */
import { meetings, type Window, windowOf } from "./window.ts";

export interface Volume {
  title: string;
  /** Along the depth: a window over a plane one pixel wide. */
  deep: Window;
  plane: Window;
}

/** Strides, filters and paddings that differ from side to side. */
export function volumes(): Volume[] {
  const found: Volume[] = [];
  for (const padding of ["same", "valid"] as const) {
    for (const [kd, kh, kw] of [
      [1, 1, 1],
      [2, 2, 2],
      [3, 1, 2],
      [1, 3, 2],
      [3, 3, 3],
    ] as const) {
      for (const [sd, sh, sw] of [
        [1, 1, 1],
        [2, 2, 2],
        [1, 2, 3],
        [3, 1, 1],
      ] as const) {
        found.push({
          title: `${kd}x${kh}x${kw}, strides ${sd},${sh},${sw}, ${padding}`,
          deep: windowOf([5, 1], [kd, 1], [sd, 1], [1, 1], padding),
          plane: windowOf([4, 6], [kh, kw], [sh, sw], [1, 1], padding),
        });
      }
    }
  }
  return found;
}

/** The voxels that each output meets, taps ascending: indices into x[volumes,d,h,w,c] for y[volumes,od,oh,ow,c]. */
export function voxelsOf({ deep, plane }: Volume, count: number, c: number): number[][] {
  const [slices, outputs] = [plane.h * plane.w, plane.oh * plane.ow];
  const voxels: number[][] = Array.from({ length: count * deep.oh * outputs * c }, () => []);
  const [along, across] = [[...meetings(deep)], [...meetings(plane)]];
  for (let volume = 0; volume < count; volume++) {
    for (const [m, , depth] of along) {
      for (const [position, , pixel] of across) {
        for (let i = 0; i < c; i++) {
          const at = ((volume * deep.oh + m) * outputs + position) * c + i;
          voxels[at]?.push(((volume * deep.h + depth) * slices + pixel) * c + i);
        }
      }
    }
  }
  return voxels;
}
