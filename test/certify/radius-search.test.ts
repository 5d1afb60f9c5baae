/** The search for a radius: few bounds, never a radius that was not proved, whatever the margin does. */
import { describe, expect, test } from "vitest";
import { searchRadius } from "../../src/certify/radius-search.ts";

/** Margins with their roots. */
const MARGINS: readonly [name: string, margin: (e: number) => number, root: number][] = [
  ["a line", (e) => 3 - 4 * e, 0.75],
  ["a parabola", (e) => 2 - e - 30 * e * e, 0.2420826],
  ["one that falls off a cliff", (e) => (e < 0.4 ? 1 - e : -100), 0.4],
  ["one that is none beyond its root", (e) => (e < 0.021 ? 1 - 40 * e : Number.NEGATIVE_INFINITY), 0.021],
  ["one that bends the other way", (e) => 1 / (1 + 9 * e) - 0.1, 1],
];

describe.each(MARGINS)("%s", (_name, margin, root) => {
  for (const guess of [root / 50, root / 3, root, 4 * root, 300 * root]) {
    test(`is followed to its root from a guess of ${guess}`, async () => {
      const asked: number[] = [];
      const ask = (e: number) => {
        asked.push(e);
        return margin(e);
      };
      const found = await searchRadius({
        margin: ask,
        start: margin(0),
        guess,
        largest: 1e6,
        tolerance: 1e-3,
        passes: 60,
      });
      expect(found.isCut).toBe(false);
      expect(found.passes).toBe(asked.length);
      expect(found.passes).toBeLessThan(40);
      expect(asked).toContain(found.radius);
      expect(margin(found.radius)).toBeGreaterThan(0);
      expect(found.radius).toBeGreaterThan(root * (1 - 1.1e-3));
    });
  }
});

test("smooth margins take few bounds from a guess of the right size", async () => {
  for (const [, margin, root] of MARGINS.slice(0, 2)) {
    const found = await searchRadius({
      margin,
      start: margin(0),
      guess: root / 2,
      largest: 9,
      tolerance: 3e-3,
      passes: 60,
    });
    expect(found.passes).toBeLessThanOrEqual(6);
  }
});

test("nothing that is proved at all is a radius of 0, soon", async () => {
  const found = await searchRadius({ margin: () => -1, start: 1, guess: 1, largest: 9, tolerance: 1e-3, passes: 1000 });
  expect(found.radius).toBe(0);
  expect(found.passes).toBeLessThan(60);
});

test("a margin that rises and falls gives no radius that was not asked about", async () => {
  const margin = (e: number) => (Math.floor(e * 10) % 2 === 0 ? 1 : -1);
  const found = await searchRadius({ margin, start: 1, guess: 0.35, largest: 9, tolerance: 1e-3, passes: 50 });
  expect(margin(found.radius)).toBe(1);
});
