/** What every attack by name keeps to, whatever its paper: ball and box, budgets, batches, seeds; and what is refused. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import {
  ATTACKS,
  type AttackDescription,
  type AttackName,
  minimalAttack,
  type NamedAttackOptions,
  type NamedTarget,
  type NormName,
  namedAttack,
} from "../../../src/attacks/index.ts";
import { lengthIn } from "../../../src/attacks/minimal/norm.ts";
import { rejectionOf } from "../../message-of.ts";
import { bent, CLASSES, N, ROWS, rows, truth } from "../../support/bent-target.ts";
import { linearScoreTarget } from "../../support/score-targets.ts";

const EPSILON: Readonly<Record<NormName, number>> = { linf: 0.4, l2: 1.5, l1: 6, l0: 6 };
const BUDGET = 120;

const described = Object.entries(ATTACKS) as [AttackName, AttackDescription][];
const cases = described.flatMap(([attack, { norms, finds }]) =>
  norms.map((norm) => ({ attack, norm, within: finds === "within" ? { epsilon: EPSILON[norm] } : {} })),
);

/** Attacks of one step cost what they cost. */
const budgetOf = (attack: AttackName) => (attack === "fgsm" ? {} : { evaluations: BUDGET });

/** The target without what the attack does not need, with the rows of every question that a search asks. */
function watchedFor({ needs }: AttackDescription, seen: (rows: Float32Array) => void): NamedTarget {
  const { inputSize, classes } = bent;
  const scores = (asked: Float32Array) => {
    seen(asked);
    return bent.scores(asked);
  };
  if (needs === "labels") {
    const answers = async (asked: Float32Array) => {
      const found = await scores(asked);
      return Array.from({ length: asked.length / N }, (_, r) => {
        const own = [...found.subarray(r * CLASSES, (r + 1) * CLASSES)];
        return own.indexOf(Math.max(...own));
      });
    };
    return { inputSize, classes, answers };
  }
  if (needs === "scores") return { inputSize, classes, scores: async (asked) => scores(asked) };
  return {
    ...bent,
    scores,
    scoreGradient: (asked, weigh, into) => {
      seen(asked);
      return bent.scoreGradient(asked, weigh, into);
    },
  };
}

test("the table is by name, and says what each attack needs and which norms it has", () => {
  expect(described.length).toBeGreaterThan(2);
  for (const [name, { name: own, title, paper, norms, questions, options }] of described) {
    expect(own).toBe(name);
    expect(title.length).toBeGreaterThan(5);
    expect(paper).toMatch(/(19|20)\d\d/);
    expect(norms.length).toBeGreaterThan(0);
    expect(questions).toContain("not");
    for (const { about } of Object.values(options)) expect(about.length).toBeGreaterThan(3);
  }
});

for (const { attack, norm, within } of cases) {
  describe(`${attack}, ${norm}`, () => {
    const options = { attack, norm, ...within, ...budgetOf(attack), rows, truth } as const;
    const most = within.epsilon ?? Number.POSITIVE_INFINITY;

    test("a row gets the same bits alone, in any batch and wherever it stands; the same seed, the same bits", async () => {
      const all = await namedAttack(bent, options);
      expect(all.success.some((one) => one === 1)).toBe(true);
      expect(await namedAttack(bent, { ...options, batch: 3 })).toEqual(all);
      for (const r of [0, 3, ROWS - 1]) {
        const row = rows.slice(r * N, (r + 1) * N);
        const alone = await namedAttack(bent, { ...options, rows: row, truth: [truth[r] as number] });
        expect(alone.rows).toEqual(all.rows.slice(r * N, (r + 1) * N));
        expect([alone.distance[0], alone.evaluations[0]]).toEqual([all.distance[r], all.evaluations[r]]);
      }
    });

    test("what it asks lies in the box, counts, and is no more than its budget; successes lie in the ball too", async () => {
      let asked = 0;
      const watched = watchedFor(ATTACKS[attack], (points) => {
        asked += points.length / N;
        expect(points.every((v, i) => v >= 0 && v <= 1 && (i % N !== 2 || rows.includes(v)))).toBe(true);
      });
      const found = await namedAttack(watched, { ...options, frozen: [2] });
      const total = found.evaluations.reduce((sum, count) => sum + count, 0);
      const asides = ROWS + found.success.reduce((sum, one) => sum + one, 0);
      expect(asked).toBe(total + asides);
      if ("evaluations" in options) expect(Math.max(...found.evaluations)).toBeLessThanOrEqual(BUDGET);
      for (let r = 0; r < ROWS; r++) {
        const [image, row] = [rows, found.rows].map((all) => all.subarray(r * N, (r + 1) * N)) as [
          Float32Array,
          Float32Array,
        ];
        if (!found.success[r]) expect(row).toEqual(image);
        else expect(found.distance[r]).toBe(lengthIn(norm, image, row));
        if (found.success[r]) expect(found.distance[r]).toBeLessThanOrEqual(most);
        if (found.success[r]) expect(found.labels[r]).not.toBe(truth[r]);
      }
    });

    test("what no change can alter ends as not-found within the budget", async () => {
      const deaf = linearScoreTarget(new Array(CLASSES).fill(new Array(N).fill(0)), [1, 0, 0, 0, 0]);
      const found = await namedAttack(deaf, { ...options, truth: new Array(ROWS).fill(0) });
      expect(found.stop).toEqual(new Array(ROWS).fill("not-found"));
      expect(found.rows).toEqual(rows);
    });

    if (ATTACKS[attack].questions.includes("label")) {
      test("a label that is asked for is what a success answers", async () => {
        const labels = truth.map((label) => (label + 1) % CLASSES);
        const found = await namedAttack(bent, { ...options, labels });
        expect(found.success.some((one) => one === 1)).toBe(true);
        for (let r = 0; r < ROWS; r++) if (found.success[r]) expect(found.labels[r]).toBe(labels[r]);
      });
    }
  });
}

