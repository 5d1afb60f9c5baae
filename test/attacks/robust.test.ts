/** Robust accuracy: an ensemble that stops at the first success, the evidence of each row, and certificates as the other end. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import {
  type CertificateQuestion,
  minimalAttack,
  namedAttack,
  type RobustAccuracyOptions,
  robustAccuracy,
} from "../../src/attacks/index.ts";
import { lengthIn } from "../../src/attacks/minimal/norm.ts";
import { wilsonInterval } from "../../src/numeric/interval.ts";
import { rejectionOf } from "../message-of.ts";
import { linfToHalfSpace } from "../oracle/half-space-linf.ts";
import { bent, CLASSES, N, ROWS, rows, truth } from "../support/bent-target.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { linearScoreTarget } from "../support/score-targets.ts";

const rowOf = (all: Float32Array, row: number) => all.subarray(row * N, (row + 1) * N);

/** A linear target of two classes, where the distance of each row to the other class is known. */
const weights = Array.from(noise64(N, 5));
const linear = linearScoreTarget([weights, weights.map((w) => -w)], [0.2, -0.2]);
const many = noise32(40 * N, 6, 0.5).map((v) => v + 0.5);
const exact = Array.from({ length: 40 }, (_, row) => {
  const x = Array.from(rowOf(many, row));
  const score = weights.reduce((sum, w, i) => sum + w * (x[i] as number), 0.2);
  const sign = score > 0 ? -1 : 1;
  const distance = linfToHalfSpace({ x, w: weights.map((w) => sign * w), b: sign * 0.2, lower: 0, upper: 1 }, 0);
  return { label: score > 0 ? 0 : 1, distance };
});
const epsilon = 0.1;

describe("on a linear target, where the truth is known", () => {
  test("upper is the share of the rows whose distance is more than epsilon, and the evidence is sound", async () => {
    const labels = exact.map(({ label }) => label);
    labels[3] = 1 - (labels[3] as number);
    const found = await robustAccuracy(linear, { rows: many, truth: labels, norm: "linf", epsilon });
    const robust = exact.filter(({ distance }, row) => row !== 3 && distance > epsilon).length;
    expect(robust).toBeGreaterThan(4);
    expect(robust).toBeLessThan(35);
    // No distance is so near to epsilon that a lead of a success decides.
    expect(Math.min(...exact.map(({ distance }) => Math.abs(distance - epsilon)))).toBeGreaterThan(1e-4);
    expect([found.upper, found.lower, found.undecided, found.clean]).toEqual([robust / 40, 0, robust / 40, 39 / 40]);
    expect(found.intervals.upper).toEqual(wilsonInterval(robust, 40));
    expect(found.attacks.map(({ attack }) => attack)).toEqual(["minimal", "apgd-ce", "square"]);
    const scores = (await linear.scores(found.rows)) as Float32Array;
    for (const [row, { distance }] of exact.entries()) {
      if (row === 3) {
        expect([found.verdict[row], found.evaluations[row]]).toEqual(["misread", 0]);
        continue;
      }
      expect(found.verdict[row]).toBe(distance > epsilon ? "undecided" : "attacked");
      if (distance > epsilon) expect([found.by[row], found.distance[row]]).toEqual([null, Number.NaN]);
      else {
        expect(found.distance[row]).toBe(lengthIn("linf", rowOf(many, row), rowOf(found.rows, row)));
        expect(found.distance[row]).toBeLessThanOrEqual(epsilon);
        expect(Number((scores[2 * row + 1] as number) > (scores[2 * row] as number))).not.toBe(labels[row]);
      }
    }
  });

  test("certificates are asked of the rows that resisted, and give the lower end", async () => {
    const labels = exact.map(({ label }) => label);
    let asked = 0;
    const certify = async (_: typeof linear, question: CertificateQuestion) => {
      asked = question.truth.length;
      // One row that is left open, one for which it claims a change that is none.
      const verdict = Array.from({ length: asked }, (_, i) =>
        i === 0 ? "undecided" : i === 1 ? "falsified" : "proved",
      );
      return { verdict, rows: question.rows };
    };
    const found = await robustAccuracy(linear, { rows: many, truth: labels, norm: "linf", epsilon, certify });
    const robust = exact.filter(({ distance }) => distance > epsilon).length;
    expect(asked).toBe(robust);
    expect([found.lower, found.undecided, found.upper]).toEqual([(robust - 2) / 40, 2 / 40, robust / 40]);
  });

  test("a change that a certificate found counts once the target has been asked about it", async () => {
    const labels = exact.map(({ label }) => label);
    const certify = async (_: typeof linear, { rows: left, truth: of }: CertificateQuestion) => {
      const { rows: found } = await namedAttack(linear, {
        ...{ attack: "fgsm", norm: "linf", epsilon, rows: left, truth: of },
      });
      return { verdict: new Array<string>(of.length).fill("falsified"), rows: found };
    };
    // On a linear target FGSM finds all there is, and a step of a thousandth finds next to nothing.
    const weak = { attack: "pgd", options: { rate: 0.001, randomStart: false }, evaluations: 2 } as const;
    const found = await robustAccuracy(linear, {
      rows: many,
      truth: labels,
      norm: "linf",
      epsilon,
      attacks: [weak],
      certify,
    });
    expect(found.by.filter((by) => by === "certify").length).toBeGreaterThan(0);
    expect(found.upper).toBe(exact.filter(({ distance }) => distance > epsilon).length / 40);
  });
});

