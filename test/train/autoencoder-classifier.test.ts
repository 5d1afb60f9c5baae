/** AE400-10 on tiny data: its stages are those of the parts, and a run stopped anywhere goes on to the same bits. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { Autoencoder, fullyConnected, softmaxRegression, withClassifier } from "../../src/model/index.ts";
import {
  type AutoencoderClassifierOptions,
  type AutoencoderClassifierResult,
  type AutoencoderRecipe,
  errorRate,
  fit,
  fitAutoencoder,
  fitAutoencoderClassifier,
} from "../../src/train/index.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { blobs } from "../support/blobs.ts";
import { firstDifferent } from "../support/bounds.ts";

const [INPUTS, CLASSES, COUNT] = [9, 3, 45];
const data = blobs(COUNT, INPUTS, CLASSES);
const RECIPE: AutoencoderRecipe = {
  name: "tiny",
  units: 6,
  decoder: "sigmoid",
  classes: CLASSES,
  decay: 1e-3,
  beta: 0.3,
  target: 0.2,
  stages: [
    { rows: 20, iterations: 4 },
    { rows: 1000, iterations: 3 },
  ],
  memory: 2,
  classifier: { decay: 1e-4, iterations: 8, memory: 3 },
};

type Seen = { stage: number; stages: number; iteration: number; value: number };

async function run(options: AutoencoderClassifierOptions): Promise<AutoencoderClassifierResult & { seen: Seen[] }> {
  const seen: Seen[] = [];
  const result = await fitAutoencoderClassifier(data, INPUTS, RECIPE, {
    seed: 5,
    ...options,
    onIteration: ({ stage, stages, iteration, value }) => {
      seen.push({ stage, stages, iteration, value });
    },
  });
  return { ...result, seen };
}

/** A signal that is aborted at the n-th time it is looked at. */
function abortedAt(n: number): AbortSignal {
  let looked = 0;
  const signal = new AbortController().signal;
  return Object.defineProperty(signal, "aborted", { get: () => looked++ >= n });
}

describe("fitAutoencoderClassifier", () => {
  test("is its stages one after another, the encoder left as it is by the last", async () => {
    const { network, done, runs, seen } = await run({});
    expect(done).toBe(true);
    const { decay, beta, target, units } = RECIPE;
    const autoencoder = new Autoencoder({ inputs: INPUTS, units, decoder: "sigmoid", seed: 5 });
    await fitAutoencoder(autoencoder, data.rows.subarray(0, 20 * INPUTS), {
      decay,
      beta,
      target,
      iterations: 4,
      memory: 2,
    });
    await fitAutoencoder(autoencoder, data.rows, { decay, beta, target, iterations: 3, memory: 2 });
    const softmax = softmaxRegression(units, CLASSES, { useBias: true });
    const codes = autoencoder.encode(data.rows);
    await fit(softmax, { rows: codes, labels: data.labels }, { decay: 1e-4, iterations: 8, memory: 3 });
    const encoder = autoencoder.getParameters().subarray(0, (INPUTS + 1) * units);
    expect(firstDifferent(network.getParameters(), [...encoder, ...softmax.getParameters()])).toBe(-1);
    expect(firstDifferent(network.activations(data.rows, "encoder"), codes)).toBe(-1);
    expect(network.name).toBe("tiny");
    expect(runs.map(({ iterations }) => iterations)).toEqual([4, 3, 8]);
    expect(seen.map(({ stage }) => stage)).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(seen.every(({ stages }) => stages === 3)).toBe(true);
    expect(errorRate(network, data.rows, data.labels)).toBe(errorRate(softmax, codes, data.labels));
  });

  test("stopped after any evaluation and resumed, gives the bits and the reports of a run that was not", async () => {
    const whole = await run({});
    const evaluations = whole.runs.reduce((sum, r) => sum + r.evaluations, 0);
    const stages = new Set<number>();
    for (let n = 0; n < evaluations; n++) {
      const part = await run({ signal: abortedAt(n) });
      if (part.done) continue;
      stages.add(part.state.stage);
      const rest = await run({ resume: structuredClone(part.state) });
      expect(rest.done).toBe(true);
      expect(firstDifferent(rest.network.getParameters(), whole.network.getParameters())).toBe(-1);
      expect([...part.seen, ...rest.seen]).toEqual(whole.seen);
    }
    expect([...stages].sort()).toEqual([0, 1, 2]);
  });

  test("goes on from a snapshot of any iteration", async () => {
    const whole = await run({});
    let stored = 0;
    const snapshots: AutoencoderClassifierResult["state"][] = [];
    await fitAutoencoderClassifier(data, INPUTS, RECIPE, {
      seed: 5,
      onIteration: ({ snapshot }) => {
        snapshots.push(structuredClone(snapshot()));
      },
    });
    for (const resume of snapshots) {
      const rest = await run({ resume });
      expect(firstDifferent(rest.network.getParameters(), whole.network.getParameters())).toBe(-1);
      stored++;
    }
    expect(stored).toBe(15);
  });

  test("refuses a stage that there is not, labels that are none, and a classifier that does not fit", async () => {
    const { state } = await run({ signal: abortedAt(2) });
    expect(await rejectionOf(run({ resume: { ...state, stage: 3 } }))).toBe(
      "resume.stage: expected a whole number in [0, 2], got 3",
    );
    const wrong = { rows: data.rows, labels: data.labels.map(() => 7) };
    expect(await rejectionOf(fitAutoencoderClassifier(wrong, INPUTS, RECIPE))).toBe(
      "labels[0]: expected a label in [0, 2], got 7",
    );
    const autoencoder = new Autoencoder({ inputs: INPUTS, units: 6 });
    for (const classifier of [softmaxRegression(6, 3), softmaxRegression(5, 3, { useBias: true })]) {
      expect(messageOf(() => withClassifier("x", autoencoder, classifier))).toBe(
        "classifier: expected one dense layer with bias from 6 numbers, got fc3",
      );
    }
    expect(messageOf(() => withClassifier("x", autoencoder, fullyConnected([6, 2, 3])))).toMatch(/got fc2-3$/);
  });
});
