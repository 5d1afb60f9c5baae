import { describe, expect, test } from "vitest";
import {
  certifiedRadius,
  type LayerBound,
  layerBound,
  layerBounds,
  networkBound,
  runningBounds,
  stretches,
} from "../../src/analysis/index.ts";
import { lbfgsAttack, targetLabels } from "../../src/attacks/index.ts";
import "../../src/index.ts";
import { fullyConnected, Network } from "../../src/model/index.ts";
import { loadMnist, loadNetwork } from "../../src/node/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { fromLayersModel } from "../../src/tfjs/index.ts";
import { messageOf } from "../message-of.ts";
import { largestSingularValueOf } from "../oracle/singular-values.ts";
import { CONV_NETWORKS } from "../support/conv-networks.ts";
import { SMALL_GRAPHS } from "../support/graphs.ts";
import { LAYER_GRAPHS } from "../support/layer-graphs.ts";
import { artifactsOf, conv, dense, networkOf, type Part, part, SMALL_NETWORKS } from "../support/networks.ts";

const uniform = (n: number, seed: number, limit = 1): Float32Array => {
  const values = new Float32Array(n);
  new Random(seed).fill(values, limit);
  return values;
};
const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));

/** The matrix of a linear layer, by what it makes of unit vectors. */
function explicitMatrix(network: Network): number[][] {
  const n = network.inputSize;
  const units = new Float32Array(n * n);
  for (let i = 0; i < n; i++) units[i * n + i] = 1;
  const images = network.scores(units);
  const width = images.length / n;
  return Array.from({ length: width }, (_, o) => Array.from({ length: n }, (__, i) => images[i * width + o] as number));
}

const alone = (shape: number[], layer: Part): Network => networkOf(shape, [layer, part("Flatten", { name: "flat" })]);
const filter = (k: number, s: number, padding: string, c = 2, d = 3): Part =>
  conv(
    "Conv2D",
    { name: "c", filters: d, kernel_size: [k, k], strides: [s, s], padding, use_bias: false },
    { kernel: [k, k, c, d] },
  );

const LINEAR: [title: string, network: () => Network, gap?: number][] = [
  ["Dense 7 to 12", () => networkOf([7], [dense("d", 7, 12, "linear", false)]), 1e-3],
  ["Dense over rows", () => alone([4, 5], dense("d", 5, 3, "linear", false)), 1e-3],
  ...[1, 2, 3].flatMap((s) =>
    [1, 2, 3, 4, 5].flatMap((k) =>
      ["same", "valid"].map((padding): [string, () => Network] => {
        const [h, w] = k % 2 === 0 ? [5, 6] : [6, 7];
        return [
          `Conv2D ${k} x ${k}, stride ${s}, ${padding}, ${h} x ${w}`,
          () => alone([h, w, 2], filter(k, s, padding)),
        ];
      }),
    ),
  ),
  [
    "Conv2D 2 x 2, dilation 2",
    () =>
      alone(
        [6, 5, 2],
        conv("Conv2D", { name: "c", filters: 2, kernel_size: [2, 2], dilation_rate: [2, 2] }, { kernel: [2, 2, 2, 2] }),
      ),
  ],
  [
    "Conv1D 3, stride 2",
    () =>
      alone([9, 2], conv("Conv1D", { name: "c", filters: 3, kernel_size: [3], strides: [2] }, { kernel: [3, 2, 3] })),
  ],
  ...[1, 2].map((m): [string, () => Network] => [
    `DepthwiseConv2D, ${m} filters a channel, stride 2`,
    () =>
      alone(
        [7, 6, 3],
        conv(
          "DepthwiseConv2D",
          { name: "c", kernel_size: [3, 3], strides: [2, 2], depth_multiplier: m, padding: "same" },
          { depthwise_kernel: [3, 3, 3, m] },
        ),
      ),
  ]),
  [
    "SeparableConv2D",
    () =>
      alone(
        [5, 6, 3],
        conv(
          "SeparableConv2D",
          { name: "c", filters: 4, kernel_size: [3, 3] },
          { depthwise_kernel: [3, 3, 3, 1], pointwise_kernel: [1, 1, 3, 4] },
        ),
      ),
  ],
  [
    "GroupedConv2D, 2 groups",
    () =>
      alone(
        [5, 6, 4],
        conv("GroupedConv2D", { name: "c", filters: 6, kernel_size: [3, 3], groups: 2 }, { kernel: [3, 3, 2, 6] }),
      ),
  ],
  [
    "LocallyConnected2D",
    () =>
      alone(
        [5, 4, 2],
        conv("LocallyConnected2D", { name: "c", filters: 3, kernel_size: [2, 3] }, { kernel: [8, 12, 3] }),
      ),
  ],
  ...["same", "valid"].flatMap((padding) =>
    [1, 2, 3].map((s): [string, () => Network, number] => [
      `AveragePooling2D 3 x 2, stride ${s}, ${padding}`,
      () => alone([7, 6, 2], part("AveragePooling2D", { name: "p", pool_size: [3, 2], strides: [s, s], padding })),
      1e-3,
    ]),
  ),
  ["GlobalAveragePooling2D", () => networkOf([5, 6, 2], [part("GlobalAveragePooling2D", { name: "p" })]), 1e-6],
  ["UpSampling2D", () => alone([3, 2, 2], part("UpSampling2D", { name: "u", size: [2, 3] })), 1e-6],
  [
    "ZeroPadding2D",
    () =>
      alone(
        [3, 2, 2],
        part("ZeroPadding2D", {
          name: "z",
          padding: [
            [1, 2],
            [0, 1],
          ],
        }),
      ),
    1e-9,
  ],
];

