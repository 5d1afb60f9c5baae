/** Certificates beside attacks, proved minima and searches for counterexamples, on models that were trained. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { certify, minimalAttack, type Network, predictedClasses } from "../../src/index.ts";
import { loadMnist, loadNetwork } from "../../src/node/index.ts";
import { mean } from "../../src/numeric/statistics.ts";
import { noise64 } from "../support/noise.ts";
import { sharedData } from "../support/shared-data.ts";

const SIZE = 784;

async function digits(indices: readonly number[]): Promise<{ rows: Float32Array; truth: number[] }> {
  const { rows, labels } = await loadMnist("test");
  const picked = new Float32Array(indices.length * SIZE);
  indices.forEach((index, r) => {
    picked.set(rows.subarray(index * SIZE, (index + 1) * SIZE), r * SIZE);
  });
  return { rows: picked, truth: indices.map((index) => labels[index] as number) };
}

describe("fc100-100-10", async () => {
  const network = await loadNetwork("fc100-100-10");
  const { rows, truth } = await digits(Array.from({ length: 24 }, (_, i) => i));

  for (const [norm, least, most] of [
    ["linf", 0.03, 1.7],
    ["l2", 0.42, 1.8],
    ["l1", 1.8, 2.6],
  ] as const) {
    test(`is certified in ${norm} to a radius that no attack gets below, and that is not far from the attack's`, async () => {
      const proved = await certify(network, { rows, truth, norm });
      const found = await minimalAttack(network, { rows, truth, norm });
      const both = truth.flatMap((_, r) => {
        return found.success[r] ? [[proved.radius[r] as number, found.distance[r] as number] as const] : [];
      });
      for (const [radius, distance] of both) expect(radius).toBeLessThan(distance);
      const [certified, reached] = [mean(both.map(([radius]) => radius)), mean(both.map(([, distance]) => distance))];
      expect(certified).toBeGreaterThan(least);
      expect(reached / certified).toBeLessThan(most);
      expect(both.length).toBeGreaterThan(20);
    });
  }

  test("has no f32 row within a certified ball around a row at the boundary that is answered otherwise", async () => {
    // Rows from which the answer is a few roundings away [Jia and Rinard 2021]: between an image and what an attack found.
    const found = await minimalAttack(network, { rows, truth, norm: "linf" });
    let looked = 0;
    let certifiedRows = 0;
    for (const [r, label] of truth.entries()) {
      if (!found.success[r] || r >= 10) continue;
      const near = nearBoundary(
        network,
        rows.slice(r * SIZE, (r + 1) * SIZE),
        found.rows.slice(r * SIZE, (r + 1) * SIZE),
        label,
      );
      const proved = await certify(network, { rows: near, truth: [label] });
      const radius = proved.radius[0] as number;
      if (radius === 0) continue;
      certifiedRows++;
      for (let k = 0; k < 20; k++) {
        const signs = noise64(SIZE, 1000 * r + k).map((v) => (k % 2 ? Math.sign(v) : v));
        // Inside the ball in exact arithmetic: rounded towards the row.
        const changed = near.map((x, i) => {
          const to = Math.min(1, Math.max(0, Math.fround(x + radius * (signs[i] as number))));
          return Math.abs(to - x) <= radius ? to : x;
        });
        expect(predictedClasses(network.scores(changed), 10)[0]).toBe(label);
        looked++;
      }
    }
    expect(certifiedRows).toBeGreaterThan(3);
    expect(looked).toBe(20 * certifiedRows);
  });
});

/** The last row on the way from one to another that is answered with the label, of those that halving finds. */
function nearBoundary(network: Network, from: Float32Array, to: Float32Array, label: number): Float32Array {
  let [low, high] = [0, 1];
  const at = (share: number) => from.map((x, i) => x + share * ((to[i] as number) - x));
  for (let i = 0; i < 7; i++) {
    const middle = (low + high) / 2;
    if (predictedClasses(network.scores(at(middle)), 10)[0] === label) low = middle;
    else high = middle;
  }
  return at(low);
}

const WK17A = sharedData("wk17a", "exact-linf.json");

test.skipIf(!WK17A.isThere)(`WK17a: no radius is above the proved minimum${WK17A.note}`, async () => {
  const network = await loadNetwork(WK17A.folder);
  const { exact } = JSON.parse(readFileSync(join(WK17A.folder, "exact-linf.json"), "utf8")) as {
    exact: { image: number; label: number; upper: number }[];
  };
  const some = exact.filter((_, i) => i % 8 === 3);
  const { rows, truth } = await digits(some.map(({ image }) => image));
  expect(truth).toEqual(some.map(({ label }) => label));
  const proved = await certify(network, { rows, truth });
  const ratios = some.map(({ upper }, r) => (proved.radius[r] as number) / upper);
  for (const ratio of ratios) expect(ratio).toBeLessThan(1);
  expect(mean(ratios)).toBeGreaterThan(0.8);
});
