/** What is done to the data before a model: a function of each channel, by which gradients and distances are of the data. */
import { describe, expect, test } from "vitest";
import { attackStudy, minimalAttack, Network, type Preprocess } from "../../src/index.ts";
import { builtNetwork } from "../../src/jobs/built-networks.ts";
import { shareModel } from "../../src/jobs/share.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { artifactsOf, conv, dense, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const SHAPE = [4, 5, 3];
const ARTIFACTS = artifactsOf(SHAPE, [
  conv("Conv2D", { name: "c", filters: 4, kernel_size: 3, activation: "tanh" }, { kernel: [3, 3, 3, 4], bias: [4] }),
  part("Flatten", { name: "flat" }),
  dense("logits", 24, 3, "softmax"),
]);
const plain = Network.fromArtifacts(ARTIFACTS);
const behind = (preprocess: Preprocess) => Network.fromArtifacts(ARTIFACTS, { preprocess });
const rows = noise32(3 * 60, 1).map((v) => Math.abs(v) % 1);

describe("a network behind", () => {
  for (const [title, preprocess, f, slope] of [
    ["a range of -1 to 1", { range: [-1, 1] }, (x: number) => Math.fround(2 * x) - 1, [2, 2, 2]],
    ["a range of 0 to 255", { range: [0, 255] }, (x: number) => 255 * x, [255, 255, 255]],
    [
      "a mean and a deviation of each channel",
      { mean: [0.5, 0.25, 0.75], std: [0.25, 0.5, 2] },
      (x: number, c: number) => Math.fround(([4, 2, 0.5][c] as number) * x) - ([2, 0.5, 0.375][c] as number),
      [4, 2, 0.5],
    ],
    [
      "a scale, and a mean of each channel",
      { scale: 255, mean: [1, 2, 3] },
      (x: number, c: number) => Math.fround(255 * x) - (c + 1),
      [255, 255, 255],
    ],
  ] as const) {
    test(`${title} answers as the model does of what it makes of the rows, and its gradient is that by the slope`, () => {
      const network = behind(preprocess as Preprocess);
      expect(network.preprocess).toEqual(preprocess);
      const made = rows.map((x, i) => f(x, i % 3));
      expect(firstDifferent(network.predict(rows), plain.predict(made))).toBe(-1);
      const [ours, theirs] = [network.lossGradient(rows, [0, 1, 2]), plain.lossGradient(made, [0, 1, 2])];
      const gradient = theirs.gradient.map((v, i) => v * (slope[i % 3] as number));
      expect(firstDifferent(ours.gradient, gradient)).toBe(-1);
    });
  }

  test("saves with it, and workers are handed it", () => {
    const network = behind({ range: [-1, 1] });
    const answers = network.predict(rows);
    const saved = Network.fromArtifacts(network.toArtifacts());
    expect(firstDifferent(saved.predict(rows), answers)).toBe(-1);
    expect(saved.preprocess).toBeUndefined();
    expect(firstDifferent(builtNetwork(shareModel(network)).predict(rows), answers)).toBe(-1);
    expect(shareModel(network).digest).not.toBe(shareModel(plain).digest);
  });

  test("nothing is the model itself; a layer of the name is no obstacle", () => {
    expect(Network.fromArtifacts(ARTIFACTS, { preprocess: {} }).layers).toHaveLength(3);
    const named = artifactsOf([2], [dense("preprocess", 2, 2, "linear")]);
    const network = Network.fromArtifacts(named, { preprocess: { scale: 2 } });
    expect(network.layers.map(({ name }) => name)).toEqual(["preprocess_1", "preprocess"]);
  });

  test("an attack stays in the box of the data, and its distance is theirs", async () => {
    const network = behind({ range: [0, 255] });
    const truth = Array.from({ length: 3 }, (_, r) => {
      const scores = network.scores(rows.subarray(60 * r, 60 * r + 60));
      return scores.indexOf(Math.max(...scores));
    });
    const found = await minimalAttack(network, { rows, truth, norm: "linf" });
    expect(found.success.some((success) => success === 1)).toBe(true);
    expect(found.rows.every((value) => value >= 0 && value <= 1)).toBe(true);
    found.success.forEach((success, r) => {
      const change = (i: number) => Math.abs((found.rows[i] as number) - (rows[i] as number));
      const most = Math.max(...Array.from({ length: 60 }, (_, i) => change(60 * r + i)));
      if (success) expect(most).toBeCloseTo(found.distance[r] as number, 6);
    });
  });

  test("a record says it, with the flags, and refuses data outside of the range", async () => {
    const model = { network: behind({ mean: [0.5, 0.25, 0.75], std: 0.5 }), name: "m" };
    const dataset = {
      rows,
      labels: Int32Array.of(0, 1, 2),
      count: 3,
      classes: 3,
      shape: SHAPE as [number, number, number],
    };
    const record = await attackStudy(model, { dataset, name: "d" }, { norm: "l2" });
    expect(record.model.preprocess).toEqual({ mean: [0.5, 0.25, 0.75], std: 0.5 });
    expect(record.command).toContain("--model m --mean 0.5,0.25,0.75 --std 0.5 --data d");
    const outside = { ...dataset, rows: rows.with(61, 1.5) };
    await expect(
      attackStudy({ network: behind({ range: [-1, 1] }), name: "m" }, { dataset: outside, name: "d" }),
    ).rejects.toThrow("data d: expected numbers in [0, 1], which m was said to take as [-1, 1], got 1.5 in row 1");
  });
});

test("what is no range, no number, no deviation, or of another number of channels is refused", () => {
  const refusal = (preprocess: unknown) => messageOf(() => behind(preprocess as Preprocess));
  expect(refusal({ range: [1, -1] })).toBe("preprocess range: expected two numbers, the lower one first, got 1,-1");
  expect(refusal({ range: [0] })).toBe("preprocess range: expected two numbers, the lower one first, got 0");
  expect(refusal({ range: [-1, 1], std: 2 })).toBe("preprocess std: expected none beside a range, got 2");
  expect(refusal({ std: 0 })).toBe("preprocess std: expected numbers above 0, got 0");
  expect(refusal({ scale: -1 })).toBe("preprocess scale: expected numbers above 0, got -1");
  expect(refusal({ mean: Number.NaN })).toBe("preprocess mean: expected finite numbers, got NaN");
  expect(refusal({ mean: "0" })).toBe('preprocess mean: expected a number, or one a channel, got "0"');
  expect(refusal({ mean: [1, 2] })).toBe("preprocess mean: expected one number, or 3, one a channel, got 2");
  expect(refusal({ men: 1 })).toMatch(/^preprocess: .*mean/);
});
