/** Full batches divided among workers train to the bits of `fit`. */
import { expect, test } from "vitest";
import { codeOf, fit, fullyConnected, inProcess } from "../../src/index.ts";
import { joinGradients, mnistConvnet, type Network } from "../../src/model/index.ts";
import { fitOnWorkers, openPool } from "../../src/node/index.ts";
import { noise32 } from "../support/noise.ts";

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
    const { loss, errors, gradient } = joinGradients(backwards.toReversed());
    expect([loss, errors]).toEqual([whole.loss, whole.errors]);
    expect(bits(gradient)).toEqual(bits(whole.gradient));
  }
});

test("fitOnWorkers trains to the bits of fit, in process and on two threads, in phases and with penalties", async () => {
  const make = () => fullyConnected([20, 16, 4], { seed: 1 });
  const options = { decay: 1e-3, spectral: 0.01, memory: 4, phases: [{ rows: 700, iterations: 3 }], iterations: 6 };
  const [alone, here, there] = [make(), make(), make()] as const;
  const data = setOf(alone, 1300);
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
