/** NumPy's broadcasting and functions of two numbers, written to be read. */

type Shape = readonly number[];

const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

/** The shape to which all stretch. */
export function stretchedShape(shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)),
  );
}

/** The place of element i in an array of a shape. */
export function placeOf(shape: Shape, i: number): number[] {
  return shape.map((extent, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % extent);
}

/** The number of the element at a place. */
export function indexOf(shape: Shape, place: readonly number[]): number {
  return place.reduce((sum, at, axis) => sum + at * sizeOf(shape.slice(axis + 1)), 0);
}

/** For each element of a common shape, which element of an array it takes. */
export function sourcesOf(shape: Shape, common: Shape): number[] {
  return Array.from({ length: sizeOf(common) }, (_, i) => {
    const place = placeOf(common, i).slice(common.length - shape.length);
    return indexOf(
      shape,
      place.map((at, axis) => (shape[axis] === 1 ? 0 : at)),
    );
  });
}

/** f of each pair. */
export function joined(
  f: (a: number, b: number) => number,
  [a, b]: readonly [ArrayLike<number>, ArrayLike<number>],
  [left, right]: readonly [Shape, Shape],
): number[] {
  const common = stretchedShape([left, right]);
  const [from, to] = [sourcesOf(left, common), sourcesOf(right, common)];
  return from.map((i, k) => f(a[i] as number, b[to[k] as number] as number));
}

/** By the names of src/model/layers/operation-map.ts, in the order of assembly/layers/join.ts. */
export const BINARY = {
  sum: (a: number, b: number) => a + b,
  difference: (a: number, b: number) => a - b,
  product: (a: number, b: number) => a * b,
  quotient: (a: number, b: number) => a / b,
  largest: (a: number, b: number) => Math.max(a, b),
  least: (a: number, b: number) => Math.min(a, b),
  "squared difference": (a: number, b: number) => (a - b) ** 2,
  power: (a: number, b: number) => a ** b,
};
