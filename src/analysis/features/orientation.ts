/**
 * How much a filter is an oriented edge: statistics of its power spectrum, and of where its weights lie. All of them compare filters of
 * one size; none is fitted.
 */
import { requireInteger, requireRows } from "../../check.ts";
import { rootsOfUnity } from "../../numeric/roots-of-unity.ts";

/** The statistics of one filter. */
export interface FilterShape {
  /**
   * Length of the mean of e^(2 i theta) over the power spectrum without its constant, theta the direction of a frequency: 1 where all power
   * lies along one line of frequencies, as a grating's does, 0 where it has no direction.
   */
  orientation: number;
  /** Standard deviation of the length of a frequency over its mean, under the power: small where one frequency prevails. */
  bandwidth: number;
  /** Root mean square distance of the squared weights from their centre, over that of equal weights: small where they lie together. */
  spread: number;
}

/** Frequencies a side for each weight a side: the spectrum between the multiples of 1 / size counts too. */
const OVERSAMPLED = 2;

/**
 * The statistics of each filter.
 *
 * @param filters f32[n, side side]: filters of one channel, row-major
 */
export function filterShapes(filters: Float32Array, side: number): FilterShape[] {
  requireInteger("side", side, 2);
  const count = requireRows("filters", filters, side * side);
  const m = OVERSAMPLED * side;
  const { cos, sin } = rootsOfUnity(m);
  return Array.from({ length: count }, (_, k) => {
    const filter = filters.subarray(k * side * side, (k + 1) * side * side);
    return { ...spectrumShape(filter, side, m, cos, sin), spread: spreadOf(filter, side) };
  });
}

/**
 * By rows first, then columns. Of a real filter the two halves of the plane have the same power, so one half counts twice. Half the
 * sampling frequency is left out: its direction has two signs.
 */
function spectrumShape(filter: Float32Array, side: number, m: number, cos: Float64Array, sin: Float64Array) {
  const half = m / 2;
  const [re, im] = [new Float64Array(side * half), new Float64Array(side * half)];
  for (let y = 0; y < side; y++) {
    for (let fx = 0; fx < half; fx++) {
      let [a, b] = [0, 0];
      for (let x = 0; x < side; x++) {
        const value = filter[y * side + x] as number;
        a += value * (cos[(fx * x) % m] as number);
        b -= value * (sin[(fx * x) % m] as number);
      }
      re[y * half + fx] = a;
      im[y * half + fx] = b;
    }
  }
  let [power, along, across, lengths, squares] = [0, 0, 0, 0, 0];
  for (let fx = 0; fx < half; fx++) {
    for (let fy = 1 - half; fy < half; fy++) {
      if (fx === 0 && fy === 0) continue;
      let [a, b] = [0, 0];
      for (let y = 0; y < side; y++) {
        const turn = (((fy * y) % m) + m) % m;
        const [c, s] = [cos[turn] as number, sin[turn] as number];
        const [u, v] = [re[y * half + fx] as number, im[y * half + fx] as number];
        a += u * c + v * s;
        b += v * c - u * s;
      }
      const p = (fx === 0 ? 1 : 2) * (a * a + b * b);
      const squared = fx * fx + fy * fy;
      power += p;
      // e^(2 i theta) of the direction (fx, fy), without an angle.
      along += (p * (fx * fx - fy * fy)) / squared;
      across += (p * 2 * fx * fy) / squared;
      lengths += p * Math.sqrt(squared);
      squares += p * squared;
    }
  }
  if (power === 0) return { orientation: 0, bandwidth: 0 };
  const mean = lengths / power;
  return {
    orientation: Math.sqrt(along * along + across * across) / power,
    bandwidth: Math.sqrt(Math.max(0, squares / power - mean * mean)) / mean,
  };
}

function spreadOf(filter: Float32Array, side: number): number {
  let [mass, x, y, squares] = [0, 0, 0, 0];
  for (let i = 0; i < filter.length; i++) {
    const weight = (filter[i] as number) * (filter[i] as number);
    const [column, row] = [i % side, Math.floor(i / side)];
    mass += weight;
    x += weight * column;
    y += weight * row;
    squares += weight * (column * column + row * row);
  }
  if (mass === 0) return 0;
  const second = squares / mass - (x / mass) * (x / mass) - (y / mass) * (y / mass);
  return Math.sqrt(Math.max(0, second) / ((side * side - 1) / 6));
}
