/** Which images are attacked, and towards what. */
import { describe, expect, test } from "vitest";
import type { Dataset } from "../../../src/data/index.ts";
import { drawSample, parseTarget, sampleTargets } from "../../../src/studies/paper/index.ts";
import { messageOf } from "../../message-of.ts";

const COUNT = 500;
const data: Dataset = {
  rows: Float32Array.from({ length: 4 * COUNT }, (_, i) => Math.fround((i % 97) / 97)),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => (7 * i) % 10),
  count: COUNT,
  shape: [2, 2, 1],
  classes: 10,
};

describe("drawSample", () => {
  test("draws without replacement, rows and labels with their positions", () => {
    const { indices, rows, labels } = drawSample(data, COUNT, "random", 3);
    expect([...indices].sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
    expect([...indices].some((index, i) => index !== i)).toBe(true);
    for (const [i, index] of indices.entries()) {
      expect(labels[i]).toBe(data.labels[index]);
      expect([...rows.subarray(4 * i, 4 * i + 4)]).toEqual([...data.rows.subarray(4 * index, 4 * index + 4)]);
    }
  });

  test("a larger sample begins with the smaller; another seed is another sample", () => {
    const [small, large] = [drawSample(data, 20, "next", 5), drawSample(data, 80, "next", 5)];
    expect([...large.indices.subarray(0, 20)]).toEqual([...small.indices]);
    expect([...drawSample(data, 20, "next", 6).indices]).not.toEqual([...small.indices]);
  });

  test("is spread over the whole set: each tenth of it is met about as often", () => {
    const tenths = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 40; seed++) {
      for (const index of drawSample(data, 50, "next", seed).indices) {
        tenths[Math.floor((10 * index) / COUNT)] = (tenths[Math.floor((10 * index) / COUNT)] as number) + 1;
      }
    }
    // Binomial, n = 2000, p = 1/10: deviation 13.4; five of them.
    for (const times of tenths) expect(Math.abs(times - 200)).toBeLessThan(67);
  });

  test("passes over images of the one label that all are driven to", () => {
    const { labels } = drawSample(data, 300, 4, 0);
    expect(labels.includes(4)).toBe(false);
    expect(messageOf(() => drawSample(data, 451, 4, 0))).toMatch(
      /count: expected a whole number in \[1, 450\], got 451/,
    );
  });
});

describe("sampleTargets", () => {
  test("a random target is wrong, and that of an image whatever the sample it is in", () => {
    const [small, large] = [drawSample(data, 40, "random", 1), drawSample(data, 200, "random", 1)];
    const context = { classes: 10, seed: 9 };
    const targets = sampleTargets(large, "random", context);
    expect([...sampleTargets(small, "random", context)]).toEqual([...targets.subarray(0, 40)]);
    expect([...targets].every((target, i) => target !== large.labels[i])).toBe(true);
    expect(new Set(targets).size).toBe(10);
    expect([...sampleTargets(large, "random", { classes: 10, seed: 8 })]).not.toEqual([...targets]);
  });

  test("a label is that of all, the next one follows", () => {
    const sample = drawSample(data, 30, "next", 0);
    expect(new Set(sampleTargets(sample, 7, { classes: 10, seed: 0 }))).toEqual(new Set([7]));
    expect([...sampleTargets(sample, "next", { classes: 10, seed: 0 })]).toEqual(
      [...sample.labels].map((label) => (label + 1) % 10),
    );
    expect(messageOf(() => sampleTargets(sample, 10, { classes: 10, seed: 0 }))).toMatch(/target: expected .* got 10/);
  });
});

test("parseTarget takes rules, all and labels, and refuses other words", () => {
  expect(["random", "next", "least-likely", "all", "7"].map(parseTarget)).toEqual([
    "random",
    "next",
    "least-likely",
    "all",
    7,
  ]);
  for (const text of ["nearest", "-1", "1.5", ""]) {
    expect(messageOf(() => parseTarget(text))).toBe(
      `target: expected next, random, runner-up, least-likely, all or a label, got ${JSON.stringify(text)}`,
    );
  }
});
