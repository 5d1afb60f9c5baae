/** Directions in the space of a layer's activations: random ones, and those that a user gives. */
import { outOfRange, requireFinite, requireInteger, wrongType } from "../../check.ts";
import { Random } from "../../numeric/random.ts";

/** Stream of the generator, so that one seed gives other numbers elsewhere. */
const STREAM = 1;

/**
 * Random unit directions v ~ N(0, I) / |.|: f32[count, size]. Direction i depends on the seed, the size and i alone.
 * Throws for a number of directions or a size that is not whole.
 */
export function randomDirections(count: number, size: number, seed: number): Float32Array {
  requireInteger("directions", count, 0);
  requireInteger("size", size, 1);
  const out = new Float32Array(count * size);
  new Random(seed, STREAM).fillNormal(out, 1);
  return unitRows(out, size, "random direction");
}

/**
 * The mean of some rows minus the mean of others: the direction from one class to another, f32[size]. Both sets are
 * f32[n, size]. Throws for a set that is empty or is not whole rows.
 */
export function meanDifference(to: Float32Array, from: Float32Array, size: number): Float32Array {
  const mean = (rows: Float32Array, subject: string): Float64Array => {
    if (rows.length === 0 || rows.length % size !== 0)
      outOfRange(subject, `rows of ${size} values`, `${rows.length} values`);
    const sum = new Float64Array(size);
    for (let i = 0; i < rows.length; i++) sum[i % size] = (sum[i % size] as number) + (rows[i] as number);
    return sum.map((value) => (value * size) / rows.length);
  };
  const [a, b] = [mean(to, "rows of the one"), mean(from, "rows of the other")];
  return Float32Array.from(a, (value, i) => value - (b[i] as number));
}

/** Directions a user gives, each of length 1: f32[n, size]. Refuses other lengths, zeros and what is not finite. */
export function requireDirections(given: readonly Float32Array[], size: number, layer: string): Float32Array {
  const all = new Float32Array(given.length * size);
  given.forEach((direction, i) => {
    const subject = `given[${i}]`;
    if (!(direction instanceof Float32Array)) wrongType(subject, "a Float32Array", direction);
    if (direction.length !== size) {
      outOfRange(subject, `a direction of ${size} values, as ${layer} has`, `${direction.length}`);
    }
    requireFinite(subject, direction);
    if (direction.every((value) => value === 0)) outOfRange(subject, "a direction", "zero");
    all.set(direction, i * size);
  });
  return unitRows(all, size, "given direction");
}

/** Divides each row by its length, in place. */
function unitRows(rows: Float32Array, size: number, subject: string): Float32Array {
  for (let at = 0; at < rows.length; at += size) {
    const row = rows.subarray(at, at + size);
    const scale = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (scale === 0) outOfRange(`${subject} ${at / size}`, "a direction", "zero");
    const squared = row.reduce((sum, value) => sum + (value / scale) * (value / scale), 0);
    const length = Math.sqrt(squared);
    for (let i = 0; i < size; i++) row[i] = (row[i] as number) / scale / length;
  }
  return rows;
}