describe("the bracket of a linear layer holds the largest singular value of its explicit matrix", () => {
  for (const [title, make, gap] of LINEAR) {
    test(title, () => {
      const network = make();
      const truth = largestSingularValueOf(explicitMatrix(network));
      const { bound, lower } = layerBound(network, 0);
      // The matrix's elements are rounded to single precision where a layer sums or divides.
      const rounding = 2 ** -18;
      expect(bound).toBeGreaterThanOrEqual(truth * (1 - rounding));
      expect(lower).toBeLessThanOrEqual(truth * (1 + rounding));
      expect(lower).toBeGreaterThan(0.97 * truth);
      if (gap !== undefined) expect(bound / lower - 1).toBeLessThan(gap);
    });
  }
});

/** Changes of rows by random directions and by the steepest ones, as seen at each layer, stay within the bounds. */
function expectWithin(network: Network, count: number, seed: number): number {
  const bounds = layerBounds(network);
  const running = runningBounds(network, bounds);
  const byName = new Map(bounds.map(({ layer, bound }) => [layer, bound]));
  const n = network.inputSize;
  const rows = uniform(count * n, seed, 2);
  const step = uniform(count * n, seed + 1, 0.5);
  // Half of the changes run against the gradient of some logit.
  const labels = Array.from({ length: count }, (_, i) => i % network.classes);
  const { gradient } = network.lossGradient(rows, labels);
  for (let r = 0; r < count; r += 2) {
    const g = gradient.subarray(r * n, (r + 1) * n);
    const length = norm(g);
    if (length > 0) for (let i = 0; i < n; i++) step[r * n + i] = (g[i] as number) / length;
  }
  const changed = rows.map((x, i) => x + (step[i] as number));
  let seen = 0;
  stretches(network, rows, changed).forEach(({ layer, own, whole }, i) => {
    const activations = i === network.calls.length - 1 ? network.scores(rows) : network.activations(rows, layer);
    const width = activations.length / count;
    for (let r = 0; r < count; r++) {
      const d = norm(step.subarray(r * n, (r + 1) * n));
      // Single precision: a few hundred roundings of the layer's numbers, over the change that is measured.
      const slop = (2 ** -15 * (1 + norm(activations.subarray(r * width, (r + 1) * width)))) / d;
      expect(whole[r]).toBeLessThanOrEqual((running[i] as number) * (1 + 1e-6) + slop);
      expect(own[r] as number).toBeLessThanOrEqual((byName.get(layer) as number) * 1.01 + slop * 40);
      seen++;
    }
  });
  return seen;
}

