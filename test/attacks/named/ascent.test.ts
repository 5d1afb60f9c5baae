/** FGSM, BIM, PGD and Auto-PGD beside the same written again in f64, point by point, and by what their papers say of them. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { type AttackName, type NamedAttackOptions, namedAttack } from "../../../src/attacks/index.ts";
import { checkpoints } from "../../../src/attacks/named/auto-pgd.ts";
import type { Weigh } from "../../../src/model/index.ts";
import { type AscentProblem, autoPgd, projectedAscent } from "../../oracle/ascent.ts";
import { crossEntropy, crossEntropyGradient } from "../../oracle/softmax.ts";
import { bent, CLASSES, N, rows, truth } from "../../support/bent-target.ts";

const image = Array.from(rows.subarray(0, N));
const label = truth[0] as number;
const wanted = (label + 1) % CLASSES;

/** The value of a function of the scores, and its gradient to the row, of which the target gives the rest. */
function lossOf(value: (z: number[]) => number, weights: (z: number[]) => number[]) {
  return (x: readonly number[]) => {
    let z: number[] = [];
    const weigh: Weigh = (scores) => {
      z = [...scores];
      return weights(z);
    };
    const { gradient } = bent.scoreGradient(Float32Array.from(x), weigh) as { gradient: Float32Array };
    return { value: value(z), gradient: [...gradient] };
  };
}

/** The difference of logits ratio by its formula, and its gradient by central differences in f64: kinks are measure zero. */
function ratioOf(z: number[], to?: number): number {
  const [first, , third, fourth] = z.toSorted((a, b) => b - a) as [number, number, number, number];
  const other = to === undefined ? Math.max(...z.filter((_, k) => k !== label)) : (z[to] as number);
  const spread = to === undefined ? first - third : first - (third + fourth) / 2;
  return (other - (z[label] as number)) / spread;
}

const differences = (f: (z: number[]) => number) => (z: number[]) =>
  z.map((_, k) => {
    const moved = (by: number) => f(z.map((v, j) => (j === k ? v + by : v)));
    return (moved(2 ** -14) - moved(-(2 ** -14))) / 2 ** -13;
  });

const LOSSES = {
  ce: lossOf(
    (z) => crossEntropy(z, label),
    (z) => crossEntropyGradient(z, label),
  ),
  "ce, targeted": lossOf(
    (z) => -crossEntropy(z, wanted),
    (z) => crossEntropyGradient(z, wanted).map((v) => -v),
  ),
  dlr: lossOf((z) => ratioOf(z), differences(ratioOf)),
  "dlr, targeted": lossOf(
    (z) => ratioOf(z, wanted),
    differences((z) => ratioOf(z, wanted)),
  ),
};

/** Small enough for the row to resist: searches then run to their end. */
const EPSILON = { linf: 0.004, l2: 0.02, l1: 0.05 } as const;

/** The points that an attack evaluates on the first row. */
async function asked(options: Omit<NamedAttackOptions, "rows">): Promise<Float32Array[]> {
  const points: Float32Array[] = [];
  const watched = {
    ...bent,
    scores: (of: Float32Array) => {
      points.push(of.slice());
      return bent.scores(of);
    },
    scoreGradient: (...args: Parameters<typeof bent.scoreGradient>) => {
      points.push(args[0].slice());
      return bent.scoreGradient(...args);
    },
  };
  const found = await namedAttack(watched, { ...options, rows: rows.slice(0, N) });
  expect(found.stop).toEqual(["not-found"]);
  // The first question is about the row itself.
  return points.slice(1);
}

/** What rounding to f32 may add to the length of a change to a point of [0, 1]: attacks keep that much room. */
const room = { linf: 0, l2: 2 ** -24 * Math.sqrt(N), l1: 2 ** -24 * N };

function problemOf(norm: "linf" | "l2" | "l1", loss: AscentProblem["loss"]): AscentProblem {
  return { norm, image, lower: 0, upper: 1, epsilon: EPSILON[norm] - room[norm], loss };
}

/**
 * Both compute in f64 and evaluate at f32: a last bit of a point, 2^-24, changes the slopes there by some 2^-22 of themselves at
 * most (the target's curvature is below 4), and each step by that share of its length: 2^-20 covers 100 steps of 2 epsilon
 * together, as 100 * 0.04 * 2^-22 < 2^-20.
 */
