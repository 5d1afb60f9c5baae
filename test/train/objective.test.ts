/** The objective of training against the f64 oracle, and against its finite differences. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import type { Network } from "../../src/model/index.ts";
import { PAPER_RECIPES } from "../../src/studies/paper/index.ts";
import { buildRecipe, decaysOf, halfOf, RECIPES, recipeOf, trainingObjective } from "../../src/train/index.ts";
import { messageOf } from "../message-of.ts";
import { loss, type Step, toLogits } from "../oracle/network.ts";
import { blobs } from "../support/blobs.ts";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { judgeForward, judgeParameters } from "../support/network-bounds.ts";
import { rowOf, stepsOf } from "../support/network-steps.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise64 } from "../support/noise.ts";

const INPUTS = 5;
const CLASSES = 3;
const COUNT = 40;
const DECAY = [0.3, 0.05];
const build = () => networkOf([INPUTS], [dense("fc1", INPUTS, 4, "tanh"), dense("fc2", 4, CLASSES, "softmax")]);
const data = blobs(COUNT, INPUTS, CLASSES);
const each = data.labels.map((_, r) => rowOf(data.rows, r, INPUTS));
/** As an optimiser hands them over: not numbers of f32. */
const parameters = noise64(build().parameterCount, 5);

/** Where the kernels lie among the parameters, and which lambda is theirs. */
function decayed(network: Network): (number | undefined)[] {
  let layer = -1;
  return network.parameters.flatMap(({ shape, size }) => {
    if (shape.length > 1) layer++;
    return new Array<number | undefined>(size).fill(shape.length > 1 ? DECAY[layer] : undefined);
  });
}

describe("trainingObjective", () => {
  test("value, gradient and error are within the bound of f64", () => {
    const network = build();
    const found = trainingObjective(network, data, DECAY, parameters);
    const logitSteps = toLogits(stepsOf(network).steps, CLASSES); // of the rounded parameters, which the network keeps
    const judged = judgeParameters(logitSteps, each, data.labels);
    const lambdas = decayed(network);
    const terms = parameters.map((w, i) => ((lambdas[i] ?? 0) / 2) * w * w);
    const value = judged.loss / COUNT + terms.reduce((sum, term) => sum + term, 0);
    const rounding = g(parameters.length + 8, U64);
    expect(firstBeyond([found.value], [value], [judged.lossBound / COUNT + rounding * value])).toBe(-1);
    const gradient = judged.value.map((v, i) => v / COUNT + (lambdas[i] ?? 0) * (parameters[i] as number));
    const bound = judged.bound.map(
      (e, i) => e / COUNT + rounding * (Math.abs(gradient[i] as number) + Math.abs(parameters[i] as number)),
    );
    expect(firstBeyond(found.gradient, gradient, bound)).toBe(-1);
    const wrong = each.filter((row, r) => {
      const z = judgeForward(logitSteps, row).at(-1)?.value as Float64Array;
      return z.indexOf(Math.max(...z)) !== data.labels[r];
    });
    expect(found.error).toBe(wrong.length / COUNT);
    expect(wrong.length).toBeGreaterThan(0);
    expect(firstDifferent(network.getParameters(), Float32Array.from(parameters))).toBe(-1);
  });

  test("the gradient is the slope of central differences of the oracle along random directions, decay included", () => {
    const network = build();
    const rounded = Float64Array.from(Float32Array.from(parameters));
    const { gradient } = trainingObjective(network, data, DECAY, rounded);
    const logitSteps = toLogits(stepsOf(network).steps, CLASSES);
    const { bound } = judgeParameters(logitSteps, each, data.labels);
    const lambdas = decayed(network);
    let directions = 0;
    for (const seed of [1, 2, 3]) {
      const direction = noise64(parameters.length, seed);
      const objective = (t: number) => {
        const at = rounded.map((w, i) => w + t * (direction[i] as number));
        const steps = withParameters(logitSteps, at);
        const mean = each.reduce((sum, row, r) => sum + loss(steps, row, data.labels[r] as number), 0) / COUNT;
        return at.reduce((sum, w, i) => sum + ((lambdas[i] ?? 0) / 2) * w * w, mean);
      };
      const h = 2 ** -12;
      const difference = (step: number) => (objective(step) - objective(-step)) / (2 * step);
      const [coarse, fine] = [difference(2 * h), difference(h)];
      const predicted = gradient.reduce((sum, v, i) => sum + v * (direction[i] as number), 0);
      // The error of the fine difference is a third of what the two differ by; rounding; the network's own error.
      const rounding = (g(1000, U64) * objective(0)) / h;
      const own = bound.reduce((sum, e, i) => sum + (e / COUNT) * Math.abs(direction[i] as number), 0);
      expect(Math.abs(fine - predicted)).toBeLessThanOrEqual(Math.abs(coarse - fine) + rounding + own);
      directions++;
    }
    expect(directions).toBe(3);
  });

  test("decay adds lambda w to the gradient of each layer's kernel, to the bit, and nothing to a bias", () => {
    const network = build();
    const plain = trainingObjective(network, data, [0, 0], parameters);
    const found = trainingObjective(network, data, DECAY, parameters);
    const lambdas = decayed(network);
    const expected = plain.gradient.map((v, i) => v + (lambdas[i] ?? 0) * (parameters[i] as number));
    expect(firstDifferent(found.gradient, expected)).toBe(-1);
    expect(lambdas.filter((lambda) => lambda === undefined)).toHaveLength(4 + CLASSES);
  });
});

