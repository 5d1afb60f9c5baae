/** The attack on a linear model of two classes, where the smallest perturbation is known in closed form. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { type AttackResult, lbfgsAttack } from "../../src/attacks/index.ts";
import { type HalfSpaceProblem, nearestInHalfSpace } from "../oracle/half-space.ts";
import { U32 } from "../support/bounds.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { linearTarget, targetOf } from "../support/targets.ts";

/** What a success must lead by, and what the last steps aim for, in logits. */
const LEAD = 1e-4;
const BEHIND = 1e-3;

interface LinearCase {
  title: string;
  n: number;
  lower: number;
  upper: number;
  /** Where the boundary lies between the furthest image on class 0's side and the last point of the box. */
  share: number;
  /** Whether the exact minimum holds components of each image at a bound, or none of any. */
  active: boolean;
}

const CASES: LinearCase[] = [
  { title: "no bound active, 16 inputs", n: 16, lower: -64, upper: 64, share: 0.02, active: false },
  { title: "some bounds active, 16 inputs", n: 16, lower: 0, upper: 1, share: 0.3, active: true },
  {
    title: "most bounds active, 21 inputs (not whole vectors of 8)",
    n: 21,
    lower: 0,
    upper: 1,
    share: 0.8,
    active: true,
  },
  { title: "a box that is not the default one, 10 inputs", n: 10, lower: -0.5, upper: 0.25, share: 0.5, active: true },
  { title: "a single input", n: 1, lower: -8, upper: 8, share: 0.5, active: false },
];

const IMAGES = 8;

for (const { title, n, lower, upper, share, active } of CASES) {
  describe(title, () => {
    const weights = [Array.from(noise64(n, 1)), Array.from(noise64(n, 2))] as const;
    const w = weights[1].map((v, i) => v - (weights[0][i] as number));
    const middle = (lower + upper) / 2;
    const rows = noise32(IMAGES * n, 3, Math.min(1, (upper - lower) / 2)).map((v) => v + middle);
    const furthest = Math.max(
      ...Array.from({ length: IMAGES }, (_, r) => w.reduce((sum, v, i) => sum + v * (rows[r * n + i] as number), 0)),
    );
    const last = w.reduce((sum, v) => sum + Math.max(v * lower, v * upper), 0);
    const bias = -(furthest + share * (last - furthest));
    const target = linearTarget(weights, [0, bias]);
    const problem = (r: number): HalfSpaceProblem => ({
      x: rows.subarray(r * n, (r + 1) * n),
      w,
      b: bias,
      lower,
      upper,
    });
    /** Logits are sums of this size at most. */
    const size =
      w.reduce((sum, _, i) => sum + Math.abs(weights[0][i] as number) + Math.abs(weights[1][i] as number), 0) *
        Math.max(Math.abs(lower), Math.abs(upper)) +
      Math.abs(bias);
    const attack = (): Promise<AttackResult> =>
      lbfgsAttack(target, { rows, labels: new Array(IMAGES).fill(1), lower, upper });

    test("the distortion lies between the exact ones for the lead asked for and the lead aimed for", async () => {
      const found = await attack();
      let held = 0;
      for (let r = 0; r < IMAGES; r++) {
        // The lead is measured with two logits rounded to f32. The last of the steps starts beside the boundary, so that it
        // errs by the rounding of its end and of the scores there: some 16 units for both.
        const least = nearestInHalfSpace(problem(r), LEAD - 2 * U32 * size);
        const most = nearestInHalfSpace(problem(r), BEHIND + 16 * U32 * size);
        expect(least.distance).toBeGreaterThan(0);
        expect(found.success[r]).toBe(1);
        const distance = (found.distortion[r] as number) * Math.sqrt(n);
        expect(distance).toBeGreaterThanOrEqual(least.distance * (1 - 2 ** -48));
        expect(distance).toBeLessThanOrEqual(most.distance * (1 + 2 ** -48));
        if (least.held > 0) held++;
      }
      expect(held).toBe(active ? IMAGES : 0);
    });

    test("every pixel is inside the box, and those that the exact minimum holds at a bound are there exactly", async () => {
      const found = await attack();
      expect(found.rows.every((v) => v >= lower && v <= upper)).toBe(true);
      let atBound = 0;
      for (let r = 0; r < IMAGES; r++) {
        const row = found.rows.subarray(r * n, (r + 1) * n);
        if (row.some((v, i) => (v === lower || v === upper) && v !== rows[r * n + i])) atBound++;
      }
      expect(atBound).toBe(active ? IMAGES : 0);
    });
  });
}

