/** Rows as an ONNX file takes them, and as its network does: images with channels first, and last. */

/**
 * Rows of the file's shape [channels, ...extents] in the order of the network's input: the same, or [...extents, channels].
 */
export function rowsFor(
  network: { readonly inputShape: readonly number[] },
  rows: Float32Array,
  shape: readonly number[],
): Float32Array {
  const [channels = 1, ...extents] = shape;
  if (network.inputShape.join() === shape.join() && new Set(shape).size === shape.length) return rows;
  if (network.inputShape.join() !== [...extents, channels].join()) return rows;
  const pixels = extents.reduce((product, extent) => product * extent, 1);
  const size = channels * pixels;
  return rows.map((_, i) => {
    const [row, at] = [Math.floor(i / size), i % size];
    return rows[row * size + (at % channels) * pixels + Math.floor(at / channels)] as number;
  });
}
