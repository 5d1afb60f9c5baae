/** MobileNetV2 out of the npm package nsfwjs: depthwise, normalised, added up, stored in 8 bits; judged by tfjs on the cpu. */
import { describe, expect, test } from "vitest";
import { loadNetwork } from "../../src/node/index.ts";
import { compare, expectExplained } from "../support/decisions.ts";
import { noise32 } from "../support/noise.ts";
import { hasMobileNet, writeMobileNet } from "../support/nsfwjs.ts";
import { modelFromFolder } from "../support/tfjs.ts";
import { temporaryFolder } from "../temporary.ts";

/** Waves of three colours with a little noise, about [0, 1], as photographs are given to it. */
function waves(side: number): Float32Array {
  const noise = noise32(side * side * 3, 5, 0.05);
  return noise.map((v, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % side, Math.floor(i / (3 * side))];
    return v + 0.5 + 0.3 * Math.sin((x * (c + 1) + 2 * y) / 40) + 0.15 * Math.cos((x - y) / (9 + c));
  });
}

describe.skipIf(!hasMobileNet)(`mobilenet_v2 of nsfwjs${hasMobileNet ? "" : " (skipped: not installed)"}`, () => {
  test("logits and the gradient to the image are those of tfjs on the cpu, but for what a rectifier at zero reaches", async () => {
    const folder = temporaryFolder();
    await writeMobileNet(folder);
    const network = await loadNetwork(folder);
    const classes = new Set(network.layers.map(({ className }) => className));
    for (const name of ["DepthwiseConv2D", "BatchNormalization", "Add", "ReLU", "AveragePooling2D"]) {
      expect(classes).toContain(name);
    }
    expect(network.layers).toHaveLength(161);
    const compared = compare(network, await modelFromFolder(folder), waves(224), 1);
    expectExplained(compared);
    const { ours } = compared;
    expect(ours.logits.indexOf(Math.max(...ours.logits))).toBe(2); // "Neutral", and sure of it
  }, 600_000);
});