describe("a label out of reach", () => {
  const n = 8;
  const w = Array.from(noise64(n, 2));
  const target = linearTarget([w.map(() => 0), w], [0, -100]);
  const rows = new Float32Array(2 * n).fill(0.5);

  test("is a value and no error: the image itself, distortion NaN, stop not-found", async () => {
    const found = await lbfgsAttack(target, { rows, labels: [1, 1], effort: [{ steps: 5, stepLength: 1, rate: 0.1 }] });
    expect(found.stop).toEqual(["not-found", "not-found"]);
    expect([...found.success]).toEqual([0, 0]);
    expect([...found.distortion]).toEqual([Number.NaN, Number.NaN]);
    expect([...found.penalty]).toEqual([Number.NaN, Number.NaN]);
    expect(found.rows).toEqual(rows);
    expect(found.evaluations.every((count) => count > 5)).toBe(true); // it was looked for
  });
});

describe("a target that is flat at the image and steep at its boundary", () => {
  const n = 8;
  // By factors of 1.5 alone the penalty gets there too, in 89 and in 294 evaluations.
  for (const [steepness, depth, most] of [
    [400, 20, 50],
    [4000, 100, 90],
  ] as const) {
    test(`lets the penalty grow by what the loss says: ${most} evaluations are enough at a slope of ${steepness}`, async () => {
      const target = targetOf(n, 2, (row) => {
        const t = row.reduce((sum, v) => sum + v, 0);
        const beyond = Math.max(0, t - 1);
        const slope = 0.7 + 2 * steepness * beyond;
        return {
          logits: [0, 0.7 * t + steepness * beyond * beyond - depth],
          jacobian: [new Array(n).fill(0), new Array(n).fill(slope)],
        };
      });
      const found = await lbfgsAttack(target, { rows: new Float32Array(n), labels: [1] });
      expect(found.stop).toEqual(["found"]);
      // The boundary's nearest point: 0.7 t + steepness (t - 1)^2 = depth, its change the same for all.
      const s = (-0.7 + Math.sqrt(0.49 + 4 * steepness * (depth - 0.7))) / (2 * steepness);
      const exact = (1 + s) / n;
      expect(found.distortion[0]).toBeGreaterThanOrEqual(exact * (1 - 1e-6));
      expect(found.distortion[0]).toBeLessThan(exact * (1 + 1e-3));
      expect(found.evaluations[0]).toBeLessThanOrEqual(most);
    });
  }
});

test("the nearest changes are no more than a thousandth longer by the success margin", async () => {
  const n = 8;
  const w = Array.from(noise64(n, 2), Math.fround);
  const rows = new Float32Array(n).fill(0.5);
  const squared = w.reduce((sum, v) => sum + v * v, 0);
  // The label trails by 2^-10 logits: a margin of 1e-4 would cost a tenth.
  const short = 2 ** -10;
  const bias = -0.5 * w.reduce((sum, v) => sum + v, 0) - short;
  const found = await lbfgsAttack(linearTarget([w.map(() => 0), w], [0, bias]), { rows, labels: [1] });
  expect(found.stop).toEqual(["found"]);
  const distance = (found.distortion[0] as number) * Math.sqrt(n);
  const exact = short / Math.sqrt(squared);
  // The scores are of size 4 |w| at most and rounded to f32, and so are the pixels that the change is added to.
  const rounding = 32 * U32 * w.reduce((sum, v) => sum + Math.abs(v), 1);
  expect(distance).toBeLessThanOrEqual(exact * (1 + 2 ** -10 + rounding / short));
});
