/**
 * The stretch of a linear map at its own image size, from below: power iteration on its operations ends with a vector x;
 * |W x| / |x| is a lower bound of the norm once its rounding is taken off.
 */
import type { LinearMap } from "../../model/layers/index.ts";
import { linearOperation } from "../../model/layers/linear-operation.ts";
import { gradientAlong, valuesOf } from "../../model/passes.ts";
import { Plan } from "../../model/plan.ts";
import { Random } from "../../numeric/random.ts";
import { down } from "../../numeric/rounding.ts";
import { Workspace } from "../../wasm/index.ts";

/** Half the distance of 1 to the next f32. */
const UNIT_32 = 2 ** -24;
const ITERATIONS = 30;

/** Seed of the vector that the iteration begins with. */
const SEED = 0;

/** The maps one behind another, without bias, each weight taken through a function. */
function planOf(maps: readonly LinearMap[], from: Workspace, weight: (value: number) => number): Plan {
  const workspace = new Workspace();
  const operations = maps.map((map) => linearOperation(map, from, workspace, weight));
  const { inputSize = 0 } = operations[0] ?? {};
  return new Plan(workspace, inputSize, 0, [{ layer: { operations }, inputs: [0] }]);
}

function normOf(values: Float32Array): number {
  let squared = 0;
  for (const value of values) squared += value * value;
  return Math.sqrt(squared);
}

/**
 * A lower bound of the norm of linear maps one behind another.
 *
 * @param from where their kernels lie
 * @param terms products that a number of the output sums at most: what single precision may lose of it is
 *        gamma(terms + 1) (|W| |x|), which the same maps with |W| compute
 */
export function linearLower(maps: readonly LinearMap[], from: Workspace, terms: number): number {
  const plan = planOf(maps, from, (value) => value);
  const image = (x: Float32Array) => valuesOf(plan, x, plan.output);
  let x = new Float32Array(plan.inputSize);
  new Random(SEED).fill(x, 1);
  for (let i = 0; i < ITERATIONS; i++) {
    const y = image(x);
    const norm = normOf(y);
    if (norm === 0) return 0;
    const direction = y.map((value) => value / norm);
    const back = gradientAlong(plan, x, plan.output, direction).gradient;
    const length = normOf(back);
    if (length === 0) return 0;
    x = back.map((value) => value / length);
  }
  const found = normOf(image(x));
  const gamma = ((terms + 2) * UNIT_32) / (1 - (terms + 2) * UNIT_32);
  const absolute = planOf(maps, from, Math.abs);
  const magnitudes = valuesOf(absolute, x.map(Math.abs), absolute.output);
  const lost = gamma * normOf(magnitudes) * (1 + 2 * gamma);
  // Sums of squares in double precision lose less than 2^-40 of themselves below 2^12 million terms.
  return Math.max(0, down(((found - lost) * (1 - 2 ** -40)) / (normOf(x) * (1 + 2 ** -40))));
}
