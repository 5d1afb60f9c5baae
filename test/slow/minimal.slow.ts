/** Long minimal attacks beside proved minima and other attacks' results; every success is judged in double precision. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { minimalAttack, namedAttack } from "../../src/attacks/index.ts";
import { loadMnist, loadNetwork } from "../../src/node-api.ts";
import { images, leadsInF64, targetLeadsInF64 } from "../support/f64-leads.ts";
import { sharedData } from "../support/shared-data.ts";

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const read = (folder: string, file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));

const proofs = sharedData("wk17a", "exact-linf.json");
test.skipIf(!proofs.isThere)(
  `linf: near the proved minima with 1500 evaluations, never below a proved bound${proofs.note}`,
  async () => {
    const { exact } = read(proofs.folder, "exact-linf.json") as {
      exact: { image: number; distance: number; lower: number }[];
    };
    const network = await loadNetwork(proofs.folder);
    const asked = images(exact.map(({ image }) => image));
    const found = await minimalAttack(network, { ...asked, norm: "linf", evaluations: 1500 });
    const far = [...exact.keys()].filter((i) => (exact[i]?.distance as number) > 0.005);
    expect(far.length).toBeGreaterThan(50);
    const ratios = far.map((i) => (found.distance[i] as number) / (exact[i]?.distance as number));
    expect(mean(ratios)).toBeLessThanOrEqual(1.001);
    // What the references state: f32 scores differ from f64 by up to 5e-5, and the margin grows by 5.7 or more per unit.
    for (const [i, { lower }] of exact.entries()) expect(found.distance[i]).toBeGreaterThanOrEqual(lower - 1e-5);
    expect(Math.min(...leadsInF64(network, found.rows, asked.truth))).toBeGreaterThan(0);
  },
);

const peers = sharedData("fc100", "peers-norms.json");
for (const norm of ["l2", "linf", "l1", "l0"] as const) {
  for (const question of ["untargeted", "targeted"] as const) {
    test.skipIf(!peers.isThere)(
      `${norm}, ${question}: 1500 evaluations end in successes in double precision${peers.note}`,
      async () => {
        const network = await loadNetwork(peers.folder);
        const { index } = read(peers.folder, "peers-norms.json")[question] as { index: number[] };
        const { rows, truth } = images(index);
        const labels = truth.map((label) => (label + 1) % 10);
        const asked = question === "targeted" ? { labels } : {};
        const found = await minimalAttack(network, { rows, truth, ...asked, norm, evaluations: 1500 });
        expect(found.stop).toEqual(new Array(index.length).fill("found"));
        const leads =
          question === "targeted"
            ? targetLeadsInF64(network, found.rows, labels)
            : leadsInF64(network, found.rows, truth);
        expect(Math.min(...leads)).toBeGreaterThan(0);
      },
    );
  }
}

// Networks on which slopes mislead. Training images, which are those that the walks were chosen on: no claim about others.
for (const { folder, norm, rival } of [
  { folder: "wk17a", norm: "l1", rival: "pdpgd" },
  { folder: "wk17a", norm: "l0", rival: "sigma-zero" },
  { folder: "smallcnn/trades", norm: "l1", rival: "pdpgd" },
  { folder: "smallcnn/trades", norm: "l0", rival: "sigma-zero" },
] as const) {
  const shared = sharedData(folder, "model.json");
  test.skipIf(!shared.isThere)(
    `${folder}, ${norm}: shorter changes than ${rival} finds, with 1500 evaluations each${shared.note}`,
    async () => {
      const network = await loadNetwork(shared.folder);
      const data = await loadMnist("train");
      const asked = { rows: data.rows.slice(0, 8 * 784), truth: data.labels.slice(0, 8), norm };
      const ours = await minimalAttack(network, { ...asked, evaluations: 1500 });
      const theirs = await namedAttack(network, { ...asked, attack: rival, options: { steps: 1500 } });
      expect(mean([...ours.distance])).toBeLessThan(mean([...theirs.distance]));
    },
  );
}
