/** Softmax and cross-entropy of one row in double precision. */

export function softmax(z: ArrayLike<number>): number[] {
  const top = Math.max(...Array.from(z));
  const e = Array.from(z, (v) => Math.exp(v - top));
  const sum = e.reduce((total, v) => total + v, 0);
  return e.map((v) => v / sum);
}

/** -ln softmax(z)_label, in nats. */
export function crossEntropy(z: ArrayLike<number>, label: number): number {
  const top = Math.max(...Array.from(z));
  const sum = Array.from(z, (v) => Math.exp(v - top)).reduce((total, v) => total + v, 0);
  return Math.log(sum) - ((z[label] as number) - top);
}

/** Its gradient with respect to z. */
export function crossEntropyGradient(z: ArrayLike<number>, label: number): number[] {
  return softmax(z).map((p, j) => p - (j === label ? 1 : 0));
}

/** J^T dy of the softmax at its output y: y (dy - <dy, y>). */
export function softmaxGradient(y: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  const dot = Array.from(y).reduce((total, v, i) => total + v * (dy[i] as number), 0);
  return Array.from(y, (v, i) => v * ((dy[i] as number) - dot));
}
