/** The head of a network is left out of its scores: which heads are seen, behind what, and what the scores are elsewhere. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { layerBounds, networkBound } from "../../src/analysis/index.ts";
import { lbfgsAttack, minimalAttack } from "../../src/attacks/index.ts";
import { GradientSum, type ModelArtifacts, Network, predictedClasses } from "../../src/model/index.ts";
import { errorRate, fit, minibatchFit } from "../../src/train/index.ts";
import { firstDifferent, g, U32 } from "../support/bounds.ts";
import { dense, networkOf, type Part, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const ROWS = 7;
const HEADS = ["softmax", "sigmoid", "tanh", "softplus", "elu", "selu"];

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

describe("cuts", () => {
  const body6 = networkOf([6], body("linear"));
  const ENDS: [title: string, end: Part, range: [number, number], line: (x: number) => number][] = [
    ["a ReLU", part("Activation", { name: "e", activation: "relu" }), [0, Number.POSITIVE_INFINITY], (x) => x],
    ["a ReLU up to 0.5", part("ReLU", { name: "e", max_value: 0.5 }), [0, 0.5], (x) => x],
    ["a ReLU6", part("Activation", { name: "e", activation: "relu6" }), [0, 6], (x) => x],
    [
      "a hard sigmoid",
      part("Activation", { name: "e", activation: "hard_sigmoid" }),
      [0, 1],
      (x) => Math.fround(Math.fround(Math.fround(0.2) * x) + 0.5),
    ],
  ];
  for (const [title, end, range, line] of ENDS) {
    for (const [tail, parts] of Object.entries(TAILS)) {
      test(`${title}, behind it ${tail}: scores are what is cut, and answers are those of what is not cut too`, async () => {
        const network = networkOf([6], [...body("linear"), end, ...parts]);
        expect([network.head, network.classes]).toEqual([{ kind: "cut", outputs: 4, range }, 4]);
        const scores = network.scores(rows);
        expect(scores).toEqual(body6.predict(rows).map(line));
        expect(network.predict(rows)).toEqual(scores.map((s) => Math.min(Math.max(s, range[0]), range[1])));
        const weigh = () => [1, -1, 0, 0];
        const [own, bare] = [network.scoreGradient(rows, weigh).gradient, body6.scoreGradient(rows, weigh).gradient];
        const slope = line(1) - line(0);
        own.forEach((v, i) => {
          // The slope of the line is rounded before or behind products of three layers.
          expect(Math.abs(v - slope * (bare[i] as number))).toBeLessThan(64 * U32);
        });
      });
    }
  }

  test("outputs that are cut at the same end are equal, so neither is an answer that an attack ends with", async () => {
    // Scores 2 x + 1 - k of a row of one feature: with a box of [-1, 1] all lie below 0, some or all above.
    const network = networkOf([2], [dense("b", 2, 3, "relu")]);
    network.setParameters(Float32Array.of(2, 0, -2, 0, 2, 0, -0.5, -0.75, -0.5));
    const images = Float32Array.of(0.1, 0.1, 0.8, 0.1, 0, 0.6);
    expect([...network.predict(images)].slice(0, 3)).toEqual([0, 0, 0]);
    for (const norm of ["l2", "linf", "l1", "l0"] as const) {
      for (const label of [0, 1, 2]) {
        const found = await minimalAttack(network, { rows: images, norm, criterion: { label } });
        for (const [r, stop] of found.stop.entries()) {
          if (stop !== "found") continue;
          const outputs = network.predict(found.rows.slice(2 * r, 2 * r + 2));
          const others = [...outputs.slice(0, label), ...outputs.slice(label + 1)];
          expect(outputs[label]).toBeGreaterThan(Math.max(...others));
        }
        // The third score is at most -0.5, so the third output never leads.
        const ends = label === 2 ? ["not-found"] : ["found", "already-target"];
        expect(found.stop.every((stop) => ends.includes(stop))).toBe(true);
      }
    }
    // By its outputs the first row is answered 0, as all are equal: a third row's truth is 1.
    const any = await minimalAttack(network, { rows: images, norm: "l2", truth: [0, 0, 1] });
    expect(any.stop).toEqual(["found", "found", "found"]);
  });

  test("an output passes the ends of its range from inside alone", async () => {
    const network = networkOf([2], [dense("b", 2, 3, "hard_sigmoid")]);
    network.setParameters(Float32Array.of(9, 0, -9, 0, 9, 0, -6, -6, -6));
    const images = Float32Array.of(0, 0);
    expect([...network.predict(images)]).toEqual([0, 0, 0]);
    const above = await minimalAttack(network, { rows: images, criterion: { output: 0, above: 0 } });
    expect(above.stop).toEqual(["found"]);
    // 0.2 (9 x - 6) + 0.5 = 0 at x = 7/18; a lead is a share of 1/4000 of the length, and the aim twice that.
    expect(above.distance[0]).toBeGreaterThan(7 / 18);
    expect(above.distance[0]).toBeLessThan((7 / 18) * 1.001);
    const by = await minimalAttack(network, { rows: images, criterion: { output: 1, by: 0.4 } });
    expect(by.distance[0]).toBeGreaterThan(11 / 18);
    expect(by.distance[0]).toBeLessThan((11 / 18) * 1.001);
    await expect(minimalAttack(network, { rows: images, criterion: { output: 0, above: 1 } })).rejects.toThrow(
      "criterion.above: expected a finite number in (0, 1), which output 0, a cut output gives, got 1",
    );
  });

  test("one hard sigmoid is a probability of two classes, one ReLU is a number", () => {
    const one = networkOf([6], [dense("b", 6, 1, "hard_sigmoid")]);
    expect(one.classes).toBe(2);
    const p = one.predict(rows);
    one.scores(rows).forEach((s, i) => {
      if (i % 2 === 0) expect(s).toBe(0.5);
      else expect(Math.min(Math.max(s, 0), 1)).toBe(p[(i - 1) / 2]);
    });
    expect(networkOf([6], [dense("b", 6, 1, "relu")]).classes).toBe(1);
  });
});

describe("softmaxes of groups of outputs, and the row of two softmaxes", () => {
  const grouped = (scale = 1) => {
    const network = networkOf(
      [6],
      [
        dense("b", 6, 4, "linear"),
        part("Reshape", { name: "r", target_shape: [2, 2] }),
        part("Activation", { name: "s", activation: "softmax" }),
        part("Flatten", { name: "f" }),
      ],
    );
    network.setParameters(network.getParameters().map((w) => w * scale));
    return network;
  };

  test("are probabilities, whose scores are their logarithms: an attack finds a way where they saturate", async () => {
    const network = grouped(40);
    expect([network.head, network.classes]).toEqual([{ kind: "probabilities", outputs: 4 }, 4]);
    const images = noise32(ROWS * 6, 5).map((v) => (v + 1) / 2);
    const truth = predictedClasses(network.predict(images), 4);
    const found = await minimalAttack(network, { rows: images, truth });
    expect(found.stop).toEqual(new Array(ROWS).fill("found"));
    predictedClasses(network.predict(found.rows), 4).forEach((label, r) => {
      expect(label).not.toBe(truth[r]);
    });
  });

  test("a gradient that is nothing because probabilities are cut off is refused by its row", () => {
    const network = grouped(4000);
    const weigh = (scores: Float32Array) => scores.map((s) => Number(s < -80));
    expect(() => network.scoreGradient(rows, weigh)).toThrow(
      /^gradient of row \d: expected probabilities that f32 holds \(or a model that gives logits\), got one below 1e-38$/,
    );
  });
});

test("what is no distribution, and what is not monotone, counts as scores", () => {
  for (const last of ["swish", "softsign", "linear"]) {
    const network = networkOf([6], body(last));
    expect(network.head).toEqual({ kind: "linear", outputs: 4 });
    expect(network.scores(rows)).toEqual(network.predict(rows));
  }
});
