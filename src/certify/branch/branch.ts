/**
 * Branch and bound for networks of rectifiers: a region is halved by the signs of rectifiers' inputs until the bound of every part is
 * above zero, or a row is found that is below.   [Bunel et al. 2020; Wang et al. 2021, beta-CROWN]
 */
import { type Condition, withOffset } from "../claim.ts";
import type { Ball } from "../region.ts";
import type { Witness } from "../witness.ts";
import { ascend, ascendUnits } from "./ascent.ts";
import type { Outcome, Search } from "./outcome.ts";
import { bestUnits, firstParameters, halve, isEmptyPart, narrow, openUnits, type Part, type Unit } from "./part.ts";
import type { PerRectifier, Relaxation } from "./relaxation.ts";

export interface BranchOptions extends Search {
  readonly ball: Ball;
  /** Conditions that are to be refuted, each. */
  readonly goals: readonly Condition[];
  readonly witness: Witness;
}

/** Steps of the ascent and its rates: of intervals, of the goals over the whole region, of parts, of parts without open signs. */
const INTERVALS = { steps: 8, rates: { slope: 0.2, split: 0 } } as const;
const WHOLE = { steps: 20, rates: { slope: 0.2, split: 0 } } as const;
const PARTS = { steps: 10, slope: 0.1, split: 0.1 } as const;
const LEAVES = { steps: 200, slope: 0.1, split: 0.3 } as const;
/** Parts that are halved at once. */
const TAKEN = 16;
/** Numbers whose halves are compared. */
const COMPARED = 3;
/** What the better half counts beside the worse. */
const BETTER = 0.1;

interface OpenPart extends Part {
  readonly bound: number;
  readonly units: readonly Unit[];
}

/** A number of an interval, with the parameters that bound it best over the whole region. */
interface OwnParameters {
  readonly below: PerRectifier;
  readonly above: PerRectifier;
}

export async function branch(relaxation: Relaxation, options: BranchOptions): Promise<Outcome> {
  return new Branching(relaxation, options).run();
}

class Branching {
  private readonly relaxation: Relaxation;
  private readonly options: BranchOptions;
  private readonly scores: number;
  private readonly begun: number;
  /** By rectifier and number. */
  private own: readonly Map<number, OwnParameters>[] = [];
  /** The size of coefficients, by which multipliers move. */
  private scale = 1;
  private found: Float32Array | undefined;
  private parts = 0;

  constructor(relaxation: Relaxation, options: BranchOptions) {
    this.relaxation = relaxation;
    this.options = options;
    this.scores = relaxation.bounds.scores;
    this.begun = relaxation.evaluations;
  }

  async run(): Promise<Outcome> {
    const { relaxation, options } = this;
    const ends = relaxation.prepare(options.ball);
    if (!ends) return this.outcome("undecided");
    const root = ends.map((interval) => interval.slice());
    this.own = root.map(() => new Map());
    await this.narrowRoot(root);
    const open = this.boundGoals(root);
    while (open.length > 0 && !this.found) {
      if (this.isSpent) return this.outcome("undecided");
      await options.turn();
      const taken = open.splice(Math.max(0, open.length - TAKEN));
      const { halves, isUndecided } = this.halves(taken);
      if (this.found) break;
      if (isUndecided) return this.outcome("undecided");
      // The worst comes last, and is taken next.
      open.push(...this.boundParts(halves, PARTS).sort((a, b) => b.bound - a.bound));
    }
    return this.outcome(this.found ? "falsified" : "proved");
  }

  private get isSpent(): boolean {
    return this.options.isSpent(this.relaxation.evaluations - this.begun);
  }

  private outcome(verdict: Outcome["verdict"]): Outcome {
    const evaluations = this.relaxation.evaluations - this.begun;
    return { verdict, evaluations, parts: this.parts, ...(this.found && { row: this.found }) };
  }

  /** Narrows the intervals over the whole region, by bounds with parameters of their own. */
  private async narrowRoot(ends: Float32Array[]): Promise<void> {
    const { relaxation } = this;
    for (const [k, { input, size }] of relaxation.rectifiers.entries()) {
      if (!relaxation.rectifiers.some(({ output }) => output <= input)) continue;
      const interval = ends[k] as Float32Array;
      const open = openUnits(interval);
      for (let first = 0; first < open.length; first += relaxation.batch) {
        if (this.isSpent) return;
        await this.options.turn();
        const units = Int32Array.from(open.slice(first, first + relaxation.batch));
        const below = ascendUnits(relaxation, { k, units, sign: 1, ends }, { ...INTERVALS, enough: 0 });
        const above = ascendUnits(relaxation, { k, units, sign: -1, ends }, { ...INTERVALS, enough: 0 });
        units.forEach((unit, r) => {
          narrow(interval, size, unit, below.bounds[r] as number, above.bounds[r] as number);
          this.own[k]?.set(unit, {
            below: below.parameters[r] as PerRectifier,
            above: above.parameters[r] as PerRectifier,
          });
        });
      }
    }
  }

  /** Bounds the goals over the whole region: the parts that are open. */
  private boundGoals(ends: PerRectifier): OpenPart[] {
    const parameters = firstParameters(ends);
    const goals = this.options.goals.map((_, goal) => ({ goal, ends, parameters }));
    const open = this.boundParts(goals, { ...WHOLE.rates, steps: WHOLE.steps });
    return open.sort((a, b) => b.bound - a.bound);
  }

