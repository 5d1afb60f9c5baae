/**
 * Square and HopSkipJump on a real convolutional network that shows them nothing but scores, or nothing but labels: both come nearer
 * with every answer, as their papers report, and to what attacks with gradients reach.
 */
import { describe, expect, test } from "vitest";
import { minimalAttack, namedAttack } from "../../../src/attacks/index.ts";
import { predictedClasses } from "../../../src/model/index.ts";
import { loadMnist, loadNetwork } from "../../../src/node/index.ts";
import { sharedData } from "../../support/shared-data.ts";

const lenet5 = sharedData("lenet5", "model.json");

async function ask(count: number) {
  const [network, data] = [await loadNetwork(lenet5.folder), await loadMnist("test")];
  const rows = data.rows.slice(0, count * network.inputSize);
  return { network, rows, truth: Array.from(data.labels.subarray(0, count)) };
}

describe.skipIf(!lenet5.isThere)(`lenet5${lenet5.note}`, () => {
  test("Square needs no gradient: within 0.2 in L-infinity its robust accuracy falls with the queries to that of PGD", async () => {
    const { network, rows, truth } = await ask(12);
    const { inputSize, classes, inputShape } = network;
    const target = { inputSize, classes, inputShape, scores: (asked: Float32Array) => network.scores(asked) };
    const within = { norm: "linf", epsilon: 0.2, rows, truth } as const;
    const square = await namedAttack(target, { attack: "square", ...within, steps: 600 });
    const pgd = await namedAttack(network, { attack: "pgd", ...within });
    const resist = (queries: number) =>
      truth.filter((_, i) => !(square.success[i] && (square.evaluations[i] as number) <= queries)).length;
    const left = [30, 150, 600].map(resist);
    expect(left).toEqual(left.toSorted((a, b) => b - a));
    expect(new Set(left).size).toBe(left.length);
    expect(left.at(-1)).toBe(pgd.success.filter((one) => one === 0).length);
  });

  for (const norm of ["l2", "linf"] as const) {
    test(`HopSkipJump needs labels alone: in ${norm} the change shrinks with the answers, and none is below the smallest`, async () => {
      const { network, rows, truth } = await ask(2);
      const { inputSize, classes } = network;
      const target = {
        inputSize,
        classes,
        answers: (asked: Float32Array) => predictedClasses(network.scores(asked), classes),
      };
      const options = { attack: "hopskipjump", norm, rows, truth, evaluations: 1500, trace: true } as const;
      const found = await namedAttack(target, options);
      const least = await minimalAttack(network, { norm, rows, truth });
      for (const [row, trace] of (found.traces ?? []).entries()) {
        const at = (answers: number) =>
          trace.nearer.filter(({ propagations }) => propagations <= answers).at(-1)?.distance ??
          Number.POSITIVE_INFINITY;
        const lengths = [30, 250, 750, 1500].map(at);
        for (let k = 1; k < lengths.length; k++) expect(lengths[k]).toBeLessThan(lengths[k - 1] as number);
        expect(lengths.at(-1)).toBeGreaterThan((least.distance[row] as number) * (1 - 1e-3));
        expect(lengths.at(-1)).toBeLessThan(2 * (least.distance[row] as number));
        expect(found.success[row]).toBe(1);
      }
      expect(found.traces).toHaveLength(2);
    });
  }
});
