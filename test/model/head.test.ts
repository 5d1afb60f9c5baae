/** The head of a network is left out of its scores: which heads are seen, behind what, and what the scores are elsewhere. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { layerBounds, networkBound } from "../../src/analysis/index.ts";
import { lbfgsAttack } from "../../src/attacks/index.ts";
import { GradientSum, type ModelArtifacts, Network, predictedClasses } from "../../src/model/index.ts";
import { errorRate, fit, minibatchFit } from "../../src/train/index.ts";
import { firstDifferent, g, U32 } from "../support/bounds.ts";
import { dense, networkOf, type Part, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const ROWS = 7;
const HEADS = ["softmax", "sigmoid", "tanh", "softplus"];

/** What may stand behind a head without changing a number, on one input of 4. */
const TAILS: Record<string, Part[]> = {
  nothing: [],
  "a Reshape": [part("Reshape", { name: "r", target_shape: [4] })],
  "a Reshape to a row, then a Flatten": [
    part("Reshape", { name: "r", target_shape: [1, 4] }),
    part("Flatten", { name: "f" }),
  ],
  "a Dropout": [part("Dropout", { name: "d", rate: 0.5 })],
  "a linear Activation": [part("Activation", { name: "l", activation: "linear" })],
  "all of these": [
    part("Reshape", { name: "r", target_shape: [2, 2] }),
    part("Activation", { name: "l", activation: "linear" }),
    part("Dropout", { name: "d", rate: 0.5 }),
    part("Flatten", { name: "f" }),
  ],
};

const body = (last: string): Part[] => [dense("a", 6, 5, "tanh"), dense("b", 5, 4, last)];
const rows = noise32(ROWS * 6, 3, 2);
const labels = Array.from({ length: ROWS }, (_, r) => r % 4);

for (const head of HEADS) {
  for (const [tail, parts] of Object.entries(TAILS)) {
    for (const [form, layers] of [
      ["a layer with", body(head)],
      ["a layer, then an Activation", [...body("linear"), part("Activation", { name: "h", activation: head })]],
    ] as const) {
      test(`${form} ${head}, behind it ${tail}: scores, losses and gradients are those without, bit for bit`, () => {
        const [ending, bare] = [networkOf([6], [...layers, ...parts]), networkOf([6], body("linear"))];
        expect([ending.head, ending.classes]).toEqual([{ kind: head, outputs: 4 }, 4]);
        expect(ending.lossGradient(rows, labels)).toEqual(bare.lossGradient(rows, labels));
        expect(ending.scores(rows)).toEqual(bare.predict(rows));
        expect(ending.parameterGradient(rows, labels)).toEqual(bare.parameterGradient(rows, labels));
        expect(ending.score(rows, labels)).toEqual(bare.score(rows, labels));
        const weigh = (scores: Float32Array) => scores.map((s) => s - 1);
        expect(ending.scoreGradient(rows, weigh)).toEqual(bare.scoreGradient(rows, weigh));
        const sums = [ending, bare].map((network) => {
          const sum = new GradientSum(network.workspace, network.parameters);
          const gradient = new Float32Array(rows.length);
          const score = network.addGradient(rows, labels, sum, { gradient, noise: { seed: 1, draw: 0 } });
          return { score, gradient };
        });
        expect(sums[0]).toEqual(sums[1]);
        // What it predicts has the head.
        expect(firstDifferent(ending.predict(rows), networkOf([6], body(head)).predict(rows))).toBe(-1);
        expect(
          layerBounds(ending)
            .map(({ bound }) => bound)
            .slice(0, 2),
        ).toEqual(layerBounds(bare).map(({ bound }) => bound));
        // Each layer more is one more rounding upward.
        const ratio = networkBound(ending) / networkBound(bare);
        expect([ratio >= 1, ratio < 1 + 2 ** -46]).toEqual([true, true]);
      });
    }
  }
}