describe("bad input is named, with what fits", () => {
  const good = { attack: "pgd", norm: "linf", epsilon: 0.1, rows, truth } as const;
  for (const [change, message] of [
    [{ attack: "pdg" }, /^attack: expected one of fgsm, .*pgd.*, got "pdg"$/],
    [{ norm: "l0" }, /^norm: expected linf or l2 or l1 for pgd, got "l0"/],
    [{ epsilon: undefined }, /^epsilon: expected a number for pgd \(without it: .*\), got undefined$/],
    [{ epsilon: 0 }, /^epsilon: expected a number above 0, got 0$/],
    [
      { criterion: { output: 1, above: 3 }, truth: undefined },
      /^question of row 0: expected any other label or a label for pgd, got an output/,
    ],
    [{ evaluations: 1 }, /^evaluations: expected at least 2 for pgd, got 1$/],
    [{ evaluations: 9, steps: 3 }, /^steps: expected none beside evaluations, got 3$/],
    [{ attack: "fgsm", steps: 3 }, /^steps: expected none for fgsm \(those with steps: .*pgd.*\), got 3$/],
    [{ options: { step: 3 } }, /^options: expected options of pgd among steps, .*, got "step"$/],
    [{ options: { rate: "much" } }, /^options.rate: expected a number, got "much"$/],
    [{ options: { loss: "least" } }, /^options.loss: expected one of cross-entropy, margin, got "least"$/],
    [{ options: { randomStart: 1 } }, /^options.randomStart: expected true or false, got 1$/],
    [{ levels: 256 }, /^namedAttack: expected options among .*, got "levels"/],
    [{ truth: undefined }, /^options: expected truth, labels or a criterion, got none of them$/],
  ] as const) {
    test(JSON.stringify(change), async () => {
      const options = { ...good, ...change } as unknown as NamedAttackOptions;
      expect(await rejectionOf(namedAttack(bent, options))).toMatch(message);
    });
  }

  test("a gradient that is no number", async () => {
    const broken = {
      ...bent,
      scoreGradient: (...args: Parameters<typeof bent.scoreGradient>) => {
        const { scores, gradient } = bent.scoreGradient(...args) as { scores: Float32Array; gradient: Float32Array };
        return { scores, gradient: gradient.map((v, i) => (i % N === 3 ? Number.NaN : v)) };
      },
    };
    const message = /^target's gradient\[3\]( of a row)?: expected a finite number, got NaN$/;
    for (const attack of ["pgd", "deepfool"] as const) {
      const within = attack === "pgd" ? { epsilon: 0.1 } : {};
      expect(await rejectionOf(namedAttack(broken, { attack, ...within, rows, truth }))).toMatch(message);
    }
    for (const norm of ["l2", "linf", "l1", "l0"] as const) {
      expect(await rejectionOf(minimalAttack(broken, { norm, rows, truth }))).toMatch(message);
    }
    expect(
      await rejectionOf(minimalAttack(broken, { levels: 9, rows: rows.map((v) => Math.round(v * 8) / 8), truth })),
    ).toMatch(message);
  });

  test("targets that lack what the attack needs", async () => {
    const { inputSize, classes, scores } = bent;
    for (const [target, message] of [
      [
        { inputSize, classes, scores },
        /^target.scoreGradient: expected a function, as pgd needs \(without it: .*\), got undefined$/,
      ],
      [{ inputSize, classes }, /^target.scores: expected a function, as pgd needs \(without it: .*\), got undefined$/],
    ] as const) {
      expect(await rejectionOf(namedAttack(target as NamedTarget, good))).toMatch(message);
    }
  });
});
