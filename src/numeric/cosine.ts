/** The cosine with exact operations alone: the same bits on every engine. Math.cos may round otherwise. */

const TERMS = 12;

/** cos(pi t) for 0 <= t <= 1, by Taylor's series about the nearer of 0 and 1; within 1e-15 of the cosine. */
export function cosineOfPi(t: number): number {
  if (t > 0.5) return -cosineOfPi(1 - t);
  const square = Math.PI * t * (Math.PI * t);
  let series = 1;
  for (let k = TERMS; k > 0; k--) series = 1 - (square / (2 * k * (2 * k - 1))) * series;
  return series;
}
