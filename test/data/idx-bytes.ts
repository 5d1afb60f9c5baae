/** IDX files in memory for the tests. */

/** An IDX file: element type, dimensions, bytes. */
export function idxBytes(shape: readonly number[], data: ArrayLike<number>, type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(2, type);
  view.setUint8(3, shape.length);
  shape.forEach((n, i) => {
    view.setUint32(4 + 4 * i, n);
  });
  bytes.set(Array.from(data), 4 + 4 * shape.length);
  return bytes;
}

/** `count` images of `height` x `width` whose bytes are 0, 1, 2, ... modulo 256. */
export function imageBytes(count: number, height = 28, width = 28): Uint8Array {
  return idxBytes(
    [count, height, width],
    Uint8Array.from({ length: count * height * width }, (_, i) => i & 255),
  );
}

/** Labels as an IDX file. */
export function labelBytes(labels: readonly number[]): Uint8Array {
  return idxBytes([labels.length], labels);
}
