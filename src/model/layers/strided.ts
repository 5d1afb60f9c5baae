/** Which element of an array each element of another takes, where the two differ in the strides of their axes. */
import { sizeOf } from "./shape.ts";

/** i32[product of the extents], the sum of index times stride over the axes, for each element in row-major order. */
export function stridedSources(extents: readonly number[], strides: readonly number[]): Int32Array {
  const sources = new Int32Array(sizeOf(extents));
  let filled = 1; // the first, 0
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const [extent, stride] = [extents[axis] as number, strides[axis] as number];
    for (let i = 1; i < extent; i++) {
      for (let k = 0; k < filled; k++) sources[i * filled + k] = (sources[k] as number) + i * stride;
    }
    filled *= extent;
  }
  return sources;
}
