/** Dropout in training: masks by the counter, the mean kept, the gradient that of the masked network; none at inference. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { fullyConnected, GradientSum, type Network } from "../../src/model/index.ts";
import { keeps } from "../oracle/optimizer.ts";
import { firstDifferent } from "../support/bounds.ts";
import { noise32 } from "../support/noise.ts";

const INPUTS = 40;
const CLASSES = 3;
const ROWS = 150; // more than a chunk
const RATE = 0.25;
const THRESHOLD = RATE * 65536;
const rows = noise32(ROWS * INPUTS, 1).map((v) => (v + 1) / 2);
const labels = Array.from({ length: ROWS }, (_, i) => i % CLASSES);

const plain = () => fullyConnected([INPUTS, 4, CLASSES], { seed: 1 });
const dropped = (rates = [RATE, 0]) => fullyConnected([INPUTS, 4, CLASSES], { seed: 1, dropout: rates });

function gradientOf(network: Network, input: Float32Array, draw: number, seed = 9) {
  const sum = new GradientSum(network.workspace, network.parameters);
  const gradient = new Float32Array(input.length);
  const found = network.addGradient(input, labels, sum, { noise: { seed, draw }, gradient });
  const parameters = network.parameters.flatMap((p) => [...network.workspace.arena.f32(sum.at(p), p.size)]);
  return { ...found, gradient, parameters };
}

/** Whether input i of row r is kept; the layer is the network's first. */
const kept = (r: number, i: number, draw: number) => keeps(i, r, draw, 2, [9, 0], THRESHOLD);

describe("dropout before the first layer", () => {
  test("is the plain network on masked and scaled rows, to the bit, in every chunk", () => {
    const scale = Math.fround(1 / (1 - RATE));
    const masked = rows.map((v, at) => (kept(Math.floor(at / INPUTS), at % INPUTS, 5) ? v * scale : 0));
    const found = gradientOf(dropped(), rows, 5);
    const expected = gradientOf(plain(), masked, 0);
    expect(found.loss).toBe(expected.loss);
    expect(found.errors).toBe(expected.errors);
    expect(
      firstDifferent(
        found.parameters.map((v) => v + 0),
        expected.parameters.map((v) => v + 0),
      ),
    ).toBe(-1);
    const slopes = expected.gradient.map(
      (v, at) => (kept(Math.floor(at / INPUTS), at % INPUTS, 5) ? v * scale : 0) + 0,
    );
    expect(
      firstDifferent(
        found.gradient.map((v) => v + 0),
        slopes,
      ),
    ).toBe(-1);
  });

  test("drops a share of the rate, within four standard deviations, and another for each draw, row and seed", () => {
    let drops = 0;
    for (let at = 0; at < rows.length; at++) if (!kept(Math.floor(at / INPUTS), at % INPUTS, 5)) drops++;
    const deviation = Math.sqrt(rows.length * RATE * (1 - RATE));
    expect(Math.abs(drops - RATE * rows.length)).toBeLessThan(4 * deviation);
    const masks = [0, 1].flatMap((draw) =>
      [0, 1].map((r) => Array.from({ length: INPUTS }, (_, i) => kept(r, i, draw))),
    );
    expect(new Set(masks.map((mask) => mask.join())).size).toBe(4);
    const network = dropped();
    const losses = [gradientOf(network, rows, 5, 9), gradientOf(network, rows, 6, 9), gradientOf(network, rows, 5, 8)];
    expect(new Set(losses.map(({ loss }) => loss)).size).toBe(3);
  });

  test("moves nothing at inference: answers, losses and gradients are those of the plain network", () => {
    const network = dropped();
    gradientOf(network, rows, 1); // a pass of training in between leaves no trace
    expect(firstDifferent(network.predict(rows), plain().predict(rows))).toBe(-1);
    expect(
      firstDifferent(network.lossGradient(rows, labels).gradient, plain().lossGradient(rows, labels).gradient),
    ).toBe(-1);
    const [a, b] = [network, plain()].map((n) => n.parameterGradient(rows, labels).gradient);
    expect(firstDifferent(a as Float64Array, b as Float64Array)).toBe(-1);
  });

  test("keeps the mean: over many masks the input's gradient to a linear answer averages to the plain one's", () => {
    const values = noise32(INPUTS, 3);
    const draws = 4000;
    const scale = 1 / (1 - RATE);
    let mean = 0;
    for (let draw = 0; draw < draws; draw++) {
      for (let i = 0; i < INPUTS; i++) if (kept(0, i, draw)) mean += ((values[i] as number) * scale) / draws;
    }
    const sum = values.reduce((total, v) => total + v, 0);
    const squares = values.reduce((total, v) => total + v * v, 0);
    const deviation = Math.sqrt((squares * RATE) / (1 - RATE) / draws);
    expect(Math.abs(mean - sum)).toBeLessThan(4 * deviation);
  });
});

test("dropout of everything leaves the biases alone to answer", () => {
  const network = dropped([1, 0]);
  const zeros = gradientOf(plain(), new Float32Array(rows.length), 0);
  expect(gradientOf(network, rows, 0).loss).toBe(zeros.loss);
});

test("dropout between layers survives a journey through artifacts", async () => {
  const network = dropped([0.1, 0.5]);
  expect(network.layers.map(({ className }) => className)).toEqual(["Dropout", "Dense", "Dropout", "Dense"]);
  const { Network } = await import("../../src/model/index.ts");
  const again = Network.fromArtifacts(network.toArtifacts());
  expect(gradientOf(again, rows, 3).loss).toBe(gradientOf(network, rows, 3).loss);
});
