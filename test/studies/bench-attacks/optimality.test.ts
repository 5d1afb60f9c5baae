/** Optimality and its intervals, beside the areas that they are defined by. */
import { expect, test } from "vitest";
import { seedInterval } from "../../../src/numeric/interval.ts";
import { mean } from "../../../src/numeric/statistics.ts";
import { contributions, envelope, pairedDifference, reachOf } from "../../../src/studies/bench-attacks/optimality.ts";
import { noise64 } from "../../support/noise.ts";

const INFINITE = Number.POSITIVE_INFINITY;

/** The area above the curve of robust accuracy from 0 to `reach`, by the middles of thin strips. */
function areaAbove(distances: readonly number[], reach: number): number {
  const strips = 20_000;
  let area = 0;
  for (let k = 0; k < strips; k++) {
    const epsilon = ((k + 0.5) / strips) * reach;
    area += (distances.filter((d) => d <= epsilon).length / distances.length) * (reach / strips);
  }
  return area;
}

const best = Array.from(noise64(40, 3)).map(Math.abs);
const worse = best.map((d, i) => (i % 9 === 0 ? INFINITE : d * (1 + (i % 5) / 10)));

test("the best of each row over attacks, and the largest of those", () => {
  expect([
    ...envelope([
      [3, INFINITE, 1],
      [2, INFINITE, 4],
    ]),
  ]).toEqual([2, INFINITE, 1]);
  expect(reachOf([2, INFINITE, 1])).toBe(2);
  expect(reachOf([INFINITE])).toBe(0);
});

test("local optimality is the area above the attack's curve over that above the best", () => {
  const reach = reachOf(best);
  const ratio = areaAbove(worse, reach) / areaAbove(best, reach);
  // Each of 40 steps of a curve falls within one of 20,000 strips.
  expect(Math.abs(mean(contributions(worse, best)) - ratio)).toBeLessThan(40 / 20_000);
  expect(mean(contributions(best, best))).toBeCloseTo(1, 12);
  expect(
    mean(
      contributions(
        best.map(() => INFINITE),
        best,
      ),
    ),
  ).toBe(0);
});

test("where all rows have one best distance, a row counts if that was found", () => {
  expect([...contributions([2, 2.5, INFINITE], [2, 2, 2])]).toEqual([1, 0, 0]);
});

test("of one model the difference is the t interval of the differences; of several the models weigh alike", () => {
  const [a, b] = [contributions(best, best), contributions(worse, best)];
  const differences = Array.from(a, (v, i) => v - (b[i] as number));
  const { mean: middle, low, high } = seedInterval(differences);
  const one = pairedDifference([a], [b]);
  expect(one?.mean).toBeCloseTo(middle, 12);
  expect(one?.low).toBeCloseTo(low as number, 12);
  expect(one?.high).toBeCloseTo(high as number, 12);
  const two = pairedDifference([a, a], [b, a]);
  expect(two?.mean).toBeCloseTo(middle / 2, 12);
  expect(two?.low as number).toBeGreaterThan((low as number) / 2);
  expect(pairedDifference([a, [1]], [b, [0]])).toBeNull();
});