  /** Bounds parts by an ascent from their parameters, looks for rows that falsify, and returns those that are open. */
  private boundParts(
    parts: readonly Part[],
    { steps, slope, split }: { steps: number; slope: number; split: number },
  ): OpenPart[] {
    const { relaxation, options } = this;
    const open: OpenPart[] = [];
    for (let first = 0; first < parts.length && !this.found; first += relaxation.batch) {
      const chunk = parts.slice(first, first + relaxation.batch);
      const count = chunk.length;
      const beginning = this.begin(chunk);
      const rates = { slope, split: split * this.scale };
      const { bounds, parameters, lowest } = ascend(relaxation, count, beginning, { steps, rates, enough: 0 });
      this.parts += count;
      const below = chunk.map(({ goal }, r) => this.reached(bounds, r, goal) <= 0);
      chunk.forEach((part, r) => {
        if (!below[r]) return;
        const units = bestUnits(relaxation, part.ends, count, r, COMPARED);
        open.push({
          ...part,
          parameters: parameters[r] as PerRectifier,
          bound: this.reached(bounds, r, part.goal),
          units,
        });
      });
      const size = lowest.length / count;
      const rows = chunk.flatMap((_, r) => (below[r] ? [r] : []));
      const points = new Float32Array(rows.length * size);
      rows.forEach((r, i) => {
        points.set(lowest.subarray(r * size, (r + 1) * size), i * size);
      });
      if (rows.length > 0) this.found = options.witness.at(points);
    }
    return open;
  }

  /** Bounds of parts with their parameters as they are. */
  private bounds(parts: readonly Part[]): Float64Array {
    const { relaxation } = this;
    const all = new Float64Array(parts.length);
    for (let first = 0; first < parts.length; first += relaxation.batch) {
      const chunk = parts.slice(first, first + relaxation.batch);
      const { found } = relaxation.pull(chunk.length, this.begin(chunk));
      chunk.forEach(({ goal }, r) => {
        all[first + r] = this.reached(found, r, goal);
      });
    }
    return all;
  }

  private begin(parts: readonly Part[]): ReturnType<Relaxation["weighing"]> {
    const { relaxation, scores, options } = this;
    const weights = new Float32Array(parts.length * scores);
    parts.forEach(({ goal }, r) => {
      weights.set((options.goals[goal] as Condition).weights, r * scores);
    });
    const beginning = relaxation.weighing(weights);
    const at = (r: number) => parts[r] as Part;
    relaxation.set(
      parts.length,
      beginning.before,
      (r) => at(r).ends,
      (r) => at(r).parameters,
    );
    return beginning;
  }

  /** What a bound says of its goal. */
  private reached(bounds: Float64Array, r: number, goal: number): number {
    return withOffset(bounds[r] as number, (this.options.goals[goal] as Condition).offset);
  }

  /** The halves of parts, each by the best of its candidates; parts without open signs are bounded as well as can be. */
  private halves(taken: readonly OpenPart[]): { halves: Part[]; isUndecided: boolean } {
    const leaves = taken.filter(({ units }) => units.length === 0);
    if (leaves.length > 0 && this.boundParts(leaves, LEAVES).length > 0) return { halves: [], isUndecided: true };
    const splits = taken.filter(({ units }) => units.length > 0);
    const pairs = splits.flatMap((part) => part.units.map((unit) => halve<Part>(part, unit)));
    const bounds = this.bounds(pairs.flat());
    const halves: Part[] = [];
    const first: Part[] = [];
    let at = 0;
    for (const { units } of splits) {
      let [best, most] = [0, Number.NEGATIVE_INFINITY];
      units.forEach((_, i) => {
        const [a, b] = [0, 1].map((side) => Math.min(0, bounds[2 * (at + i) + side] as number)) as [number, number];
        const value = Math.min(a, b) + BETTER * Math.max(a, b);
        if (value > most) [best, most] = [i, value];
      });
      const pair = pairs[at + best] as [Part, Part];
      const list = (units[best] as Unit).rectifier === 0 ? first : halves;
      pair.forEach((half, side) => {
        if (!((bounds[2 * (at + best) + side] as number) > 0)) list.push(half);
      });
      at += units.length;
    }
    return { halves: [...halves, ...this.renewed(first)], isUndecided: false };
  }

  /** Parts with the intervals behind a sign of the first rectifier narrowed again; without those that are empty. */
  private renewed(parts: readonly Part[]): Part[] {
    const { relaxation } = this;
    const renewed = parts.map((part) => ({ ...part, ends: part.ends.map((interval) => interval.slice()) }));
    for (const [k, { size }] of relaxation.rectifiers.entries()) {
      if (k === 0) continue;
      const rows = renewed.flatMap(({ ends }) => openUnits(ends[k] as Float32Array).map((unit) => ({ ends, unit })));
      for (let at = 0; at < rows.length; at += relaxation.batch) {
        const chunk = rows.slice(at, at + relaxation.batch);
        const units = Int32Array.from(chunk, ({ unit }) => unit);
        const [below, above] = ([1, -1] as const).map((sign) => {
          const beginning = relaxation.units(k, units, sign);
          const side = sign === 1 ? "below" : "above";
          relaxation.set(
            chunk.length,
            beginning.before,
            (r) => (chunk[r] as (typeof rows)[number]).ends,
            (r) => {
              const { unit, ends } = chunk[r] as (typeof rows)[number];
              return this.own[k]?.get(unit)?.[side] ?? firstParameters(ends);
            },
          );
          return relaxation.pull(chunk.length, beginning).found;
        }) as [Float64Array, Float64Array];
        chunk.forEach(({ ends, unit }, r) => {
          narrow(ends[k] as Float32Array, size, unit, below[r] as number, above[r] as number);
        });
      }
    }
    return renewed.filter((part) => !isEmptyPart(part));
  }
}
