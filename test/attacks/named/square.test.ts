/** Square beside the same written again in f64, query by query, and what it reaches on scores alone. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { namedAttack } from "../../../src/attacks/index.ts";
import { hashOfRow } from "../../../src/attacks/named/random-start.ts";
import { Random } from "../../../src/numeric/random.ts";
import { rejectionOf } from "../../message-of.ts";
import { type SquareProblem, squareL2, squareLinf } from "../../oracle/square.ts";
import { noise32, noise64 } from "../../support/noise.ts";
import { linearScoreTarget } from "../../support/score-targets.ts";

const [HEIGHT, WIDTH, CHANNELS] = [9, 7, 2];
const SIZE = HEIGHT * WIDTH * CHANNELS;
/** Of a run in which no window meets its own mirror image: what is left of it then is rounding, and no two programs agree. */
const SEED = 12;

const weights = [0, 1, 2].map((k) => Array.from(noise64(SIZE, k + 1)));
const target = linearScoreTarget(weights, [0, -6, -7]);
const image = noise32(SIZE, 9, 0.5).map((v) => v + 0.5);
const scoresOf = (x: ArrayLike<number>) => [...((target.scores(Float32Array.from(x)) as Float32Array) ?? [])];
const label = scoresOf(image).indexOf(Math.max(...scoresOf(image)));

/** The draws that the attack makes for this row: 64 a step, after those of the start. */
function drawsOf(t: number) {
  const random = new Random(SEED, hashOfRow(image));
  let next = t === 0 ? 0 : (t + 1) * 64 + WIDTH * CHANNELS;
  return {
    below: (bound: number) => random.integer(next++, bound),
    sign: () => (random.uniform(next++) < 0.5 ? -1 : 1),
  };
}

for (const [norm, epsilon, oracle] of [
  ["linf", 0.01, squareLinf],
  ["l2", 0.1, squareL2],
] as const) {
  describe(norm, () => {
    test("asks point by point what the paper's algorithms ask, and counts each", async () => {
      const steps = 200;
      const points: Float32Array[] = [];
      const watched = {
        inputSize: SIZE,
        classes: 3,
        inputShape: [HEIGHT, WIDTH, CHANNELS],
        scores: (rows: Float32Array) => {
          points.push(rows.slice());
          return target.scores(rows);
        },
      };
      const found = await namedAttack(watched, {
        attack: "square",
        ...{ norm, epsilon, rows: image, truth: [label], steps, seed: SEED },
      });
      expect([found.stop[0], found.evaluations[0]]).toEqual(["not-found", steps]);
      let judged = 0;
      const problem: SquareProblem = {
        ...{ image: [...image], height: HEIGHT, width: WIDTH, channels: CHANNELS, draws: drawsOf },
        // The attack's ball leaves room for what rounding may add to the length of a change to a point of [0, 1].
        epsilon: norm === "l2" ? epsilon - 2 ** -24 * Math.sqrt(SIZE) : epsilon,
        // Of the attack's own point, so that a last bit cannot turn a tie: each is compared with the oracle's below.
        loss: () => {
          const z = scoresOf(points[++judged] as Float32Array);
          return Math.max(...z.filter((_, k) => k !== label)) - (z[label] as number);
        },
      };
      const expected = oracle(problem, 0.8, steps);
      expect(points.length - 1).toBe(steps);
      // Both compute in f64, and rounding to f32 moves a number of [0, 1] by 2^-25 at most, to a bound of the ball by 2^-24.
      const tolerance = 2 ** -24 + 2 ** -40;
      for (const [t, point] of points.slice(1).entries()) {
        const worst = Math.max(...Array.from(point, (v, i) => Math.abs(v - (expected[t]?.[i] as number))));
        if (worst > tolerance) throw new Error(`query ${t} is ${worst} from the oracle's`);
      }
    });
  });
}

test("pictures whose size does not fit are refused", async () => {
  const options = { attack: "square", epsilon: 0.1, rows: image, truth: [label], options: { width: 11 } } as const;
  expect(await rejectionOf(namedAttack(target, options))).toMatch(
    /^options.width, options.channels: expected those of pictures of 126 numbers, got 11 x 1$/,
  );
});
