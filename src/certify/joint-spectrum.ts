/**
 * The norm that a step's rows F have over what enters them, nearly, by a block Krylov method: of F (A_0 v_0 + A_1 v_1 + ...), |v_k| <= r_k, where
 * v_0 is the change of the input and the others what lines of earlier steps leave. Nothing that is proved rests on it: it says where to look,
 * in which shares the certified norm takes its summands, and which outputs are scaled too much.
 */
import { Random } from "../numeric/random.ts";
import { type F32Pointer, offset32 } from "../wasm/index.ts";
import type { JointStep } from "./joint-step.ts";
import type { LinearBounds } from "./linear-bounds.ts";
import { principalAxes } from "./principal-axes.ts";

/** Vectors that go through the network together. */
const PROBES = 8;
/** Blocks of them that span a Krylov space, and all vectors of that. */
const BLOCKS = 3;
const BASIS = PROBES * BLOCKS;
/** No summand has less than this share of the norm. */
const LEAST_SHARE = 2 ** -12;
/** How much more the largest eigenvalue counts than others where energies are summed: their ratio to this power, of two. */
const SQUARINGS = 4;

export class Spectrum {
  /** The share of each summand in the norm; they add up to 1. */
  shares: number[];
  /** By summand and by output of the step itself: where the vectors of the largest eigenvalues are, each adding up to 1 or to nothing. */
  energies: readonly Float64Array[] = [];
  rowEnergy = new Float64Array(0);
  private readonly bounds: LinearBounds;
  private readonly step: JointStep;
  /** The joint steps before it, by the value that they give. */
  private readonly before: ReadonlyMap<number, JointStep>;
  /** f32[PROBES, width] of each value up to the step's input. */
  private readonly moves: readonly F32Pointer[];
  /** f64[PROBES, width] of each summand. */
  private inputs: Float64Array[];
  /** Whether nothing was worked out yet. */
  isFresh = true;

  constructor(
    bounds: LinearBounds,
    step: JointStep,
    before: ReadonlyMap<number, JointStep>,
    moves: readonly F32Pointer[],
  ) {
    this.bounds = bounds;
    this.step = step;
    this.before = before;
    this.moves = moves;
    const widths = [bounds.widths[0] as number, ...[...before.values()].map(({ outputSize }) => outputSize)];
    this.shares = widths.map(() => 1 / widths.length);
    const random = new Random(0, 0);
    let drawn = 0;
    this.inputs = widths.map((width) =>
      Float64Array.from({ length: PROBES * width }, () => 2 * random.uniform(drawn++) - 1),
    );
  }

  /** Memory for the moves that all spectra of some bounds share. */
  static reserve({ widths, workspace }: LinearBounds): F32Pointer[] {
    return widths.map((width) => workspace.arena.allocateF32(PROBES * width));
  }

  /** The norm over a ball, nearly; the radii of the steps before are taken as they are. */
  norm(epsilon: number): number {
    if (this.step.factor.length === 0) return 0;
    const radii = [epsilon, ...[...this.before.values()].map(({ radius }) => radius)];
    if (radii.some((radius) => !Number.isFinite(radius))) return Number.POSITIVE_INFINITY;
    let largest = this.round(radii);
    // The first goes by noise, and by shares that nothing is known of.
    if (this.isFresh) largest = this.round(radii);
    this.isFresh = false;
    return largest;
  }

  /** Blocks of a Krylov space, the Ritz values over all of them, and where the vectors of the largest are. */
  private round(radii: readonly number[]): number {
    const { shares } = this;
    const rows = this.step.factor.length;
    const factors = radii.map((radius, k) => (radius * radius) / (shares[k] as number));
    const out = new Float64Array(BASIS * rows);
    const back = radii.map((_, k) => new Float64Array(BASIS * ((this.inputs[k] as Float64Array).length / PROBES)));
    for (let block = 0; block < BLOCKS; block++) {
      out.set(this.forward(), block * PROBES * rows);
      orthonormalize(out, rows, block * PROBES, (block + 1) * PROBES);
      this.backward(out.subarray(block * PROBES * rows, (block + 1) * PROBES * rows)).forEach((c, k) => {
        (back[k] as Float64Array).set(c, block * c.length);
        this.inputs[k] = c.map((x) => (factors[k] as number) * x);
      });
    }
    const total = new Float64Array(BASIS * BASIS);
    back.forEach((c, k) => {
      addGram(c, factors[k] as number, total);
    });
    const { values, vectors } = principalAxes(BASIS, total);
    const largest = Math.sqrt(Math.max(0, values[0] as number));
    if (!(largest > 0)) return 0;
    const turned = back.map((c) => combine(c, vectors));
    this.settle(combine(out, vectors), turned, radii, values);
    this.inputs = turned.map((c, k) => c.map((x) => (factors[k] as number) * x));
    this.share(turned, radii);
    return largest;
  }

  /** Shares that are nearer to the best for the vector of the largest eigenvalue. */
  private share(turned: readonly Float64Array[], radii: readonly number[]): void {
    const sizes = turned.map((c, k) => {
      let squares = 0;
      for (let i = 0; i < c.length / PROBES; i++) squares += (c[i] as number) * (c[i] as number);
      return (radii[k] as number) * Math.sqrt(squares);
    });
    const sum = sizes.reduce((a, b) => a + b, 0);
    const next = sizes.map((size, k) => Math.max(LEAST_SHARE, Math.sqrt((this.shares[k] as number) * (size / sum))));
    const all = next.reduce((a, b) => a + b, 0);
    this.shares = next.map((share) => share / all);
  }

