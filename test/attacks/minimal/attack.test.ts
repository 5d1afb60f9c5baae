/** What every minimal attack keeps to: budgets, batches, seeds, bad input. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { type MinimalAttackOptions, minimalAttack } from "../../../src/attacks/index.ts";
import { rejectionOf } from "../../message-of.ts";
import { bent, CLASSES, N, ROWS, rows, truth } from "../../support/bent-target.ts";
import { linearScoreTarget, watchedScores } from "../../support/score-targets.ts";

const NORMS = ["l2", "linf", "l1", "l0"] as const;

for (const norm of NORMS) {
  describe(norm, () => {
    const options = { rows, truth, norm, evaluations: 90 } as const;

    test("a row gets the same bits alone, in any batch and wherever it stands", async () => {
      const all = await minimalAttack(bent, options);
      expect([...all.success]).toEqual(new Array(ROWS).fill(1));
      const few = await minimalAttack(bent, { ...options, batch: 3 });
      expect(few).toEqual(all);
      for (let r = 0; r < ROWS; r++) {
        const row = rows.slice(r * N, (r + 1) * N);
        const alone = await minimalAttack(bent, { ...options, rows: row, truth: [truth[r] as number] });
        expect(alone.rows).toEqual(all.rows.slice(r * N, (r + 1) * N));
        expect(alone.distance[0]).toBe(all.distance[r]);
        expect(alone.evaluations[0]).toBe(all.evaluations[r]);
      }
    });

    test("the same seed gives the same bits, and more evaluations nothing larger", async () => {
      const once = await minimalAttack(bent, { ...options, seed: 5 });
      expect(await minimalAttack(bent, { ...options, seed: 5 })).toEqual(once);
      const longer = await minimalAttack(bent, { ...options, seed: 5, evaluations: 300 });
      for (let r = 0; r < ROWS; r++) expect(longer.distance[r]).toBeLessThanOrEqual(once.distance[r] as number);
    });

    for (const evaluations of [1, 2, 7, 33, 90]) {
      test(`a budget of ${evaluations} evaluations is held to, and counted`, async () => {
        let seen = 0;
        const watched = watchedScores(bent, (asked) => {
          seen += asked.length / N;
        });
        const found = await minimalAttack(watched, { ...options, evaluations });
        expect(Math.max(...found.evaluations)).toBeLessThanOrEqual(evaluations);
        expect(found.evaluations.reduce((sum, count) => sum + count, 0)).toBe(seen);
      });
    }

    test("a success meets its criterion, and its distance is that of its row", async () => {
      const found = await minimalAttack(bent, options);
      const again = (await bent.scores(found.rows)) as Float32Array;
      for (let r = 0; r < ROWS; r++) {
        const of = [...again.subarray(r * CLASSES, (r + 1) * CLASSES)];
        expect(of.indexOf(Math.max(...of))).toBe(found.labels[r]);
        expect(found.labels[r]).not.toBe(truth[r]);
      }
    });

    test("a row that no change can alter ends as not-found within its budget", async () => {
      const deaf = linearScoreTarget([new Array(N).fill(0), new Array(N).fill(0)], [1, 0]);
      const found = await minimalAttack(deaf, { rows, truth: new Array(ROWS).fill(0), norm, evaluations: 50 });
      expect(found.stop).toEqual(new Array(ROWS).fill("not-found"));
      expect([...found.distance]).toEqual(new Array(ROWS).fill(Number.NaN));
      expect(found.rows).toEqual(rows);
      expect(Math.max(...found.evaluations)).toBeLessThanOrEqual(50);
    });

    test("rows that need no search are not searched", async () => {
      const wrong = truth.map((label, r) => (r === 0 ? (label + 1) % CLASSES : label));
      const found = await minimalAttack(bent, { ...options, truth: wrong });
      expect(found.stop[0]).toBe("misclassified");
      const labels = truth.map((label, r) => (r === 1 ? label : (label + 1) % CLASSES));
      const driven = await minimalAttack(bent, { ...options, truth, labels });
      expect(driven.stop[1]).toBe("already-target");
      for (const [result, row] of [
        [found, 0],
        [driven, 1],
      ] as const) {
        expect([result.evaluations[row], result.distance[row], result.success[row]]).toEqual([0, 0, 0]);
      }
    });
  });
}

describe("bad input is named", () => {
  const good = { rows, truth, norm: "linf" } as const;
  for (const [change, message] of [
    [{ norm: "l3" }, /^norm: expected one of .*linf.*, got "l3"$/],
    [{ truth: undefined }, /^options: expected truth, labels or a criterion, got none of them$/],
    [{ effort: "slow" }, /^effort: expected one of fast, thorough, exhaustive, got "slow"$/],
    [{ effort: "fast", evaluations: 5 }, /^effort: expected none beside evaluations, got fast$/],
    [{ evaluations: 0 }, /^evaluations: expected a whole number >= 1, got 0$/],
    [{ lower: 1 }, /^box: expected lower < upper, got \[1, 1\]$/],
    [{ upper: 0.5 }, /^rows\[\d+\]: expected a number in \[0, 0.5\], got /],
    [{ truth: [0] }, /^truth: expected 7 labels, one a row, got 1$/],
    [{ labels: new Array(ROWS).fill(CLASSES) }, /^labels\[0\]: expected a label in \[0, 4\], got 5$/],
    [{ seed: -1 }, /^seed: expected a whole number >= 0, got -1$/],
    [{ batch: 0 }, /^batch: expected a whole number >= 1, got 0$/],
    [{ steps: 3 }, /^minimalAttack: expected options among .*, got "steps"/],
  ] as const) {
    test(JSON.stringify(change), async () => {
      const options = { ...good, ...change } as unknown as MinimalAttackOptions;
      expect(await rejectionOf(minimalAttack(bent, options))).toMatch(message);
    });
  }

  test("a target without scoreGradient", async () => {
    const half = { inputSize: N, classes: CLASSES, scores: bent.scores } as typeof bent;
    expect(await rejectionOf(minimalAttack(half, good))).toMatch(/^target.scoreGradient: expected a function, got /);
  });
});
