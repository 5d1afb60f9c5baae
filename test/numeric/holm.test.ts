import { expect, test } from "vitest";
import { holm } from "../../src/numeric/holm.ts";
import { messageOf } from "../message-of.ts";

test("is Holm's by hand: (m - k) p of the k-th smallest, never less than that of a smaller one, 1 at most", () => {
  // Ascending 0.005, 0.01, 0.03, 0.04: 4 x 0.005, 3 x 0.01, 2 x 0.03, and 0.04, which may not be below 0.06.
  expect([...holm([0.01, 0.04, 0.03, 0.005])]).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect([...holm([0.5, 0.6])]).toEqual([1, 1]);
  expect([...holm([0.2])]).toEqual([0.2]);
  expect([...holm([])]).toEqual([]);
});

test("rejects what the step-down procedure rejects, at any level", () => {
  const ps = Array.from({ length: 40 }, (_, i) => ((i * 17) % 40) ** 2 / 20_000);
  const adjusted = holm(ps);
  for (const level of [0.001, 0.01, 0.05, 0.2, 1]) {
    const rejected = new Set<number>();
    const order = [...ps.keys()].sort((a, b) => (ps[a] as number) - (ps[b] as number));
    for (const [rank, at] of order.entries()) {
      if ((ps.length - rank) * (ps[at] as number) > level) break;
      rejected.add(at);
    }
    expect(new Set([...ps.keys()].filter((at) => (adjusted[at] as number) <= level))).toEqual(rejected);
  }
});

test("refuses what is no probability", () => {
  expect(messageOf(() => holm([0.1, 1.5]))).toBe("p[1]: expected a number in [0, 1], got 1.5");
});