  private settle(
    out: Float64Array,
    turned: readonly Float64Array[],
    radii: readonly number[],
    values: Float64Array,
  ): void {
    const weights = dominance(values);
    const { owners, outputSize } = this.step;
    const rows = owners.length;
    this.rowEnergy = new Float64Array(outputSize);
    for (let p = 0; p < PROBES; p++) {
      for (let r = 0; r < rows; r++) {
        const owner = owners[r] as number;
        const x = out[p * rows + r] as number;
        this.rowEnergy[owner] = (this.rowEnergy[owner] as number) + (weights[p] as number) * x * x;
      }
    }
    this.energies = turned.map((c, k) => {
      const width = c.length / PROBES;
      const energy = new Float64Array(width);
      for (let p = 0; p < PROBES; p++) {
        const value = values[p] as number;
        if (!(value > 0)) continue;
        const by =
          ((weights[p] as number) * (radii[k] as number) * (radii[k] as number)) / ((this.shares[k] as number) * value);
        for (let i = 0; i < width; i++) {
          const x = c[p * width + i] as number;
          energy[i] = (energy[i] as number) + by * x * x;
        }
      }
      return energy;
    });
  }

  /** F (A_0 v_0 + ...) of the vectors. */
  private forward(): Float64Array {
    const { bounds, moves, before, step } = this;
    const { arena } = bounds.workspace;
    const [target] = step.inputs as [number];
    const width = (value: number) => PROBES * (bounds.widths[value] as number);
    arena.f32(moves[0] as F32Pointer, width(0)).set(this.inputs[0] as Float64Array);
    let k = 0;
    for (let value = 1; value <= target; value++) {
      const one = bounds.steps[value - 1];
      if (!one) continue;
      const joint = before.get(value);
      if (joint) {
        k++;
        const from = arena.f32(moves[joint.inputs[0] as number] as F32Pointer, width(joint.inputs[0] as number));
        joint.spread(PROBES, from, this.inputs[k] as Float64Array, arena.f32(moves[value] as F32Pointer, width(value)));
      } else {
        one.tangent?.(
          PROBES,
          one.inputs.map((input) => moves[input] as F32Pointer),
          moves[value] as F32Pointer,
        );
      }
    }
    return step.factorTimes(PROBES, arena.f32(moves[target] as F32Pointer, width(target)));
  }

  /** The transposes times rows: of the input's change, and of what each step before leaves. */
  private backward(out: Float64Array): Float64Array[] {
    const { bounds, before, step } = this;
    const { arena } = bounds.workspace;
    const [target] = step.inputs as [number];
    const size = bounds.widths[0] as number;
    step.factorSums(PROBES, out, arena.f32(bounds.start, PROBES * (bounds.widths[target] as number)));
    arena.f64(bounds.constants, PROBES).fill(0);
    for (const one of before.values()) one.kept = { values: new Float32Array(PROBES * one.outputSize), first: 0 };
    const at = bounds.toInput(undefined, target, PROBES, bounds.start);
    const found = [Float64Array.from(arena.f32(offset32(at, 0), PROBES * size))];
    for (const one of before.values()) {
      found.push(Float64Array.from((one.kept as { values: Float32Array }).values));
      one.kept = undefined;
    }
    return found;
  }
}

/** Makes some rows orthonormal, and to those before; a row that is a sum of others becomes zero. */
function orthonormalize(rows: Float64Array, width: number, first: number, end: number): void {
  for (let p = first; p < end; p++) {
    const own = rows.subarray(p * width, (p + 1) * width);
    const before = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++) {
      for (let q = 0; q < p; q++) {
        const other = rows.subarray(q * width, (q + 1) * width);
        const by = dot(own, other);
        for (let i = 0; i < width; i++) own[i] = (own[i] as number) - by * (other[i] as number);
      }
    }
    const length = Math.sqrt(dot(own, own));
    const by = length > 2 ** -30 * before ? 1 / length : 0;
    for (let i = 0; i < width; i++) own[i] = (own[i] as number) * by;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** total += by C C^T of rows.   total  f64[BASIS, BASIS] */
function addGram(c: Float64Array, by: number, total: Float64Array): void {
  const width = c.length / BASIS;
  for (let p = 0; p < BASIS; p++) {
    for (let q = 0; q <= p; q++) {
      const product = by * dot(c.subarray(p * width, (p + 1) * width), c.subarray(q * width, (q + 1) * width));
      total[p * BASIS + q] = (total[p * BASIS + q] as number) + product;
      if (q < p) total[q * BASIS + p] = (total[q * BASIS + p] as number) + product;
    }
  }
}

/** The sums of the rows, each by its number in a vector, for the vectors of the largest values. */
function combine(c: Float64Array, vectors: Float64Array): Float64Array {
  const width = c.length / BASIS;
  const out = new Float64Array(PROBES * width);
  for (let j = 0; j < PROBES; j++) {
    const to = out.subarray(j * width, (j + 1) * width);
    for (let p = 0; p < BASIS; p++) {
      const by = vectors[j * BASIS + p] as number;
      if (by === 0) continue;
      const from = c.subarray(p * width, (p + 1) * width);
      for (let i = 0; i < width; i++) to[i] = (to[i] as number) + by * (from[i] as number);
    }
  }
  return out;
}

/** Weights that add up to 1, falling steeply with the eigenvalue. */
function dominance(values: Float64Array): Float64Array {
  const weights = values.map((value) => {
    let ratio = Math.max(0, value) / (values[0] as number);
    for (let i = 0; i < SQUARINGS; i++) ratio *= ratio;
    return ratio;
  });
  const sum = weights.subarray(0, PROBES).reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