describe("no change is stretched by more than the bounds say", () => {
  const networks = [
    ...SMALL_NETWORKS.map(({ title, network }) => ({ title, network })),
    ...CONV_NETWORKS.map(({ title, network }) => ({ title, network })),
  ];
  for (const { title, network } of networks) {
    test(title, () => expect(expectWithin(network(), 60, 3)).toBeGreaterThan(0));
  }
  for (const { title, build } of [...SMALL_GRAPHS, ...LAYER_GRAPHS]) {
    test(`${title} (graph)`, async () => {
      const network = await fromLayersModel(build());
      if (network.layers.some(({ className }) => className === "Multiply")) {
        expect(messageOf(() => layerBounds(network))).toMatch(
          / \(Multiply\): expected a layer whose stretch is bounded, got a product of inputs, which stretches without bound$/,
        );
      } else if (network.layers.some(({ className }) => className === "ThresholdedReLU")) {
        expect(messageOf(() => layerBounds(network))).toMatch(
          / \(ThresholdedReLU\): expected a layer whose stretch is bounded, got one with thresholded_relu, which is steeper than any line somewhere$/,
        );
      } else if (network.calls.length > network.layers.length) {
        const bound = networkBound(network);
        const [x, y] = [uniform(200 * network.inputSize, 1, 2), uniform(200 * network.inputSize, 2, 2)];
        const [a, b] = [network.scores(x), network.scores(y)];
        for (let r = 0; r < 200; r++) {
          const apart = (p: Float32Array, q: Float32Array, w: number) =>
            norm(p.subarray(r * w, (r + 1) * w).map((v, i) => v - (q[r * w + i] as number)));
          expect(apart(a, b, network.classes)).toBeLessThanOrEqual(bound * apart(x, y, network.inputSize) * (1 + 1e-5));
        }
      } else {
        expect(expectWithin(network, 60, 5)).toBeGreaterThan(0);
      }
    });
  }
});

describe("FC100-100-10 of the shipped models", () => {
  const count = 1000;
  test("10,000 random changes, 1,000 adversarial ones, and the radius certified of each image", async () => {
    const network = await loadNetwork("fc100-100-10");
    const { rows: all, labels } = await loadMnist("test");
    const rows = all.subarray(0, count * 784);
    const truth = labels.subarray(0, count);
    const bounds = layerBounds(network);
    const running = runningBounds(network, bounds);
    const bound = networkBound(network, bounds);
    const targets = targetLabels("next", truth, { classes: 10 });
    const found = await lbfgsAttack(network, { rows, labels: targets, truth });
    const radius = certifiedRadius(network, rows, bound);
    let compared = 0;
    for (let i = 0; i < count; i++) {
      expect(radius[i]).toBeGreaterThanOrEqual(0);
      if (found.success[i] !== 1 || found.stop[i] === "misclassified") continue;
      expect(radius[i]).toBeLessThanOrEqual((found.distortion[i] as number) * 28);
      compared++;
    }
    expect(compared).toBeGreaterThan(900);
    const check = (changed: Float32Array, from: Float32Array) => {
      stretches(network, from, changed).forEach(({ own, whole }, layer) => {
        for (let r = 0; r < own.length; r++) {
          expect(own[r] as number).toBeLessThanOrEqual((bounds[layer]?.bound as number) * 1.001);
          expect(whole[r] as number).toBeLessThanOrEqual((running[layer] as number) * 1.001);
        }
      });
    };
    const attacked = Array.from(found.success.keys()).filter((i) => found.stop[i] === "found");
    const pick = (values: Float32Array) => {
      const out = new Float32Array(attacked.length * 784);
      attacked.forEach((i, k) => {
        out.set(values.subarray(i * 784, (i + 1) * 784), k * 784);
      });
      return out;
    };
    check(pick(found.rows), pick(rows));
    for (let round = 0; round < 10; round++) {
      const step = uniform(count * 784, round, 0.1);
      check(
        rows.map((x, i) => x + (step[i] as number)),
        rows,
      );
    }
  }, 60_000);
});

