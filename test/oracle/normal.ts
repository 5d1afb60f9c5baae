/** The normal distribution in double precision. */

/** e^(-x^2 / 2) / sqrt(2 pi). */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** P(X <= x): near 0 by the series of odd powers, further out by the continued fraction of the tail [Abramowitz & Stegun 26.2.11, 26.2.14]. */
export function normal(x: number): number {
  const t = Math.abs(x);
  if (t > 40) return x < 0 ? 0 : 1;
  if (t < 2.5) {
    let [term, sum] = [x, x];
    for (let k = 3; Math.abs(term) > 1e-20 * Math.abs(sum); k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + normalDensity(x) * sum;
  }
  let fraction = t;
  for (let k = 200; k >= 1; k--) fraction = t + k / fraction;
  const tail = normalDensity(t) / fraction;
  return x < 0 ? tail : 1 - tail;
}