const TOLERANCE = 2 ** -20;

function expectClose(points: Float32Array[], expected: number[][]): void {
  expect(points.length).toBe(expected.length);
  for (const [k, point] of points.entries()) {
    const worst = Math.max(...Array.from(point, (v, i) => Math.abs(v - ((expected[k] as number[])[i] as number))));
    if (worst > TOLERANCE) throw new Error(`point ${k} of ${points.length} is ${worst} from the oracle's`);
  }
}

for (const norm of ["linf", "l2", "l1"] as const) {
  describe(norm, () => {
    const common = { norm, epsilon: EPSILON[norm] } as const;
    const kept = Math.max(1, Math.round(0.01 * N));

    for (const [attack, steps, rate] of [
      ["fgsm", 1, 1],
      ["bim", 10, 1 / 8],
      ["pgd", 20, 1 / 10],
    ] as [AttackName, number, number][]) {
      for (const [of, goal] of [
        ["ce", { truth: [label] }],
        ["ce, targeted", { labels: [wanted] }],
      ] as const) {
        test(`${attack} climbs the ${of} point by point as its paper says`, async () => {
          const options = attack === "pgd" ? { options: { steps, rate } } : {};
          const points = await asked({ attack, ...common, ...goal, ...options });
          const start = Array.from(points[0] as Float32Array);
          if (attack !== "pgd") expect(start).toEqual(image);
          // The steps are parts of epsilon itself, the ball is what rounding leaves of it.
          expectClose(
            points,
            projectedAscent(problemOf(norm, LOSSES[of]), { start, steps, rate, kept }, EPSILON[norm]),
          );
        });
      }
    }

    if (norm === "l1") return;
    for (const [attack, of, goal] of [
      ["apgd-ce", "ce", { truth: [label] }],
      ["apgd-ce", "ce, targeted", { labels: [wanted] }],
      ["apgd-dlr", "dlr", { truth: [label] }],
      ["apgd-t", "dlr, targeted", { labels: [wanted] }],
    ] as const) {
      test(`${attack} on the ${of} goes point by point as algorithm 1 does`, async () => {
        const steps = 60;
        const points = await asked({ attack, ...common, ...goal, steps });
        const start = Array.from(points[0] as Float32Array);
        expectClose(points, autoPgd(problemOf(norm, LOSSES[of]), start, steps, EPSILON[norm]));
      });

      test(`${attack} on the ${of} ends no lower than PGD with as many evaluations, from the mean of 5 seeds`, async () => {
        const most = async (options: Omit<NamedAttackOptions, "rows">) => {
          const points = await asked(options);
          return Math.max(...points.map((point) => LOSSES[of](Array.from(point)).value));
        };
        let [ours, theirs] = [0, 0];
        for (let seed = 0; seed < 5; seed++) {
          ours += await most({ attack, ...common, ...goal, steps: 40, seed });
          theirs += await most({ attack: "pgd", ...common, ...goal, steps: 40, seed });
        }
        expect(ours).toBeGreaterThanOrEqual(theirs);
      });
    }
  });
}

test("random starts are in the ball, differ from seed to seed and from row to row", async () => {
  for (const norm of ["linf", "l2", "l1"] as const) {
    const first = async (seed: number) =>
      (await asked({ attack: "pgd", norm, epsilon: EPSILON[norm], truth: [label], seed, steps: 1 }))[0] as Float32Array;
    const [a, b] = [await first(1), await first(2)];
    expect(a).not.toEqual(b);
    expect(a).toEqual(await first(1));
    expect(a).not.toEqual(Float32Array.from(image));
  }
});

test("checkpoints are those of the paper for 100 steps", () => {
  expect(checkpoints(100)).toEqual([22, 41, 57, 70, 80, 87, 93, 99]);
});

test("restarts go on until one succeeds, and cost what they say", async () => {
  const points = await asked({
    attack: "pgd",
    epsilon: EPSILON.linf,
    truth: [label],
    steps: 3,
    options: { restarts: 4 },
  });
  expect(points.length).toBe(4 * (3 + 1));
  expect(points[4]).not.toEqual(points[0]);
});
