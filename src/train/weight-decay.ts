/** Weight decay: (lambda / 2) times the sum of the squared weights of a kernel. */

/** Adds its gradient, lambda w, to `gradient`; returns its value. */
export function addWeightDecay(lambda: number, weights: Float64Array, gradient: Float64Array): number {
  let squared = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] as number;
    squared += w * w;
    gradient[i] = (gradient[i] as number) + lambda * w;
  }
  return (lambda / 2) * squared;
}
