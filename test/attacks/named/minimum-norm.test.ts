/**
 * The attacks that look for the smallest change, beside versions of them in double precision that were written from the papers. Both
 * ask a model that rounds to single precision at the same places: the points they ask about are the same but for the rounding
 * of their own arithmetic, until a decision falls differently.
 */
import { expect, test } from "vitest";
import "../../../src/index.ts";
import { type AttackName, namedAttack, type ScoreTarget } from "../../../src/attacks/index.ts";
import type { ScoreGradient } from "../../../src/model/index.ts";
import { carliniWagner } from "../../oracle/minimum-norm/carlini-wagner.ts";
import type { Model, Norm, Task } from "../../oracle/minimum-norm/common.ts";
import { ddn } from "../../oracle/minimum-norm/ddn.ts";
import { deepfool, superDeepfool } from "../../oracle/minimum-norm/deepfool.ts";
import { ead } from "../../oracle/minimum-norm/ead.ts";
import { fmn } from "../../oracle/minimum-norm/fmn.ts";
import { pdpgd } from "../../oracle/minimum-norm/pdpgd.ts";
import { sigmaZero } from "../../oracle/minimum-norm/sigma-zero.ts";
import { bent, CLASSES, N, ROWS, rows, truth } from "../../support/bent-target.ts";

const STEPS = 40;
/** Points that are compared one by one. */
const FIRST = 12;
/**
 * Until a decision falls differently, the points differ by the rounding of f64, some 1e-16 a step, and by 2^-24 where that moves a
 * number across a tie of single precision. The model's slopes, of a few units, pass such a difference on to later points.
 */
const BOUND = FIRST * 8 * 2 ** -24;

interface Case {
  attack: AttackName;
  norm: Norm;
  oracle(task: Task): number[][];
  options?: Record<string, number | string>;
  isTargeted?: boolean;
}

const both = (one: Case): Case[] => [one, { ...one, isTargeted: true }];
const NORMS: Norm[] = ["l2", "linf", "l1", "l0"];
const steps = STEPS;
const CASES: Case[] = [
  ...both({ attack: "ddn", norm: "l2", options: { steps }, oracle: (task) => ddn(task, steps) }),
  ...NORMS.flatMap((norm) =>
    both({ attack: "fmn", norm, options: { steps }, oracle: (task) => fmn(task, norm, steps) }),
  ),
  ...NORMS.flatMap((norm) =>
    both({ attack: "pdpgd", norm, options: { steps }, oracle: (task) => pdpgd(task, norm, steps) }),
  ),
  ...both({ attack: "sigma-zero", norm: "l0", options: { steps }, oracle: (task) => sigmaZero(task, steps) }),
  ...both({
    attack: "cw",
    norm: "l2",
    options: { steps, searches: 5, constant: 0.1 },
    oracle: (task) => carliniWagner(task, { searches: 5, steps, constant: 0.1 }),
  }),
  ...both({
    attack: "ead",
    norm: "l1",
    options: { steps, searches: 5, constant: 0.1 },
    oracle: (task) => ead(task, { searches: 5, steps, constant: 0.1 }),
  }),
  ...both({
    attack: "ead",
    norm: "l1",
    options: { steps, searches: 5, constant: 0.1, momentum: "free", rule: "elastic-net" },
    oracle: (task) => ead(task, { searches: 5, steps, constant: 0.1, isFree: true }),
  }),
  { attack: "deepfool", norm: "l2", oracle: (task) => deepfool(task, "l2").points },
  { attack: "deepfool", norm: "linf", oracle: (task) => deepfool(task, "linf").points },
  { attack: "superdeepfool", norm: "l2", oracle: superDeepfool },
];

/** The target for versions in double precision: they round at its door, as everyone does. */
const model: Model = {
  scores: (x) => Array.from(bent.scores(Float32Array.from(x)) as Float32Array),
  gradient: (x, weights) => {
    const { gradient } = bent.scoreGradient(Float32Array.from(x), () => weights) as ScoreGradient;
    return Array.from(gradient);
  },
};

/** The target, and the rows that it was asked about, one after another. */
function watched(): { target: ScoreTarget; asked: Float32Array[] } {
  const asked: Float32Array[] = [];
  const see = (points: Float32Array) => {
    for (let at = 0; at < points.length; at += N) asked.push(points.slice(at, at + N));
  };
  return {
    asked,
    target: {
      ...bent,
      scores: (points) => {
        see(points);
        return bent.scores(points);
      },
      scoreGradient: (points, weigh, into) => {
        see(points);
        return bent.scoreGradient(points, weigh, into);
      },
    },
  };
}

for (const { attack, norm, oracle, options, isTargeted = false } of CASES) {
  test(`${attack} in ${norm}${isTargeted ? " to a label" : ""}${options?.momentum === "free" ? ", momentum free" : ""} asks what the version in f64 asks, point by point`, async () => {
    let compared = 0;
    for (const [r, label] of truth.entries()) {
      const { target, asked } = watched();
      const row = rows.slice(r * N, (r + 1) * N);
      const wanted = (label + 1) % CLASSES;
      const found = await namedAttack(target, {
        ...{ attack, norm, rows: row, truth: [label] },
        ...(isTargeted && { labels: [wanted] }),
        ...(options && { options }),
      });
      const task = { model, image: Array.from(row), label: isTargeted ? wanted : label, isTargeted };
      const points = oracle(task);
      expect(found.evaluations[0]).toBe(points.length);
      // The first question of all is about the row itself, before the search.
      for (const [k, point] of points.slice(0, FIRST).entries()) {
        const difference = point.reduce((most, v, i) => Math.max(most, Math.abs(v - (asked[1 + k]?.[i] as number))), 0);
        expect(difference, `row ${r}, point ${k}`).toBeLessThan(BOUND);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(ROWS * 5);
  });
}

test("EAD keeps the success that is smallest by the rule that is asked for", async () => {
  const beta = 0.05;
  const lengthOf = (r: number[]) => r.reduce((sum, d) => sum + Math.abs(d), 0);
  const elastic = (r: number[]) => r.reduce((sum, d) => sum + d * d, 0) + beta * lengthOf(r);
  let differ = 0;
  for (const [row, label] of truth.entries()) {
    const image = rows.slice(row * N, (row + 1) * N);
    const lengths: number[] = [];
    for (const rule of ["l1", "elastic-net"] as const) {
      const changes: number[][] = [];
      const see = (point: Float32Array) => {
        const scores = [...(bent.scores(point) as Float32Array)];
        if (scores.indexOf(Math.max(...scores)) !== label)
          changes.push(Array.from(point, (v, i) => v - (image[i] as number)));
      };
      const target: ScoreTarget = {
        ...bent,
        scores: (point) => {
          see(point);
          return bent.scores(point);
        },
        scoreGradient: (point, weigh, into) => {
          // Points with momentum: by the authors' rule of the elastic net they are no answers.
          if (rule === "l1") see(point);
          return bent.scoreGradient(point, weigh, into);
        },
      };
      const options = { steps: STEPS, searches: 5, constant: 0.1, beta, rule };
      const { distance } = await namedAttack(target, { attack: "ead", rows: image, truth: [label], options });
      const by = rule === "l1" ? lengthOf : elastic;
      const [least] = changes.toSorted((a, b) => by(a) - by(b));
      expect(distance[0]).toBeCloseTo(lengthOf(least as number[]), 12);
      lengths.push(distance[0] as number);
    }
    if ((lengths[1] as number) > (lengths[0] as number)) differ++;
  }
  expect(differ).toBeGreaterThan(0);
});
