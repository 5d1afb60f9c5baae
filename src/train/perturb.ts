/** The cheap attacks of training: a step or a few along the gradient of the loss, within the box. */
import type { Labels } from "../check.ts";
import type { Place } from "./place.ts";

/** Share of the radius that each of several steps takes. */
const STEP = 0.6;

/** How an example is made from a row and the gradient of its loss. */
export type StepRule =
  /** x + radius g / |g|. */
  | "gradient"
  /** x + radius sign(g)   [Goodfellow et al. 2015, fast gradient sign]; radius is then the change of each number. */
  | "sign";

export const STEP_RULES = ["gradient", "sign"] as const satisfies readonly StepRule[];

/**
 * to = the row moved up its loss and clamped. Where a number stands at a bound that the gradient pushes against, the
 * gradient counts as zero, so that the length is spent where it can be.
 *
 *   rows, gradient  f32[n, width]; to  f32[n, width], may be `rows`
 */
export function stepUp(
  { width, lower, upper }: Place,
  rule: StepRule,
  length: number,
  rows: Float32Array,
  gradient: Float32Array,
  to: Float32Array,
): void {
  for (let first = 0; first < rows.length; first += width) {
    let squares = 0;
    for (let i = first; i < first + width; i++) {
      const [x, g] = [rows[i] as number, gradient[i] as number];
      if ((g < 0 && x > lower) || (g > 0 && x < upper)) squares += g * g;
    }
    const scale = squares > 0 ? length / Math.sqrt(squares) : 0;
    for (let i = first; i < first + width; i++) {
      const [x, g] = [rows[i] as number, gradient[i] as number];
      const step = rule === "sign" ? (g > 0 ? length : g < 0 ? -length : 0) : scale * g;
      const moved = x + step;
      to[i] = moved < lower ? lower : moved > upper ? upper : moved;
    }
  }
}

/** Pulls each row back to within `radius` of its origin. */
function project(width: number, radius: number, origin: Float32Array, rows: Float32Array): void {
  for (let first = 0; first < rows.length; first += width) {
    let squares = 0;
    for (let i = first; i < first + width; i++) {
      const r = (rows[i] as number) - (origin[i] as number);
      squares += r * r;
    }
    const length = Math.sqrt(squares);
    if (length <= radius) continue;
    const share = radius / length;
    for (let i = first; i < first + width; i++) {
      const x = origin[i] as number;
      rows[i] = x + share * ((rows[i] as number) - x);
    }
  }
}

/**
 * Examples from rows, in one step of the place's radius, or in several of 0.6 of it within that radius: those ask the
 * network for the gradient again.
 *
 * @param gradient of each row's loss at `rows`; overwritten where there are several steps
 */
export function makeExamples(
  place: Place,
  rule: StepRule,
  steps: number,
  rows: Float32Array,
  labels: Labels,
  gradient: Float32Array,
  to: Float32Array,
): void {
  const { radius, network, width } = place;
  stepUp(place, rule, steps === 1 ? radius : STEP * radius, rows, gradient, to);
  if (steps === 1) return;
  for (let i = 1; i < steps; i++) {
    if (rule === "gradient") project(width, radius, rows, to);
    stepUp(place, rule, STEP * radius, to, network.lossGradient(to, labels).gradient, to);
  }
  if (rule === "gradient") project(width, radius, rows, to);
  else for (let i = 0; i < to.length; i++) to[i] = within(to[i] as number, rows[i] as number, radius);
}

function within(value: number, origin: number, radius: number): number {
  return Math.min(Math.max(value, origin - radius), origin + radius);
}
