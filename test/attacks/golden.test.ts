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
    ["fast", {}, "f34014e0473e52cfd5e672d5aaaa578744c3fc05cb52e7257d3614bd69353c6b"],
    ["fast, by lbfgsb", { solver: "lbfgsb" }, "e084fb29b192421fd004711ffb0f2c074c6f173d9ffd3327b9310ddd8332c141"],
    ["thorough", { effort: "thorough" }, "a499cca6582341cf0c9431cff5581e303fcee8724e58c351b21a42bbc74d1fe6"],
    [
      "with a lead of one logit, two bisections, eight steps of polish",
      { margin: 1, bisections: 2, polish: 8 },
      "4fc1a08a1a4853f3b09c6fe7e5b00e38c1ad3b94ed06d3e83d0b522e506bba37",
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