describe("saturated sigmoids and tanhs", () => {
  for (const head of ["sigmoid", "tanh"]) {
    for (const scale of [1, 40, 1000]) {
      test(`${head}, weights times ${scale}: the attack finds what it finds without, and the answers are those of the scores`, async () => {
        const [ending, bare] = [head, "linear"].map((last) => {
          const network = networkOf([6], [dense("b", 6, 4, last)]);
          network.setParameters(network.getParameters().map((w) => w * scale));
          return network;
        }) as [Network, Network];
        const images = noise32(ROWS * 6, 5).map((v) => (v + 1) / 2);
        const answers = predictedClasses(bare.scores(images), 4);
        const targets = answers.map((k) => (k + 1) % 4);
        const [found, without] = [
          await lbfgsAttack(ending, { rows: images, labels: targets, truth: answers }),
          await lbfgsAttack(bare, { rows: images, labels: targets, truth: answers }),
        ];
        expect(found).toEqual(without);
        expect(found.success.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(2);
        expect(errorRate(ending, images, answers)).toBe(0);
      });
    }
  }
});

describe("one sigmoid", () => {
  /** The same as two classes of a softmax: a unit that is always 0 stands before it. */
  const pair = (tail: Part[] = []) => {
    const one = networkOf([6], [dense("a", 6, 5, "tanh"), dense("b", 5, 1, "sigmoid"), ...tail]);
    const two = networkOf([6], [dense("a", 6, 5, "tanh"), dense("b", 5, 2, "softmax")]);
    const w = one.getParameters();
    const [kernel, bias] = [w.slice(35, 40), w[40] as number];
    two.setParameters(Float32Array.from([...w.slice(0, 35), ...[...kernel].flatMap((v) => [0, v]), 0, bias]));
    return { one, two };
  };
  const truth = labels.map((k) => k % 2);
  /** Of the parameters of `two`, those that are parameters of `one`. */
  const shared = (all: ArrayLike<number>) => [
    ...Array.from(all).slice(0, 35),
    ...[36, 38, 40, 42, 44, 46].map((i) => all[i]),
  ];

  for (const [tail, parts] of [
    ["nothing", []],
    [
      "a Reshape and a Dropout",
      [part("Reshape", { name: "r", target_shape: [1] }), part("Dropout", { name: "d", rate: 0.5 })],
    ],
  ] as [string, Part[]][]) {
    test(`is two classes with the scores 0 and z, as of a softmax of two units, behind it ${tail}`, () => {
      const { one, two } = pair(parts);
      expect([one.classes, one.head]).toEqual([2, { kind: "sigmoid", outputs: 1 }]);
      expect(one.scores(rows)).toEqual(two.scores(rows));
      expect(one.lossGradient(rows, truth)).toEqual(two.lossGradient(rows, truth));
      expect(one.probabilities(rows)).toEqual(two.probabilities(rows));
      expect(one.score(rows, truth)).toEqual(two.score(rows, truth));
      const weigh = ([, z]: Float32Array) => [3, z as number];
      expect(one.scoreGradient(rows, weigh)).toEqual(two.scoreGradient(rows, weigh));
      const [own, theirs] = [one.parameterGradient(rows, truth), two.parameterGradient(rows, truth)];
      expect([own.loss, own.errors, [...own.gradient]]).toEqual([theirs.loss, theirs.errors, shared(theirs.gradient)]);
      const answer = one.predict(rows);
      expect(answer).toHaveLength(ROWS);
      answer.forEach((p, r) => {
        expect(p > 0.5).toBe((one.scores(rows)[2 * r + 1] as number) > 0);
      });
    });
  }

  test("its loss is the binary cross-entropy of what it predicts", () => {
    const { one } = pair();
    const { loss } = one.lossGradient(rows, truth);
    const p = one.predict(rows);
    loss.forEach((value, r) => {
      const own = truth[r] === 1 ? (p[r] as number) : 1 - (p[r] as number);
      // p within 4 ulps, the loss within g(8) of terms below 1 + |z|
      const z = Math.abs(one.scores(rows)[2 * r + 1] as number);
      expect(Math.abs(value + Math.log(own))).toBeLessThan((4 * U32) / own + g(8, U32) * (1 + z));
    });
  });

  test("is attacked to either label as two units are, and rows that answer the label already are left alone", async () => {
    const { one, two } = pair();
    const images = noise32(ROWS * 6, 5).map((v) => (v + 1) / 2);
    for (const label of [0, 1]) {
      const options = { rows: images, labels: new Int32Array(ROWS).fill(label) };
      expect(await lbfgsAttack(one, options)).toEqual(await lbfgsAttack(two, options));
    }
    const all = [0, 1].map(
      async (label) => (await lbfgsAttack(one, { rows: images, labels: new Array(ROWS).fill(label) })).stop,
    );
    const stops = (await Promise.all(all)).flat();
    expect(stops.filter((stop) => stop === "already-target")).toHaveLength(ROWS);
    await expect(lbfgsAttack(one, { rows: images, labels: new Array(ROWS).fill(2) })).rejects.toThrow(
      "labels[0]: expected a label in [0, 1], got 2",
    );
  });

  test("is trained by full batches and by minibatches to tell two halves apart", async () => {
    const data = noise32(60 * 6, 9);
    const sides = Int32Array.from({ length: 60 }, (_, r) =>
      Number((data[6 * r] as number) > (data[6 * r + 1] as number)),
    );
    const full = networkOf([6], [dense("b", 6, 1, "sigmoid")]);
    await fit(full, { rows: data, labels: sides }, { iterations: 60 });
    expect(errorRate(full, data, sides)).toBeLessThan(0.04);
    const steps = networkOf([6], [dense("b", 6, 1, "sigmoid")]);
    await minibatchFit(
      steps,
      { rows: data, labels: sides },
      { optimizer: "adam", rate: 0.05, epochs: 40, batch: 10, seed: 1 },
    );
    expect(errorRate(steps, data, sides)).toBeLessThan(0.1);
  });
});

describe("a mean of two softmaxes", () => {
  const ensemble = (scale = 1): Network => {
    const size = 6 * 3;
    const layer = (name: string, class_name: string, config: object, from: string[]) => ({
      class_name,
      name,
      config: { name, ...config },
      inbound_nodes: from.length === 0 ? [] : [from.map((f) => [f, 0, 0, {}])],
    });
    const softmax = { units: 3, activation: "softmax", use_bias: false };
    const artifacts: ModelArtifacts = {
      modelTopology: {
        class_name: "Functional",
        config: {
          name: "ensemble",
          layers: [
            layer("in", "InputLayer", { batch_input_shape: [null, 6] }, []),
            layer("a", "Dense", softmax, ["in"]),
            layer("b", "Dense", softmax, ["in"]),
            layer("mean", "Average", {}, ["a", "b"]),
          ],
          input_layers: [["in", 0, 0]],
          output_layers: [["mean", 0, 0]],
        },
      },
      weightSpecs: ["a", "b"].map((name) => ({ name: `${name}/kernel`, shape: [6, 3], dtype: "float32" })),
      weightData: noise32(2 * size, 1, scale).buffer as ArrayBuffer,
    };
    return Network.fromArtifacts(artifacts);
  };

  test("scores are the logarithms of the outputs, and the loss is that of the outputs", () => {
    const network = ensemble();
    expect([network.head, network.classes]).toEqual([{ kind: "probabilities", outputs: 3 }, 3]);
    const p = network.predict(rows);
    network.scores(rows).forEach((s, i) => {
      expect(
        Object.is(s, Math.fround(Math.log(p[i] as number))) ||
          Math.abs(s - Math.log(p[i] as number)) < U32 * Math.abs(s),
      ).toBe(true);
    });
    const { loss } = network.lossGradient(
      rows,
      labels.map((k) => k % 3),
    );
    loss.forEach((value, r) => {
      const own = Math.log(p[3 * r + ((labels[r] as number) % 3)] as number);
      expect(Math.abs(value + own)).toBeLessThan(g(16, U32) * (1 + Math.abs(own)));
    });
  });

  test("the gradient is the slope of the loss along it", () => {
    const network = ensemble();
    const row = rows.slice(0, 6);
    const { gradient } = network.lossGradient(row, [1]);
    const length = Math.hypot(...gradient);
    const at = (t: number) =>
      network.lossGradient(
        row.map((v, i) => v + (t * (gradient[i] as number)) / length),
        [1],
      ).loss[0] as number;
    const step = 2 ** -6;
    // The third derivative of the loss is below 12 here, and a loss is rounded to within 8 U32 of 4.
    expect(Math.abs((at(step) - at(-step)) / (2 * step) - length)).toBeLessThan(
      2 * step * step * 64 + (32 * U32) / step,
    );
  });

  test("a label of a probability below what f32 holds is refused by its row, and so is a bound of the scores' slope", () => {
    const network = ensemble(200);
    expect(() => network.lossGradient(rows, [0, 0, 0, 0, 0, 0, 0])).toThrow(
      /^loss of row \d: expected a label whose probability f32 holds \(or a model that gives logits\), got one below 1e-38$/,
    );
    expect(() => networkBound(network)).toThrow(
      "network ensemble: expected scores of bounded slope, got logarithms of probabilities",
    );
  });
});

test("what rises but may not be told apart, and what is no distribution, counts as scores", () => {
  for (const last of ["relu", "hard_sigmoid", "elu", "linear"]) {
    const network = networkOf([6], body(last));
    expect(network.head).toEqual({ kind: "linear", outputs: 4 });
    expect(network.scores(rows)).toEqual(network.predict(rows));
  }
});
