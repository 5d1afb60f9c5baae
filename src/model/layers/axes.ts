/**
 * Walks over several arrays at once, axis by axis: the strides with which each is read, and the fewest axes that say the same.
 */
import { sizeOf } from "./shape.ts";

type Shape = readonly number[];

/** One axis: its extent, and how far neighbours along it are apart in each array. */
export interface WalkAxis {
  readonly extent: number;
  readonly strides: readonly number[];
}

/** The strides of an array of that shape, row-major, read as if it were stretched to another: 0 where it does not vary. */
export function stretchedStrides(shape: Shape, common: Shape): number[] {
  const missing = common.length - shape.length;
  return common.map((_, axis) => ((shape[axis - missing] ?? 1) === 1 ? 0 : sizeOf(shape.slice(axis - missing + 1))));
}

/** The axes of a common shape over which arrays of the given shapes are stretched; those of extent 1 left out, and joined where one goes on behind the other. */
export function walkOver(common: Shape, shapes: readonly Shape[]): WalkAxis[] {
  const all = shapes.map((shape) => stretchedStrides(shape, common));
  const axes: WalkAxis[] = [];
  common.forEach((extent, axis) => {
    if (extent === 1) return;
    const strides = all.map((of) => of[axis] as number);
    const before = axes.at(-1);
    const isJoined = before?.strides.every((stride, i) => stride === extent * (strides[i] as number));
    if (before && isJoined) axes[axes.length - 1] = { extent: before.extent * extent, strides };
    else axes.push({ extent, strides });
  });
  return axes;
}
