/** Where changed rows may lie: a ball of a norm around a row, cut by a box; and the least that rows of coefficients come to over it. */
import { type F32Pointer, type F64Pointer, offset32, type Workspace } from "../wasm/index.ts";
import type { Interval, Known } from "./interval.ts";
import { above, below, type ErrorTerms, widenForSum } from "./rounding.ts";

/** A norm in which rows can be certified. */
export type CertifiedNorm = "linf" | "l2" | "l1";

export interface Ball {
  readonly row: Float32Array;
  /** Of each feature. */
  readonly box: Interval;
  readonly norm: CertifiedNorm;
  readonly epsilon: number;
}

export class Region {
  /** The smallest box that holds it. */
  readonly hull: Known;
  private readonly norm: CertifiedNorm;
  private readonly epsilon: number;
  private readonly workspace: Workspace;
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;
  private readonly box: F32Pointer;
  private readonly size: number;

  /** Reserves what every region of such rows needs. */
  static reserve({ arena }: Workspace, size: number): { lower: F64Pointer; upper: F64Pointer; box: F32Pointer } {
    return { lower: arena.allocateF64(size), upper: arena.allocateF64(size), box: arena.allocateF32(2 * size) };
  }

  /** @param box the ends of each feature; features that are held have equal ends */
  constructor(
    workspace: Workspace,
    place: ReturnType<typeof Region.reserve>,
    {
      row,
      box,
      norm,
      epsilon,
      terms,
    }: { row: Float32Array; box: Interval; norm: CertifiedNorm; epsilon: number; terms: ErrorTerms },
  ) {
    const size = row.length;
    this.workspace = workspace;
    this.norm = norm;
    this.epsilon = epsilon;
    this.size = size;
    this.lower = place.lower;
    this.upper = place.upper;
    this.box = place.box;
    const [lower, upper] = [new Float64Array(size), new Float64Array(size)];
    const change = new Float32Array(2 * size);
    for (let i = 0; i < size; i++) {
      const x = row[i] as number;
      const reach = Math.abs(x) + epsilon;
      lower[i] = Math.max(box.lower[i] as number, below(x - epsilon, reach));
      upper[i] = Math.min(box.upper[i] as number, above(x + epsilon, reach));
      change[i] = outward((lower[i] as number) - x);
      change[size + i] = outward((upper[i] as number) - x);
    }
    const reference = Float64Array.from(row);
    this.hull = { lower, upper, reference };
    const { arena } = workspace;
    const from = lower.map((low, i) =>
      below(low - (reference[i] as number), Math.abs(low) + Math.abs(reference[i] as number)),
    );
    const to = upper.map((high, i) =>
      above(high - (reference[i] as number), Math.abs(high) + Math.abs(reference[i] as number)),
    );
    widenForSum(from, to, terms);
    arena.f64(this.lower, size).set(from);
    arena.f64(this.upper, size).set(to);
    arena.f32(this.box, 2 * size).set(change);
  }

  /** Whether intervals of the inputs say all. */
  get isBox(): boolean {
    return this.norm === "linf";
  }

  /** Differences in the region at which a[r] d is least, nearly, a row each. */
  lowest(rows: number, a: F32Pointer): Float32Array {
    const { size, epsilon } = this;
    const { arena } = this.workspace;
    const box = arena.f32(this.box, 2 * size);
    const ends = { lower: box.subarray(0, size), upper: box.subarray(size) };
    const out = new Float32Array(rows * size);
    for (let r = 0; r < rows; r++) {
      const coefficients = arena.f32(offset32(a, r * size), size);
      const to = out.subarray(r * size, (r + 1) * size);
      if (this.norm === "linf") moveAlong(coefficients, ends, Number.POSITIVE_INFINITY, to);
      if (this.norm === "l2") lowestL2(coefficients, ends, epsilon, to);
      if (this.norm === "l1") lowestL1(coefficients, ends, epsilon, to);
    }
    return out;
  }

  /** constants[r] += the least of a[r] d over the region, d the difference to its row. */
  add(rows: number, a: F32Pointer, constants: F64Pointer): void {
    const { kernels } = this.workspace;
    const { size, lower, upper, box, epsilon } = this;
    if (this.norm === "linf") kernels.interval_sum_f64(rows, size, a, lower, upper, constants);
    if (this.norm === "l2") kernels.dual_l2_f64(rows, size, epsilon, a, box, constants);
    if (this.norm === "l1") kernels.dual_l1_f64(rows, size, epsilon, a, box, constants);
  }
}

/** An f32 at least as far from zero as x, whatever the subtraction lost that gave it. */
function outward(x: number): number {
  return x === 0 ? 0 : Math.fround(x * (1 + 2 ** -22) + Math.sign(x) * 2 ** -149);
}

interface Ends {
  readonly lower: Float32Array;
  readonly upper: Float32Array;
}

/** d = -t a, held by the box; where a is zero nothing moves. */
function moveAlong(a: Float32Array, { lower, upper }: Ends, t: number, to: Float32Array): void {
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    to[i] = x === 0 ? 0 : Math.min(Math.max(-t * x, lower[i] as number), upper[i] as number);
  }
}

/** Steps towards the length at which a ball is filled. */
const STEPS = 6;

function lowestL2(a: Float32Array, ends: Ends, epsilon: number, to: Float32Array): void {
  let t = 0;
  for (let step = 0; step < STEPS; step++) {
    let [free, held] = [0, 0];
    for (let i = 0; i < a.length; i++) {
      const [x, low, high] = [a[i] as number, ends.lower[i] as number, ends.upper[i] as number];
      const d = -t * x;
      if (d >= low && d <= high) free += x * x;
      else held += d < low ? low * low : high * high;
    }
    if (free === 0 || held >= epsilon * epsilon) break;
    t = Math.max(t, Math.sqrt((epsilon * epsilon - held) / free));
  }
  moveAlong(a, ends, t, to);
}

function lowestL1(a: Float32Array, { lower, upper }: Ends, epsilon: number, to: Float32Array): void {
  let left = epsilon;
  to.fill(0);
  for (const i of Array.from(a.keys()).sort((j, k) => Math.abs(a[k] as number) - Math.abs(a[j] as number))) {
    const x = a[i] as number;
    if (x === 0 || left <= 0) break;
    const room = x > 0 ? -(lower[i] as number) : (upper[i] as number);
    const by = Math.min(left, room);
    to[i] = x > 0 ? -by : by;
    left -= by;
  }
}
