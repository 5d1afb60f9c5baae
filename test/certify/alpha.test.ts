/** Leads whose slopes an ascent improves: beside those of the usual slopes, and rows of the ball. */
import { expect, test } from "vitest";
import "../../src/index.ts";
import { minimalAttack } from "../../src/attacks/index.ts";
import { AlphaBounds } from "../../src/certify/alpha.ts";
import { certify } from "../../src/certify/index.ts";
import { LinearBounds } from "../../src/certify/linear-bounds.ts";
import { leadOver, type Question } from "../../src/certify/question.ts";
import { predictedClasses } from "../../src/model/index.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const SIZE = 8;
const LAYERS = [dense("a", SIZE, 12, "relu"), dense("b", 12, 12, "relu"), dense("out", 12, 3, "linear")];
const network = networkOf([SIZE], LAYERS);
const bounds = new LinearBounds(network);
const alpha = AlphaBounds.of(bounds) as AlphaBounds;

function questionOf(seed: number, norm: "linf" | "l2"): Question {
  const row = noise32(SIZE, seed).map((x) => x / 2);
  const box = { lower: new Float64Array(SIZE).fill(-1), upper: new Float64Array(SIZE).fill(1) };
  const label = predictedClasses(network.scores(row), 3)[0] as number;
  return { target: network, bounds, row, label, other: undefined, norm, box };
}

for (const norm of ["linf", "l2"] as const) {
  test(`are no farther from the truth than those of the usual slopes, and below what rows of the ball give, in ${norm}`, () => {
    let [before, after, rows] = [0, 0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const question = questionOf(seed, norm);
      for (const epsilon of [0.05, 0.15, 0.3]) {
        const usual = leadOver(question, epsilon);
        const lead = alpha.lead(question, epsilon);
        // Ends of intervals are rounded to f32 there.
        expect(lead).toBeGreaterThanOrEqual(usual - 1e-5 * (1 + Math.abs(usual)));
        [before, after] = [before + usual, after + lead];
        for (let k = 0; k < 40; k++) {
          const signs = noise32(SIZE, 1000 * seed + k).map(Math.sign);
          const by = (norm === "linf" ? epsilon : epsilon / Math.sqrt(SIZE)) * (1 - 1e-6);
          const moved = question.row.map((x, i) => x + by * (signs[i] as number));
          const scores = network.scores(moved);
          const own = scores[question.label] as number;
          const other = Math.max(...scores.filter((_, j) => j !== question.label));
          expect(lead).toBeLessThanOrEqual(own - other);
          rows++;
        }
      }
    }
    expect(rows).toBe(960);
    expect(after).toBeGreaterThan(before + 0.5);
  });
}

test("make radii of a thorough certificate larger, below what attacks find", async () => {
  const count = 6;
  const rows = noise32(count * SIZE, 9).map((x) => x / 2);
  const truth = predictedClasses(network.scores(rows), 3);
  const box = { lower: -1, upper: 1 };
  const fast = await certify(network, { rows, truth, ...box });
  const thorough = await certify(network, { rows, truth, ...box, effort: "thorough" });
  const found = await minimalAttack(network, { rows, truth, ...box, norm: "linf" });
  let grown = 0;
  for (let i = 0; i < count; i++) {
    const [low, high] = [fast.radius[i] as number, thorough.radius[i] as number];
    expect(high).toBeGreaterThanOrEqual(low);
    expect(high).toBeLessThanOrEqual(found.distance[i] as number);
    expect(thorough.verdict[i]).toBe("proved");
    if (high > 1.01 * low) grown++;
  }
  expect(grown).toBeGreaterThan(0);
  const cut = await certify(network, { rows, truth, ...box, effort: "thorough", passes: 6 });
  expect(Math.max(...cut.passes)).toBeLessThanOrEqual(6);
  expect(cut.verdict).toContain("cut");
});

test("are for networks of rectifiers alone", () => {
  const other = networkOf([SIZE], [dense("a", SIZE, 12, "tanh"), dense("out", 12, 3, "linear")]);
  expect(AlphaBounds.of(new LinearBounds(other))).toBeUndefined();
});