test("a convolution that is the identity has a bound of 1 on its grid of one, a chain the product, joins what they say", () => {
  const network = fullyConnected([6, 5, 4], { activation: "linear" });
  const bounds = layerBounds(network);
  const [a = { bound: 0 }, b = { bound: 0 }] = bounds;
  expect(networkBound(network, bounds)).toBeCloseTo(a.bound * b.bound, 12);
  expect(networkBound(network)).toBe(networkBound(network, bounds));
});

test("a softmax at the end does not count, one within does", () => {
  const parts = (within: string) => [
    dense("a", 5, 4, within),
    dense("b", 4, 3, "linear"),
    part("Activation", { name: "answer", activation: "softmax" }),
  ];
  const [linear, softmax] = ["linear", "softmax"].map((within) => layerBounds(networkOf([5], parts(within))));
  expect(linear?.[2]).toMatchObject({ bound: 1, lower: 1, method: "left out" });
  expect(softmax?.[0]?.bound).toBeCloseTo((linear?.[0]?.bound as number) / 2, 12);
});

test("pooling windows that overlap, local response normalisation, L2 pooling: values and limits", () => {
  const pool = (pool_size: number, strides: number, size: number) =>
    layerBound(
      alone(
        [size, size, 1],
        part("MaxPooling2D", { name: "p", pool_size: [pool_size, pool_size], strides: [strides, strides] }),
      ),
      0,
    ).bound;
  expect(pool(2, 2, 6)).toBe(1);
  expect(pool(3, 2, 7)).toBe(2); // AlexNet's: four windows
  expect(pool(3, 2, 3)).toBe(1); // one window only
  expect(pool(3, 1, 9)).toBe(3);
  const lrn = (bias: number, beta: number, depth_radius: number) =>
    layerBound(
      alone([1, 1, 9], part("LocalResponseNormalization", { name: "n", bias, alpha: 1, beta, depth_radius })),
      0,
    );
  expect(lrn(2, 0.75, 2).lower).toBeCloseTo(2 ** -0.75, 10);
  expect(lrn(2, 0.75, 2).bound).toBeCloseTo(2 ** -0.75 * (1 + 2 * Math.SQRT2 * (3 / 7) ** 1.75), 10);
  for (const [bias, beta, radius] of [
    [2, 0.75, 2],
    [1, 0.5, 1],
    [0.5, 1, 4],
    [1, 2, 0],
  ] as const) {
    const network = alone(
      [1, 1, 9],
      part("LocalResponseNormalization", { name: "n", bias, alpha: 1, beta, depth_radius: radius }),
    );
    // The steepest direction at 400 points of all sizes, by power iteration on the Jacobian.
    const { bound } = layerBound(network, 0);
    let most = 0;
    for (let seed = 0; seed < 400; seed++) {
      const x = uniform(9, seed, 4 * (((seed % 20) + 1) / 20) ** 2);
      let v: Float32Array = uniform(9, seed + 1000);
      for (let i = 0; i < 12; i++) {
        // J v by differences, J^T of it by the gradient.
        const h = 2 ** -8;
        const ahead = network.scores(x.map((a, k) => a + (h * (v[k] as number)) / norm(v)));
        const here = network.scores(x);
        const slope = ahead.map((a, k) => (a - (here[k] as number)) / h);
        most = Math.max(most, norm(slope));
        v = network.activationGradient(x, 0, slope).gradient;
        if (norm(v) === 0) break;
      }
    }
    expect(most).toBeLessThanOrEqual(bound * 1.001);
    expect(most).toBeGreaterThan(0.5 * bound);
  }
});

