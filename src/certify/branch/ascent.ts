/** Bounds of a batch of rows, improved by some steps uphill in their parameters [Adam: Kingma & Ba 2015]. Every step's bound holds. */
import { firstParameters } from "./part.ts";
import type { Beginning, PerRectifier, Rates, Relaxation } from "./relaxation.ts";

export interface AscentOptions {
  readonly steps: number;
  readonly rates: Rates;
  /** Above this a bound need not be better. */
  readonly enough: number;
}

export interface Ascent {
  /** The largest bound of each row. */
  readonly bounds: Float64Array;
  /** The parameters that gave it. */
  readonly parameters: readonly PerRectifier[];
  /** f32[rows, inputs], where the last bound of each row is least: differences to the row in the middle. */
  readonly lowest: Float32Array;
}

/** What is left of a rate after each step. */
const DECAY = 0.97;

export function ascend(
  relaxation: Relaxation,
  count: number,
  beginning: Beginning,
  { steps, rates, enough }: AscentOptions,
): Ascent {
  const bounds = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const parameters: PerRectifier[] = new Array(count);
  let [first, second, share] = [1, 1, 1];
  for (let step = 0; ; step++) {
    const { found, coefficients } = relaxation.pull(count, beginning);
    found.forEach((bound, r) => {
      if (step > 0 && !(bound > (bounds[r] as number))) return;
      bounds[r] = bound;
      parameters[r] = relaxation.rectifiers.map(({ output }, k) =>
        output > beginning.before ? EMPTY : relaxation.parameters(k, r).slice(),
      );
    });
    const lowest = relaxation.region.lowest(count, coefficients);
    if (step === steps || bounds.every((bound) => bound > enough)) return { bounds, parameters, lowest };
    first *= 0.9;
    second *= 0.99;
    const unbiased = (share * Math.sqrt(1 - second)) / (1 - first);
    relaxation.push(count, beginning, lowest, { slope: rates.slope * unbiased, split: rates.split * unbiased });
    share *= DECAY;
  }
}

const EMPTY = new Float32Array(0);

/** The same of inputs of rectifier `k`, or of their negatives, over a region whose intervals are `ends`. */
export function ascendUnits(
  relaxation: Relaxation,
  { k, units, sign, ends }: { k: number; units: Int32Array; sign: 1 | -1; ends: readonly Float32Array[] },
  options: AscentOptions,
): Ascent {
  const parameters = firstParameters(ends);
  const beginning = relaxation.units(k, units, sign);
  relaxation.set(
    units.length,
    beginning.before,
    () => ends,
    () => parameters,
  );
  return ascend(relaxation, units.length, beginning, options);
}
