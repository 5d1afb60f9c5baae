/** What the preregistered experiment adds to strategies: noise, examples alone, and radii that are a share of the smallest distortion. */
import { describe, expect, test } from "vitest";
import { adversarial, adversarialLayers, fit, fullyConnected, minimalAttack } from "../../src/index.ts";
import type { Strategy } from "../../src/train/index.ts";
import { noise32 } from "../support/noise.ts";

const COUNT = 60;
const rows = noise32(COUNT * 12, 2).map(Math.abs) as Float32Array;
const labels = Int32Array.from({ length: COUNT }, (_, i) => Number((rows[i * 12] as number) > 0.5));
const data = { rows, labels };
const fresh = () => fullyConnected([12, 8, 6, 2], { seed: 5, gain: 8 });
const settings = { optimizer: "adam", rate: 1e-2, epochs: 3, batch: 20, seed: 4 } as const;
const trained = async (strategy: ReturnType<typeof adversarial> | undefined, more: object = {}) => {
  const network = fresh();
  const result = await fit(network, data, { ...settings, ...(strategy && { strategy }), ...more });
  return { network, result };
};

/** The strategy, which aborts in a step. */
function stopping(strategy: Strategy, at: number, controller: AbortController): Strategy {
  return {
    ...strategy,
    begin: (trainer) => {
      const inner = strategy.begin(trainer);
      return {
        ...inner,
        step: (batch) => {
          if (batch.step >= at) controller.abort();
          return inner.step(batch);
        },
      };
    },
  };
}

/** A run that is stopped and resumed in the middle of every epoch: its parameters, and how often it was stopped. */
async function inParts(strategy: () => Strategy): Promise<{ parameters: Float32Array; stops: number }> {
  let resume: object = {};
  for (let stops = 0; ; stops++) {
    const controller = new AbortController();
    const network = fresh();
    const part = stops < 3 ? stopping(strategy(), 3 * stops + 1, controller) : strategy();
    const result = await fit(network, data, { ...settings, strategy: part, signal: controller.signal, ...resume });
    if (result.status !== "running") return { parameters: network.getParameters(), stops };
    resume = { resume: result.state };
  }
}

describe("noise", () => {
  test("of no length it is the row a second time, as examples of no length are; longer it is not theirs, and follows the seed", async () => {
    const parameters = async (options: object, seed = 4) =>
      (await trained(adversarial(options), { seed })).network.getParameters();
    expect(await parameters({ attack: "noise", radius: 0 })).toEqual(await parameters({ radius: 0 }));
    const noisy = await parameters({ attack: "noise", radius: 0.5 });
    expect(await parameters({ attack: "noise", radius: 0.5 })).toEqual(noisy);
    expect(await parameters({ radius: 0.5 })).not.toEqual(noisy);
  });

  test("a resumed run has the same noise", async () => {
    const strategy = () => adversarial({ attack: "noise", radius: 0.5 });
    const { network: whole } = await trained(strategy());
    const { parameters, stops } = await inParts(strategy);
    expect(stops).toBe(3);
    expect(parameters).toEqual(whole.getParameters());
  });

  test("needs no pool and takes one step", async () => {
    await expect(trained(adversarial({ attack: "noise", pool: 10 }))).rejects.toThrow(
      "pool: expected none for noise, got 10",
    );
    await expect(trained(adversarial({ attack: "noise", steps: 2 }))).rejects.toThrow(
      "steps: expected 1 for noise, got 2",
    );
  });
});

test("without weight for the data, examples that are not moved train as the data alone do", async () => {
  const { network: alone } = await trained(undefined);
  const { network } = await trained(adversarial({ radius: 0, clean: 0 }));
  // The data's gradient times zero is added to the same gradient.
  expect(network.getParameters()).toEqual(alone.getParameters());
  await expect(trained(adversarial({ clean: -1 }))).rejects.toThrow("clean: expected a finite number >= 0, got -1");
});

describe("radii that are a share of the smallest distortion", () => {
  test("in the first epoch they are that share, on the first rows, of what minimalAttack finds at each place", async () => {
    const network = fresh();
    const share = 0.5;
    const measured = async (above: typeof network, at: Float32Array, lower: number, upper: number) => {
      const found = await minimalAttack(above, { rows: at, truth: labels, norm: "l2", lower, upper, seed: 4 });
      const lengths = Array.from(found.distance).filter((_, i) => found.success[i] === 1);
      return lengths.reduce((a, b) => a + b, 0) / lengths.length;
    };
    const radii = {
      input: share * (await measured(network, rows, 0, 1)),
      fc1: share * (await measured(network.from("fc1"), network.activations(rows, "fc1"), 0, 1)),
    };
    expect(radii.fc1).toBeGreaterThan(0);
    expect(radii.fc1).not.toBeCloseTo(radii.input, 2);
    const of = async (places: object[]) =>
      (await trained(adversarialLayers({ places: places as never }), { epochs: 1 })).network.getParameters();
    const relative = await of([
      { layer: "input", share },
      { layer: "fc1", share },
    ]);
    expect(relative).toEqual(
      await of([
        { layer: "input", radius: radii.input },
        { layer: "fc1", radius: radii.fc1 },
      ]),
    );
  });

  test("a run that is stopped in the middle of an epoch and resumed ends with the same bits", async () => {
    const strategy = () =>
      adversarialLayers({
        places: [
          { layer: "input", share: 0.4 },
          { layer: "fc2", share: 0.4 },
        ],
      });
    const { network: whole } = await trained(strategy());
    const { parameters, stops } = await inParts(strategy);
    expect(stops).toBe(3);
    expect(parameters).toEqual(whole.getParameters());
  });

  test("a place has a radius or a share", async () => {
    const both = adversarialLayers({ places: [{ layer: "input", share: 0.4, radius: 1 }] });
    await expect(trained(both)).rejects.toThrow("places[0]: expected a radius or a share, got both");
  });
});
