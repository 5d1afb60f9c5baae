/**
 * Bounds for balls of L2 that take what lines leave of all outputs of a step together. Their balls cost seconds, most of it for certified
 * norms. So a search goes by guesses, whose norms and intervals are nearly right, and proves where they end; on the way each guess improves how
 * outputs are scaled against what they are made of, which is free to choose.
 */
import type { Network } from "../model/index.ts";
import type { F32Pointer } from "../wasm/index.ts";
import type { Interval, Known } from "./interval.ts";
import { jointNorm, MOST_NORM_ROWS } from "./joint-norm.ts";
import { Spectrum } from "./joint-spectrum.ts";
import { JointStep } from "./joint-step.ts";
import { LinearBounds } from "./linear-bounds.ts";
import type { Ball, Region } from "./region.ts";
import { ALL_TERMS } from "./rounding.ts";
import type { BoundStep, WeightedSum } from "./step.ts";
import { jointSteps, stepsOf } from "./steps.ts";

/** Numbers of a value beyond which it would take too long to bound what lines leave of all of them together. */
const WIDEST_JOINT = 2 ** 15;
/** A scale is changed by this share at most at first, later by less; and so far in all. */
const MOST_CHANGE = 0.15;
const MOST_BALANCE = 8;
/** By how much a certified norm is larger than the guessed one, about. */
const MARGIN = 1.004;
/** Every output counts for this share of the mean energy at least. */
const LEAST_ENERGY = 0.05;

/** Intervals of the last guess that worked them out, as far from the reference, and the radii they go with. */
interface Widths {
  readonly intervals: Map<number, Interval>;
  readonly radii: Map<number, number[]>;
}

export class JointBounds extends LinearBounds {
  private readonly joints = new Map<number, JointStep>();
  private readonly moves: readonly F32Pointer[];
  private spectra = new Map<JointStep, Spectrum>();
  private guessed: { epsilon: number } | undefined;
  private widest: Widths | undefined;
  private changes = 0;

  /** Undefined for networks without a maximum pooling, those that bend otherwise, and large ones. */
  static of(network: Network): JointBounds | undefined {
    const { steps } = stepsOf(network);
    const widest = steps.reduce(
      (most, { operation, merge }) => Math.max(most, (operation ?? merge)?.outputSize ?? 0),
      0,
    );
    const joint = widest > WIDEST_JOINT ? undefined : jointSteps(steps);
    const bounds = joint && new JointBounds(network, joint);
    return bounds?.isEven ? bounds : undefined;
  }

  private constructor(network: Network, joint: ReturnType<typeof jointSteps>) {
    super(network, ALL_TERMS, joint);
    this.steps.forEach((step, i) => {
      if (step instanceof JointStep) this.joints.set(i + 1, step);
    });
    this.moves = Spectrum.reserve(this);
  }

  /** Begins another row: nothing that was tried before has a say. */
  forget(): void {
    this.spectra = new Map();
    this.widest = undefined;
    this.changes = 0;
    for (const step of this.joints.values()) step.balance.fill(1);
  }

  /** What `bound` would give, nearly, of a ball of the row at hand; scales are better afterwards. */
  guess(ball: Ball, weights: Float32Array): Float64Array {
    this.guessed = ball;
    try {
      // Regions of their own: what is not proved is never an interval of `wider`.
      const found = this.bound(ball, weights, true, new Map());
      this.rebalance();
      return found;
    } finally {
      this.guessed = undefined;
    }
  }
  /** How long what a step's lines leave may be over a ball of L2, scaled. */
  protected override leftBy(step: JointStep, epsilon: number): number {
    const spectrum = this.spectrumOf(step);
    if (this.guessed) return MARGIN * spectrum.norm(epsilon);
    if (spectrum.isFresh) spectrum.norm(epsilon);
    const { arena } = this.workspace;
    const rows = step.factor.length;
    const [value] = step.inputs as [number];
    const before = this.before(value);
    if (before.length > 0 && rows > MOST_NORM_ROWS) return Number.POSITIVE_INFINITY;
    const size = this.widths[0] as number;
    const inputs = { values: new Float32Array(rows * size), columns: size, radius: epsilon * (1 + 2 ** -50) };
    for (const one of before) one.kept = { values: new Float32Array(rows * one.outputSize), first: 0 };
    let squares = 0;
    for (let first = 0; first < rows; first += this.rows) {
      const count = Math.min(this.rows, rows - first);
      const begun = this.beginSums(value, step.factor.slice(first, first + count));
      const at = this.toInput(undefined, begun.from, count, begun.at);
      inputs.values.set(arena.f32(at, count * size), first * size);
      for (const cost of arena.f64(this.constants, count)) squares += cost * cost;
      for (const { kept } of before) if (kept) kept.first += count;
    }
    const left = before.map(({ kept, outputSize, radius }) => ({
      values: (kept as { values: Float32Array }).values,
      columns: outputSize,
      radius,
    }));
    for (const one of before) one.kept = undefined;
    const length = jointNorm(this.workspace, rows, [inputs, ...left], spectrum.shares);
    // Coefficients that are kept are rounded: no norm by more than 2^-24 of its Frobenius norm, which is 2^6 times as large at most.
    const rounded = 2 ** -17 * before.length * length + left.reduce((sum, { radius }) => sum + 2 ** -100 * radius, 0);
    return (length + rounded + Math.sqrt(squares)) * (1 + 2 ** -40);
  }