test("each attack goes on with what is left, costs add up, and a row alone has the bits it has in a set", async () => {
  // Each row at another distance: some are within what one step finds, some only within what a search for the smallest does.
  const { distance } = await minimalAttack(bent, { norm: "l2", rows, truth });
  const epsilon = (distance.toSorted()[4] as number) * 1.01;
  const attacks = ["fgsm", { attack: "pgd", evaluations: 20 }, "minimal"] as const;
  const options = { norm: "l2", epsilon, attacks } as const;
  const all = await robustAccuracy(bent, { ...options, rows, truth });
  expect(new Set(all.by).size).toBeGreaterThan(2);
  for (let row = 0; row < ROWS; row++) {
    const alone = await robustAccuracy(bent, {
      ...options,
      rows: rowOf(rows, row).slice(),
      truth: [truth[row] as number],
    });
    expect([alone.verdict[0], alone.by[0], alone.evaluations[0]]).toEqual([
      all.verdict[row],
      all.by[row],
      all.evaluations[row],
    ]);
    expect(alone.rows).toEqual(rowOf(all.rows, row));
  }
});

test("a target without gradients is put to Square alone", async () => {
  const { inputSize, classes, scores } = bent;
  const found = await robustAccuracy(
    { inputSize, classes, scores },
    { rows, truth, norm: "linf", epsilon: 0.4, attacks: [{ attack: "square", evaluations: 200 }] },
  );
  expect(found.verdict).toContain("attacked");
  expect(
    await rejectionOf(robustAccuracy({ inputSize, classes, scores }, { rows, truth, norm: "l1", epsilon: 1 })),
  ).toMatch(/^attacks: expected at least one that has the norm and that the target allows, got none$/);
});

describe("bad input is named", () => {
  const good = { rows, truth, norm: "linf", epsilon: 0.1 } as const;
  for (const [change, message] of [
    [{ norm: "l3" }, /^norm: expected one of .*linf.*, got "l3"$/],
    [{ epsilon: 0 }, /^epsilon: expected a number above 0, got 0$/],
    [{ epsilon: undefined }, /^epsilon: expected a number, got undefined$/],
    [{ truth: [CLASSES] }, /^truth: expected 7 labels, one a row, got 1$/],
    [{ attacks: [] }, /^attacks: expected at least one/],
    [{ attacks: ["pdg"] }, /^attack: expected one of .*pgd.*, got "pdg"$/],
    [{ attacks: ["pgd", "pgd"] }, /^attacks: expected each attack once, got "pgd" twice$/],
    [
      { attacks: [{ attack: "pgd", step: 1 }] },
      /^attacks\[0\]: expected options among attack, evaluations, options, got "step"/,
    ],
    [{ attacks: ["square"], norm: "l1" }, /^norm: expected linf or l2 for square, got "l1"/],
    [{ certify: 1 }, /^certify: expected a function, got 1$/],
    [{ levels: 2 }, /^robustAccuracy: expected options among .*, got "levels"/],
  ] as const) {
    test(JSON.stringify(change), async () => {
      const options = { ...good, ...change } as unknown as RobustAccuracyOptions<typeof bent>;
      expect(await rejectionOf(robustAccuracy(bent, options))).toMatch(message);
    });
  }
});
