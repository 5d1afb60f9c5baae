import { expect, test } from "vitest";
import "../../src/index.ts";
import { matrixNorm } from "../../src/analysis/index.ts";
import { fullyConnected } from "../../src/model/index.ts";
import { type AutoencoderRecipe, fit, trainRecipe } from "../../src/train/index.ts";
import { addSpectralPenalty } from "../../src/train/spectral-penalty.ts";
import { rejectionOf } from "../message-of.ts";
import { blobs } from "../support/blobs.ts";
import { noise32 } from "../support/noise.ts";

for (const [rows, columns] of [
  [9, 4],
  [4, 9],
  [1, 6],
  [6, 1],
  [5, 5],
] as const) {
  test(`the penalty of a ${rows} x ${columns} kernel bounds its norm, and its gradient is that of central differences`, () => {
    const weights = Float64Array.from(noise32(rows * columns, 1, 1));
    const at = (w: Float64Array): number => addSpectralPenalty(2, w, rows, columns, new Float64Array(w.length));
    const gradient = new Float64Array(weights.length).fill(1);
    const value = addSpectralPenalty(2, weights, rows, columns, gradient);
    // With beta 2 it is s^2.
    const { lower, upper } = matrixNorm(Float32Array.from(weights), rows, columns);
    expect(Math.sqrt(value)).toBeGreaterThanOrEqual(lower * (1 - 1e-12));
    expect(Math.sqrt(value)).toBeLessThanOrEqual(upper * Math.min(rows, columns) ** (1 / 32) * (1 + 1e-12));
    for (let i = 0; i < weights.length; i++) {
      const h = 1e-5;
      const moved = (step: number) => at(weights.map((w, k) => (k === i ? w + step : w)));
      expect((gradient[i] as number) - 1).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 6);
    }
  });
}

test("a kernel of zeros has no penalty and no gradient, and scale is no matter", () => {
  const gradient = new Float64Array(6);
  expect(addSpectralPenalty(1, new Float64Array(6), 2, 3, gradient)).toBe(0);
  expect(gradient).toEqual(new Float64Array(6));
  const small = Float64Array.from(noise32(6, 1, 1), (x) => x * 1e-30);
  const large = Float64Array.from(noise32(6, 1, 1), (x) => x * 1e30);
  const [a, b] = [small, large].map((w) => addSpectralPenalty(1, w, 2, 3, new Float64Array(6)));
  expect((b as number) / (a as number) / 1e120).toBeCloseTo(1, 9);
});

test("fit with the penalty ends with smaller norms; without it nothing changes; a wrong count is refused", async () => {
  const data = blobs(60, 8, 3);
  const trained = async (spectral: number | number[] | undefined) => {
    const network = fullyConnected([8, 6, 3], { seed: 1 });
    await fit(network, data, { iterations: 30, decay: 1e-4, ...(spectral !== undefined && { spectral }) });
    return network;
  };
  const norms = (network: Awaited<ReturnType<typeof trained>>) =>
    [0, 2].map((i) => {
      const parameter = network.parameters[i] as (typeof network.parameters)[number];
      const [rows, columns] = parameter.shape as [number, number];
      return matrixNorm(network.valuesOf(parameter), rows, columns).upper;
    });
  const plain = await trained(undefined);
  expect((await trained(0)).getParameters()).toEqual(plain.getParameters());
  const bounded = norms(await trained(0.05));
  norms(plain).forEach((norm, i) => {
    expect(bounded[i]).toBeLessThan(norm);
  });
  const network = fullyConnected([8, 6, 3]);
  expect(await rejectionOf(fit(network, data, { spectral: [1] }))).toBe(
    "spectral: expected one number, or 2, one a layer, got 1",
  );
  expect(await rejectionOf(fit(network, data, { spectral: -1 }))).toMatch(
    /^spectral\[0\]: expected a finite number >= 0/,
  );
});

test("trainRecipe has the penalty beside the recipe's decay; of an autoencoder it is refused", async () => {
  const data = blobs(60, 8, 3);
  const recipe = { name: "fc6-3", units: [6, 3], useBias: true, decay: [1e-4, 1e-3], iterations: 5 };
  const { network } = await trainRecipe(recipe, data, 8, 1, { spectral: 0.05 });
  const same = fullyConnected([8, 6, 3], { seed: 1 });
  await fit(same, data, { iterations: 5, decay: recipe.decay, spectral: 0.05 });
  expect(network.getParameters()).toEqual(same.getParameters());
  const encoder: AutoencoderRecipe = {
    name: "ae4-3",
    units: 4,
    decoder: "sigmoid",
    classes: 3,
    decay: 1e-3,
    beta: 0.3,
    target: 0.2,
    stages: [{ rows: 60, iterations: 1 }],
    classifier: { decay: 1e-4, iterations: 1 },
  };
  expect(await rejectionOf(trainRecipe(encoder, data, 8, 1, { spectral: 0.05 }))).toBe(
    "spectral: expected none for ae4-3, an autoencoder, got 0.05",
  );
});
