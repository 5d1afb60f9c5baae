import { describe, expect, test } from "vitest";
import { TARGET_RULES, type TargetRule, targetLabels } from "../../src/attacks/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { messageOf } from "../message-of.ts";

const CLASSES = 5;
const truth = Array.from({ length: 400 }, (_, i) => new Random(8).integer(i, CLASSES));

describe("targetLabels", () => {
  test("next is (true + 1) mod classes", () => {
    expect([...targetLabels("next", [0, 3, 4], { classes: 5 })]).toEqual([1, 4, 0]);
  });

  test("random is never the true label, and each other label about as often", () => {
    const targets = targetLabels("random", truth, { classes: CLASSES, seed: 3 });
    const steps = Array.from(targets, (target, i) => (target - (truth[i] as number) + CLASSES) % CLASSES);
    const counts = [0, 1, 2, 3, 4].map((step) => steps.filter((s) => s === step).length);
    expect(counts[0]).toBe(0);
    // 400 draws of 4: 100 each, standard deviation 8.7; five of them either way.
    for (const count of counts.slice(1)) expect(Math.abs(count - 100)).toBeLessThan(44);
  });

  test("random depends on the seed and the position alone: a part gets what it would get in the whole", () => {
    const whole = targetLabels("random", truth, { classes: CLASSES, seed: 3 });
    const part = targetLabels("random", truth.slice(100, 150), { classes: CLASSES, seed: 3, first: 100 });
    expect([...part]).toEqual([...whole.slice(100, 150)]);
    // The same draw whatever the labels: the distance from the true label to the target stays.
    const shifted = truth.map((label) => (label + 2) % CLASSES);
    const moved = targetLabels("random", shifted, { classes: CLASSES, seed: 3 });
    expect([...moved]).toEqual(Array.from(whole, (target) => (target + 2) % CLASSES));
    expect([...targetLabels("random", truth, { classes: CLASSES, seed: 4 })]).not.toEqual([...whole]);
    expect([...targetLabels("random", truth, { classes: CLASSES })]).toEqual([
      ...targetLabels("random", truth, { classes: CLASSES, seed: 0 }),
    ]);
  });

  test("with two classes every rule has one choice", () => {
    const scores = Float32Array.of(1, 2, 3, 0);
    for (const rule of TARGET_RULES) {
      expect([...targetLabels(rule, [0, 1], { classes: 2, scores })]).toEqual([1, 0]);
    }
  });

  test("least-likely is the lowest score that is not the true label's, the first of equals", () => {
    const scores = Float32Array.of(-9, 2, 1, /**/ 0.5, 0.1, 0.1, /**/ 0, 0, 0);
    expect([...targetLabels("least-likely", [0, 0, 0], { classes: 3, scores })]).toEqual([2, 1, 1]);
    expect([...targetLabels("least-likely", [1, 1, 1], { classes: 3, scores })]).toEqual([0, 2, 0]);
  });

  test("runner-up is the highest score that is not the true label's, the first of equals", () => {
    const scores = Float32Array.of(-9, 2, 1, /**/ 0.5, 0.1, 0.1, /**/ 0, 0, 0);
    expect([...targetLabels("runner-up", [0, 0, 0], { classes: 3, scores })]).toEqual([1, 1, 1]);
    expect([...targetLabels("runner-up", [1, 1, 1], { classes: 3, scores })]).toEqual([2, 0, 0]);
    expect([...targetLabels("runner-up", [2, 2, 2], { classes: 3, scores })]).toEqual([1, 0, 0]);
    expect(messageOf(() => targetLabels("runner-up", [0], { classes: 3 }))).toBe(
      "scores: expected 1 rows of 3 for the rule runner-up, got none",
    );
  });

  test("refuses other rules, labels out of range, scores that do not fit, fewer than two classes", () => {
    expect(messageOf(() => targetLabels("all" as TargetRule, [0], { classes: 3 }))).toBe(
      'target rule: expected one of next, random, runner-up, least-likely, got "all"',
    );
    expect(messageOf(() => targetLabels("next", [0, 3], { classes: 3 }))).toBe(
      "truth[1]: expected a label in [0, 2], got 3",
    );
    expect(messageOf(() => targetLabels("least-likely", [0], { classes: 3 }))).toBe(
      "scores: expected 1 rows of 3 for the rule least-likely, got none",
    );
    expect(messageOf(() => targetLabels("least-likely", [0], { classes: 3, scores: new Float32Array(6) }))).toBe(
      "scores: expected 1 rows of 3 for the rule least-likely, got 6",
    );
    expect(messageOf(() => targetLabels("next", [0], { classes: 1 }))).toBe(
      "classes: expected a whole number >= 2, got 1",
    );
    const none = undefined as unknown as { classes: number };
    expect(messageOf(() => targetLabels("next", [1], none))).toBe(
      "target context: expected { classes, ... }, got undefined",
    );
    expect(messageOf(() => targetLabels("next", undefined as unknown as number[], { classes: 3 }))).toBe(
      "truth: expected an array of whole numbers, got undefined",
    );
    expect(messageOf(() => targetLabels("random", [0], { classes: 3, seed: -1 }))).toBe(
      "seed: expected a whole number >= 0, got -1",
    );
  });
});
