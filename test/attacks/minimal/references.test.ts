/** Minimal attacks beside proved minima and other attacks' results, where they are at hand; beside the model we ship otherwise. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { minimalAttack } from "../../../src/attacks/index.ts";
import { namedAttack } from "../../../src/attacks/named/run.ts";
import { loadNetwork } from "../../../src/node-api.ts";
import { images, leadsInF64, targetLeadsInF64 } from "../../support/f64-leads.ts";
import { sharedData } from "../../support/shared-data.ts";

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const read = (folder: string, file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));

const peers = sharedData("fc100", "peers-norms.json");
for (const { norm, evaluations, goal, worst } of [
  { norm: "l2", evaluations: 120, goal: 0.998, worst: 1.02 },
  { norm: "linf", evaluations: 60, goal: 0.981, worst: 1.02 },
] as const) {
  test.skipIf(!peers.isThere)(
    `${norm}: ${goal} of the best of eleven attacks with ${evaluations} evaluations${peers.note}`,
    async () => {
      const { untargeted } = read(peers.folder, "peers-norms.json");
      const network = await loadNetwork(peers.folder);
      const asked = images(untargeted.index);
      const found = await minimalAttack(network, { ...asked, norm, evaluations });
      const ratios = Array.from(found.distance, (d, i) => d / untargeted[`envelope_${norm}`][i]);
      expect(ratios.length).toBe(100);
      expect(mean(ratios)).toBeLessThanOrEqual(goal);
      expect(Math.max(...ratios)).toBeLessThanOrEqual(worst);
      expect(Math.min(...leadsInF64(network, found.rows, asked.truth))).toBeGreaterThan(0);
    },
  );
}

const proofs = sharedData("wk17a", "exact-linf.json");
// With 1500: test/slow/minimal.slow.ts.
for (const { evaluations, goal } of [{ evaluations: 150, goal: 1.01 }]) {
  test.skipIf(!proofs.isThere)(
    `linf: near the proved minima with ${evaluations} evaluations, never below a proved bound${proofs.note}`,
    async () => {
      const { exact } = read(proofs.folder, "exact-linf.json") as {
        exact: { image: number; distance: number; lower: number }[];
      };
      const network = await loadNetwork(proofs.folder);
      const asked = images(exact.map(({ image }) => image));
      const found = await minimalAttack(network, { ...asked, norm: "linf", evaluations });
      const far = [...exact.keys()].filter((i) => (exact[i]?.distance as number) > 0.005);
      expect(far.length).toBeGreaterThan(50);
      expect(mean(far.map((i) => (found.distance[i] as number) / (exact[i]?.distance as number)))).toBeLessThanOrEqual(
        goal,
      );
      // What the references state: f32 scores differ from f64 by up to 5e-5, and the margin grows by 5.7 or more per unit.
      for (const [i, { lower }] of exact.entries()) expect(found.distance[i]).toBeGreaterThanOrEqual(lower - 1e-5);
      expect(Math.min(...leadsInF64(network, found.rows, asked.truth))).toBeGreaterThan(0);
    },
  );
}

for (const norm of ["l2", "linf"] as const) {
  test.skipIf(!peers.isThere)(
    `${norm}: successes with a label asked for are ones in double precision too${peers.note}`,
    async () => {
      const { targeted } = read(peers.folder, "peers-norms.json");
      const network = await loadNetwork(peers.folder);
      const { rows, truth } = images(targeted.index.slice(0, 40));
      const labels = truth.map((label) => (label + 1) % 10);
      const found = await minimalAttack(network, { rows, truth, labels, norm, evaluations: 150 });
      expect(found.stop).toEqual(new Array(40).fill("found"));
      expect(Math.min(...targetLeadsInF64(network, found.rows, labels))).toBeGreaterThan(0);
    },
  );
}

const robust = sharedData("smallcnn", "peers-norms.json");
for (const { norm, attack } of [
  { norm: "l2", attack: "ddn" },
  { norm: "l1", attack: "pdpgd" },
] as const) {
  test.skipIf(!robust.isThere)(
    `${norm}: a network whose slopes at the images say next to nothing is fooled by less than ${attack} finds${robust.note}`,
    async () => {
      const { index } = read(robust.folder, "peers-norms.json") as { index: number[] };
      const network = await loadNetwork(join(robust.folder, "trades"));
      const asked = images(index.slice(0, 8));
      const found = await minimalAttack(network, { ...asked, norm, evaluations: 150 });
      const theirs = await namedAttack(network, { ...asked, attack, norm, evaluations: 150 });
      expect(found.stop).toEqual(new Array(8).fill("found"));
      expect(mean([...found.distance])).toBeLessThan(mean([...theirs.distance]));
      expect(Math.min(...leadsInF64(network, found.rows, asked.truth))).toBeGreaterThan(0);
    },
  );
}

const saturated = sharedData("vnncomp-mnist-fc/tfjs/mnist-net_256x2", "model.json");
test.skipIf(!saturated.isThere)(
  `l1: a step that ends where no score slopes ends its run, not the attack${saturated.note}`,
  async () => {
    const network = await loadNetwork(saturated.folder);
    const found = await minimalAttack(network, { ...images([3, 10, 11]), norm: "l1", evaluations: 80 });
    expect(found.stop).toEqual(["found", "found", "found"]);
  },
);

test("the shipped model: more evaluations reach no more, and no cube is smaller than the ball in it", async () => {
  const network = await loadNetwork("fc100-100-10");
  const asked = images([0, 1, 2, 3, 4, 5, 6, 7]);
  const of = (norm: "l2" | "linf", evaluations: number) => minimalAttack(network, { ...asked, norm, evaluations });
  const [l2, linf, longer] = [await of("l2", 120), await of("linf", 60), await of("linf", 150)];
  expect([...l2.success]).toEqual(new Array(8).fill(1));
  for (let r = 0; r < 8; r++) {
    expect(longer.distance[r]).toBeLessThanOrEqual(linf.distance[r] as number);
    expect((l2.distance[r] as number) / 28).toBeLessThanOrEqual((linf.distance[r] as number) * (1 + 1e-3));
  }
});