for (const [channels, window, threshold] of [
  [1, 3, 0.5],
  [2, 3, 0.1],
  [3, 5, 1],
] as const) {
  test(`local contrast normalisation stretches at most by its bound, at least by its lower one: ${channels} maps, window ${window}`, () => {
    const config = { name: "lcn", window_size: window, sigma: 1, threshold };
    const network = alone([6, 6, channels], part("LocalContrastNormalization", config));
    const { bound, lower } = layerBound(network, 0);
    const n = 36 * channels;
    let most = 0;
    for (let seed = 0; seed < 60; seed++) {
      const x = uniform(n, seed, threshold * 4 * ((seed % 20) / 20));
      let v: Float32Array = uniform(n, seed + 1000);
      for (let i = 0; i < 10; i++) {
        // J v by differences, J^T of it by the gradient.
        const h = threshold * 2 ** -8;
        const ahead = network.scores(x.map((a, k) => a + (h * (v[k] as number)) / norm(v)));
        const here = network.scores(x);
        const slope = ahead.map((a, k) => (a - (here[k] as number)) / h);
        most = Math.max(most, norm(slope));
        v = network.activationGradient(x, 0, slope).gradient;
        if (norm(v) === 0) break;
      }
    }
    // Differences over h have the rounding of values up to sqrt(n) / h, 2^-24 of it.
    const rounding = 2 ** -20 * Math.sqrt(n) * (2 ** 8 / threshold);
    expect(most).toBeLessThanOrEqual(bound + rounding);
    expect(most).toBeGreaterThanOrEqual(lower - rounding);
  });
}

describe("what is refused", () => {
  test("layers that stretch without bound, by name", () => {
    const flat = networkOf([6], [conv("LayerNormalization", { name: "ln", epsilon: 0 }, { gamma: [6], beta: [6] })]);
    expect(messageOf(() => layerBounds(flat))).toBe(
      "ln (LayerNormalization): expected a layer whose stretch is bounded, got epsilon 0, with which it is not",
    );
  });

  test("positions of layers, bounds that are none", () => {
    const network = fullyConnected([6, 4]);
    expect(messageOf(() => layerBound(network, 1))).toBe("layer: expected a whole number in [0, 0], got 1");
    const hidden = fullyConnected([6, 5, 4]);
    expect(messageOf(() => certifiedRadius(hidden, new Float32Array(6), Number.NaN))).toMatch(/^bound: expected/);
    expect(messageOf(() => certifiedRadius(hidden, new Float32Array(6), 0))).toBe(
      "bound: expected a number above 0, got 0",
    );
    expect(messageOf(() => stretches(hidden, new Float32Array(12), new Float32Array(6)))).toBe(
      "changed: expected 2 rows, as there are of the others, got 1",
    );
  });
});

/** A double as a fraction with a denominator of 2^shift, exactly. */
function scaled(x: number, shift: number): bigint {
  let [value, power] = [x, 0];
  for (; !Number.isInteger(value); power++) value *= 2;
  return BigInt(value) << BigInt(shift - power);
}

test("the bound of BatchNormalization is outward: its square times the variance is not below that of gamma, exactly", () => {
  const epsilon = 0.001;
  const values = uniform(400, 6);
  for (let i = 0; i < 200; i++) {
    const [gamma, variance] = [0.5 + Math.abs(values[2 * i] as number), 0.01 + Math.abs(values[2 * i + 1] as number)];
    const weights = { gamma: [2], beta: [2], moving_mean: [2], moving_variance: [2] };
    const artifacts = artifactsOf([2], [conv("BatchNormalization", { name: "bn", axis: [1], epsilon }, weights)]);
    artifacts.weightData = Float32Array.of(gamma, gamma, 0, 0, 0, 0, variance, variance).buffer;
    const network = Network.fromArtifacts(artifacts);
    const { bound, lower } = layerBounds(network)[0] as LayerBound;
    // In units of 2^-200: the numbers are doubles between 2^-10 and 8.
    const [g, v] = [Math.fround(gamma), Math.fround(variance)];
    const spread = scaled(v, 100) + scaled(epsilon, 100);
    const square = (x: number) => scaled(x, 100) * scaled(x, 100);
    expect(square(bound) * spread >= square(g) << 100n).toBe(true);
    expect(square(lower) * spread <= square(g) << 100n).toBe(true);
    expect(bound / lower - 1).toBeLessThan(1e-14);
  }
});