/** The same steps with other parameters. */
function withParameters(steps: readonly Step[], parameters: Float64Array): Step[] {
  let at = 0;
  const take = (values: Float64Array) => {
    at += values.length;
    return parameters.slice(at - values.length, at);
  };
  return steps.map((step) => {
    if (step.kind !== "dense") return step;
    return { ...step, kernel: take(step.kernel), bias: step.bias && take(step.bias) };
  });
}

describe("recipes", () => {
  test("build the paper's networks, seeded, one lambda for each kernel", () => {
    const known = [...PAPER_RECIPES, ...RECIPES];
    const shapes = known.map((recipe) => {
      const network = buildRecipe(recipe, 784, 1);
      expect(recipeOf(recipe.name, known)).toBe(recipe);
      expect(network.name).toBe(recipe.name);
      // The stages of a QuocNet are trained by an objective of their own.
      const kernels = network.parameters.filter(({ shape, name }) => shape.length > 1 && !name.startsWith("filter"));
      expect(decaysOf(recipe)).toHaveLength(kernels.length);
      expect(firstDifferent(network.getParameters(), buildRecipe(recipe, 784, 1).getParameters())).toBe(-1);
      return network.parameters.map(({ shape }) => shape.join("x")).join(" ");
    });
    const connected = "784x100 100 100x100 100 100x10 10";
    const convolutional = "5x5x1x32 32 5x5x32x64 64 1024x128 128 128x10 10";
    expect(shapes).toEqual([
      ...["784x10", "784x10", "784x10"],
      connected,
      "784x200 200 200x200 200 200x10 10",
      "784x400 400 400x10 10",
      connected,
      "784x123 123 123x456 456 456x10 10",
      connected,
      connected,
      convolutional,
      "4x4x1x16 16 4x4x16x32 32 800x32 32 32x10 10",
      "121x64x8 64x72x16 25x144x32 512x10 10",
    ]);
  });

  test("the halves of a set are apart and are all of it", () => {
    expect([halfOf(60000), halfOf(60000, 1), halfOf(60000, 2)]).toEqual([
      [0, 60000],
      [0, 30000],
      [30000, 60000],
    ]);
    expect([halfOf(7, 1), halfOf(7, 2)]).toEqual([
      [0, 3],
      [3, 7],
    ]);
  });

  test("a name of sizes is a sigmoid network of them without decay; another name is none", () => {
    const recipe = recipeOf("fc30-7", RECIPES);
    expect(recipe).toMatchObject({ units: [30, 7], useBias: true, decay: [0, 0] });
    const { layers } = buildRecipe(recipe, 12, 0);
    expect(layers.map(({ config }) => [config.units, config.activation])).toEqual([
      [30, "sigmoid"],
      [7, "softmax"],
    ]);
    for (const name of ["fc", "fc10-", "lenet", "fc10-1e-5"]) {
      expect(messageOf(() => recipeOf(name, RECIPES))).toBe(
        `recipe: expected fc100-100-10-adversarial, mnist-convnet, mnist-certified, quocnet-small, or sizes such as fc300-100-10, got "${name}"`,
      );
    }
  });
});
