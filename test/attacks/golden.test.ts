/** The bits of whole attacks: a change of the search that no other test would notice shows here, and is to be meant. */
import { beforeAll, describe, expect, test } from "vitest";
import "../../src/index.ts";
import { type LbfgsAttackOptions, lbfgsAttack } from "../../src/attacks/index.ts";
import type { Network } from "../../src/model/index.ts";
import { blobs, trainedOn } from "../support/blobs.ts";
import { sha256 } from "../support/sha256.ts";

describe("an attack on a small trained network has the bits that it had", () => {
  const [inputSize, classes, images] = [13, 4, 14];
  const data = blobs(80, inputSize, classes);
  const rows = data.rows.slice(0, images * inputSize);
  const labels = Array.from(data.labels.slice(0, images), (label) => (label + 1) % classes);
  let network: Network;
  beforeAll(async () => {
    network = await trainedOn(data, inputSize, classes);
  });

  test("and the network the parameters", () =>
    expect(sha256(network.getParameters())).toBe("217db6f9e99b85bfd360fce926f66c4bd490255bc765c1d0287dfc8165c6c839"));

  const CASES: readonly [title: string, options: Partial<LbfgsAttackOptions>, digest: string][] = [
    ["fast", {}, "3ee775b87bf767f59cc4876cf5628bc4c79c099d8d3fa1f63f351518ab8e2a7e"],
    ["fast, by lbfgsb", { solver: "lbfgsb" }, "61ad0b4f9382a4d9028d9a8ab4e3704a5c0da968a4070e2a075abecfdda7f3a5"],
    ["thorough", { effort: "thorough" }, "6120ebd54584e5b565f82ecffd14b87b91a1cbccfcbbd3961bab28720e9bcf39"],
    [
      "with a lead of one logit, two bisections, eight steps of polish",
      { margin: 1, bisections: 2, polish: 8 },
      "ad340f8ee76eebdacb4641d48c6eec6b9b9de0a1c3dbd2f93467a34718a124c8",
    ],
  ];
  for (const [title, options, digest] of CASES) {
    test(title, async () => {
      const found = await lbfgsAttack(network, { rows, labels, ...options });
      expect(found.stop.filter((stop) => stop === "found").length).toBeGreaterThan(images / 2);
      expect(sha256(found.rows, found.distortion, found.penalty, found.evaluations, found.iterations)).toBe(digest);
    });
  }
});
