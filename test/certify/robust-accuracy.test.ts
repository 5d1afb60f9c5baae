/** Robust accuracy with both ends: networks are certified by default, and what cannot be says why. */
import { expect, test } from "vitest";
import "../../src/index.ts";
import { certify, robustAccuracy } from "../../src/certify/index.ts";
import { dense, networkOf, part } from "../../src/goldens/small-networks.ts";
import { predictedClasses } from "../../src/model/index.ts";
import { Random } from "../../src/numeric/random.ts";

const network = networkOf([12], [dense("a", 12, 9, "tanh"), dense("b", 9, 3, "softmax")]);
const random = new Random(4);
const rows = Float32Array.from({ length: 20 * 12 }, (_, i) => random.uniform(i));
const truth = predictedClasses(network.scores(rows), 3);

test("the lower end is the share that certify proves, the upper the share that attacks leave", async () => {
  const asked = { rows, truth, norm: "linf", epsilon: 0.02 } as const;
  const found = await robustAccuracy(network, asked);
  const proved = await certify(network, asked);
  const count = proved.verdict.filter((verdict) => verdict === "proved").length;
  expect(count).toBeGreaterThan(3);
  expect(count).toBeLessThan(20);
  expect(found.lower).toBe(count / 20);
  expect(found.upper).toBeGreaterThanOrEqual(found.lower);
  expect(found.lower + found.undecided).toBeCloseTo(found.upper, 12);
  expect(found.unproved).toBeUndefined();
  const attacked = await robustAccuracy(network, { ...asked, certify: false });
  expect([attacked.lower, attacked.upper]).toEqual([0, found.upper]);
});

test("where nothing can be proved, it says why", async () => {
  const few = { rows: rows.subarray(0, 24), truth: truth.subarray(0, 2) };
  const l0 = await robustAccuracy(network, { ...few, norm: "l0", epsilon: 1 });
  expect([l0.lower, l0.unproved]).toEqual([0, "norm l0 has no certificates"]);
  const { inputSize, classes } = network;
  const other = { inputSize, classes, scores: (some: Float32Array) => network.scores(some) };
  const scored = await robustAccuracy(other, { ...few, norm: "linf", epsilon: 0.01 });
  expect(scored.unproved).toBe("the target is no Network, whose operations have bounds");
  const below = networkOf([12], [part("Softmax", { name: "below" }), dense("b", 12, 3, "softmax")]);
  const unbounded = await robustAccuracy(below, { ...few, norm: "linf", epsilon: 0.01 });
  expect(unbounded.unproved).toMatch(/^below/);
});
