/**
 * cos and sin of the whole multiples of 2 pi / m by additions, multiplications and divisions alone: the same bits on
 * every engine. Angles are brought into [0, pi / 4] in whole numbers, where the Taylor polynomials stop below 2^-57: the
 * error of each value is below 4 u, u = 2^-53.
 */

export interface RootsOfUnity {
  /** f64[m]. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Terms of each polynomial: (pi / 4)^18 / 18! < 2^-58. */
const TERMS = 9;

/** cos x and sin x, 0 <= x <= pi / 4. */
function ofSmall(x: number): [cos: number, sin: number] {
  const z = x * x;
  let cos = 1;
  let sin = 1;
  for (let k = TERMS; k >= 1; k--) {
    cos = 1 - (z / ((2 * k - 1) * (2 * k))) * cos;
    sin = 1 - (z / (2 * k * (2 * k + 1))) * sin;
  }
  return [cos, x * sin];
}

export function rootsOfUnity(m: number): RootsOfUnity {
  const cos = new Float64Array(m);
  const sin = new Float64Array(m);
  for (let j = 0; j < m; j++) {
    const octant = Math.floor((8 * j) / m);
    const rest = 8 * j - octant * m; // of m parts of an octant
    const isOdd = octant % 2 === 1;
    const [c, s] = ofSmall(((Math.PI / 4) * (isOdd ? m - rest : rest)) / m);
    const quarter = Math.floor(octant / 2);
    // Within its quarter: the angle itself in the first octant, what is left to the quarter's end in the second.
    const [x, y] = isOdd ? [s, c] : [c, s];
    cos[j] = ([x, -y, -x, y] as const)[quarter as 0 | 1 | 2 | 3];
    sin[j] = ([y, x, -y, -x] as const)[quarter as 0 | 1 | 2 | 3];
  }
  return { cos, sin };
}