  /** In a guess, where an earlier one worked intervals out: those, as much wider as what lines leave is longer. */
  protected override narrow(region: Region, value: number, step: BoundStep, output: Known): boolean {
    const { guessed, widest } = this;
    if (!guessed) return super.narrow(region, value, step, output);
    const radii = [guessed.epsilon, ...this.before(value).map(({ radius }) => radius)];
    const then = widest?.intervals.get(value);
    const { lower, upper, reference } = output;
    if (!then) {
      const found = super.narrow(region, value, step, output);
      this.widest ??= { intervals: new Map(), radii: new Map() };
      this.widest.radii.set(value, radii);
      this.widest.intervals.set(value, {
        lower: lower.map((low, i) => low - (reference[i] as number)),
        upper: upper.map((high, i) => high - (reference[i] as number)),
      });
      return found;
    }
    const before = widest?.radii.get(value) as number[];
    const by = radii.reduce((most, radius, k) => Math.max(most, radius / (before[k] as number)), 0);
    for (let i = 0; i < lower.length; i++) {
      const at = reference[i] as number;
      lower[i] = Math.max(lower[i] as number, at + by * (then.lower[i] as number));
      upper[i] = Math.min(upper[i] as number, at + by * (then.upper[i] as number));
    }
    return true;
  }

  /** The joint steps whose values lead to one. */
  private before(value: number): JointStep[] {
    return [...this.joints].filter(([output]) => output <= value).map(([, step]) => step);
  }

  private spectrumOf(step: JointStep): Spectrum {
    let spectrum = this.spectra.get(step);
    if (!spectrum) {
      const [value] = step.inputs as [number];
      const before = new Map([...this.joints].filter(([output]) => output <= value));
      spectrum = new Spectrum(this, step, before, this.moves);
      this.spectra.set(step, spectrum);
    }
    return spectrum;
  }

  /**
   * Moves the scale of each output towards balance: the norm of its own step should rest on it as much as those of later steps do. Where
   * the first is larger its rows of F are to be smaller, and what it leaves weighs more.
   */
  private rebalance(): void {
    const all = [...this.joints.values()];
    const most = 1 + MOST_CHANGE / (1 + this.changes++ / 2);
    all.forEach((step, at) => {
      const own = this.spectra.get(step)?.rowEnergy ?? new Float64Array(0);
      const n = step.outputSize;
      if (own.length !== n) return;
      const later = new Float64Array(n);
      for (const other of all.slice(at + 1)) {
        const energy = this.spectra.get(other)?.energies[at + 1];
        energy?.forEach((x, i) => {
          later[i] = (later[i] as number) + x;
        });
      }
      const sum = later.reduce((a, b) => a + b, 0);
      if (!(sum > 0)) return;
      const least = LEAST_ENERGY / n;
      for (let i = 0; i < n; i++) {
        const ratio = ((own[i] as number) + least) / ((later[i] as number) / sum + least);
        const by = Math.sqrt(Math.sqrt(Math.sqrt(ratio)));
        const to = (step.balance[i] as number) * Math.min(Math.max(by, 1 / most), most);
        step.balance[i] = Math.min(Math.max(to, 1 / MOST_BALANCE), MOST_BALANCE);
      }
    });
  }

  /** Begins a row for each of some sums of the numbers of a value. */
  private beginSums(value: number, sums: readonly WeightedSum[]): { from: number; at: F32Pointer } {
    const { arena } = this.workspace;
    const step = this.steps[value - 1];
    if (step?.sumRows) return { from: step.inputs[0] as number, at: step.sumRows(sums, this.constants) };
    const width = this.widths[value] as number;
    arena.f64(this.constants, sums.length).set(sums.map(({ cost }) => -cost));
    const rows = arena.f32(this.start, sums.length * width).fill(0);
    sums.forEach(({ indices, weights }, r) => {
      indices.forEach((index, k) => {
        rows[r * width + index] = weights[k] as number;
      });
    });
    return { from: value, at: this.start };
  }
}
