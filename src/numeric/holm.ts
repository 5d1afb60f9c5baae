/** The correction of p-values for how many tests were made. */
import { requireNumber } from "../check.ts";

/**
 * Adjusted p-values: a test whose adjusted p is at most alpha is rejected by a procedure that rejects any true hypothesis of the
 * family with probability alpha at most, however the tests depend on one another [Holm, "A simple sequentially rejective multiple
 * test procedure", Scandinavian Journal of Statistics 6, 1979]. The k-th smallest of m, k = 0, 1, ..., becomes the largest of
 * (m - i) p_i, i <= k, and 1 at most.
 *
 * @returns f64[m], in the order given
 */
export function holm(ps: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(ps, (p, i) => requireNumber(`p[${i}]`, p, 0, 1));
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  const adjusted = new Float64Array(values.length);
  let largest = 0;
  order.forEach((at, rank) => {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * (values[at] as number)));
    adjusted[at] = largest;
  });
  return adjusted;
}
