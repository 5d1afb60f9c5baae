/** Full batches divided among workers train to the bits of `fit`. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeOf, type Executor, fit, fullyConnected, inProcess, type Recipe, trainStudy } from "../../src/index.ts";
import { type ChunkGradient, GradientJoin, mnistConvnet, type Network } from "../../src/model/index.ts";
import { fitOnWorkers, openPool, Run } from "../../src/node/index.ts";
import { noise32 } from "../support/noise.ts";
import { temporaryFolder } from "../temporary.ts";

const setOf = (network: Network, count: number) => ({
  rows: Float32Array.from(noise32(count * network.inputSize, 5), Math.abs),
  labels: Uint8Array.from({ length: count }, (_, i) => (i * 7) % network.classes),
});
const bits = (numbers: ArrayLike<number>) =>
  Array.from(Float64Array.from(numbers), (value) => (Object.is(value, -0) ? "-0" : value));

test("the chunks of a gradient add up to its bits, whoever computes them", () => {
  for (const [network, count] of [
    [fullyConnected([20, 16, 4], { seed: 1 }), 1300],
    [mnistConvnet({ seed: 1 }), 600],
  ] as const) {
    const { rows, labels } = setOf(network, count);
    const whole = network.parameterGradient(rows, labels);
    const chunks = Array.from({ length: Math.ceil(count / 512) }, (_, chunk) => chunk);
    const backwards = chunks.toReversed().map((chunk) => {
      const part = rows.subarray(chunk * 512 * network.inputSize, (chunk + 1) * 512 * network.inputSize);
      return network.chunkGradient(part, labels.subarray(chunk * 512, (chunk + 1) * 512));
    });
    expect(() => network.chunkGradient(rows, labels)).toThrow(/^rows: expected at most 512, those of a chunk, got /);
    const sum = new GradientJoin(network.parameterCount);
    for (const [i, chunk] of chunks.toReversed().entries()) sum.add(chunk, backwards[i] as ChunkGradient);
    const { loss, errors, gradient } = sum.result();
    expect([loss, errors]).toEqual([whole.loss, whole.errors]);
    expect(bits(gradient)).toEqual(bits(whole.gradient));
  }
});

test("fitOnWorkers trains to the bits of fit, in process and on two threads, in phases and with penalties", async () => {
  const make = () => fullyConnected([20, 16, 4], { seed: 1 });
  const options = { decay: 1e-3, spectral: 0.01, memory: 4, phases: [{ rows: 700, iterations: 3 }], iterations: 6 };
  const [alone, here, there] = [make(), make(), make()] as const;
  const { rows, labels } = setOf(alone, 1300);
  // Sparse batches of 128 rows with a dense one among them; the phase ends within a batch.
  const isKept = (i: number) => i % 5 === 0 || (i >= 256 * 20 && i < 384 * 20);
  const data = { rows: rows.map((value, i) => (isKept(i) ? value : 0)), labels };
  expect([...alone.prepare(data.rows).sparse.keys()].slice(0, 4)).toEqual([0, 128, 384, 512]);
  const expected = await fit(alone, data, options);
  const pool = await openPool({ workers: 2 });
  for (const [network, executor] of [
    [here, inProcess()],
    [there, pool],
  ] as const) {
    const seen: number[] = [];
    const found = await fitOnWorkers(executor, network, data, {
      ...options,
      onIteration: ({ value }) => void seen.push(value),
    });
    expect(bits(network.getParameters())).toEqual(bits(alone.getParameters()));
    expect(found).toEqual(expected);
    expect(seen.length).toBe(9);
  }
  await pool.close();
});

test("a start that overflows is refused by its row, as fit refuses it; what fit refuses is refused before any work", async () => {
  const network = fullyConnected([4, 5, 3], { seed: 1 });
  const data = setOf(network, 600);
  network.setParameters(network.getParameters().map(() => 3e38));
  const refusal = async (run: Promise<unknown>) =>
    run.then(
      () => undefined,
      (error) => [error.message, codeOf(error)],
    );
  const expected = await refusal(fit(network, data));
  expect(expected?.[0]).toMatch(/^loss of row 0: expected finite numbers/);
  expect(await refusal(fitOnWorkers(inProcess(), network, data))).toEqual(expected);
  const wrong = { ...data, labels: data.labels.map(() => 9) };
  expect(await refusal(fitOnWorkers(inProcess(), network, wrong))).toEqual(await refusal(fit(network, wrong)));
});

test("chunks that come as messages, or were known to the executor, give the same bits as those in shared memory", async () => {
  const make = () => fullyConnected([20, 16, 4], { seed: 1 });
  const [alone, here] = [make(), make()] as const;
  const data = setOf(alone, 1300);
  await fit(alone, data, { iterations: 3 });
  const messages = inProcess();
  let arrays = 0;
  await fitOnWorkers(
    {
      workers: 1,
      run: async (job) => {
        if ("into" in (job.input as object)) arrays++;
        return messages.run(job); // without onItem: as an executor that knew all
      },
      known: async () => 0,
    },
    here,
    data,
    { iterations: 3 },
  );
  expect(arrays).toBe(0);
  expect(bits(here.getParameters())).toEqual(bits(alone.getParameters()));
});

test("trainStudy divides the gradients of full batches among threads, and a stopped run goes on with another number of them", async () => {
  const { rows, labels } = setOf(fullyConnected([16, 8, 4], { seed: 1 }), 1300);
  const set = {
    name: "noise",
    shape: [4, 4, 1] as const,
    count: 1300,
    rows,
    labels: Int32Array.from(labels),
    classes: 4,
  };
  const data = { name: "noise", train: set, test: set };
  const recipe: Recipe = { name: "small", units: [8, 4], useBias: true, decay: [1e-4, 1e-4], iterations: 12 };
  const expected = await trainStudy(recipe, data);
  const folder = temporaryFolder();
  const place = { journal: join(folder, "journal"), checkpoints: join(folder, "checkpoints"), description: {} };
  for (const workers of [1, 2]) {
    const run = await Run.open(place, { workers, saveSeconds: 0 });
    const tasks: string[] = [];
    const spied: Executor = {
      ...{ workers: run.workers, sharesMemory: run.sharesMemory, known: (job) => run.known(job) },
      run: (job, options) => {
        tasks.push(job.task);
        return run.run(job, options);
      },
      coordinate: run.coordinate,
    };
    const stop = new AbortController();
    const study = trainStudy(
      recipe,
      data,
      {},
      {
        executor: spied,
        signal: stop.signal,
        onProgress: ({ done }) => workers === 1 && done === 5 && stop.abort(new Error("stopped")),
      },
    );
    if (workers === 1) {
      await expect(study).rejects.toThrow("stopped");
      expect(tasks).toEqual(["train"]);
      await run.close();
    } else {
      const { network, note } = await study;
      expect(tasks).not.toContain("train");
      expect(note).toEqual(expected.note);
      expect(bits(network.getParameters())).toEqual(bits(expected.network.getParameters()));
      await run.finish();
    }
  }
});
