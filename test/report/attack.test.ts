import { describe, expect, test } from "vitest";
import { digestArrays } from "../../src/data/digest.ts";
import { attackArrays, outcome, summarize, timing } from "../../src/report/attack.ts";
import { messageOf } from "../message-of.ts";
import { example, examples, SHAPE } from "./example-report.ts";

describe("summarize", () => {
  test("counts misclassified images apart and averages over successes", () => {
    expect(summarize(examples())).toEqual({
      count: 6,
      misclassified: 1,
      alreadyTarget: 0,
      attacked: 5,
      succeeded: 4,
      meanDistortion: (0.02 + 0.04 + 0.1 + 0.12) / 4,
      medianDistortion: (0.04 + 0.1) / 2,
      largestDistortion: 0.12,
      meanL2: (0.08 + 0.16 + 0.4 + 0.48) / 4,
      evaluations: 10 + 11 + 99 + 14 + 15,
      evaluationsPerImage: 149 / 5,
    });
  });

  test("takes the middle of an odd number of distortions, whatever their order", () => {
    const list = [0.3, 0.1, 0.2].map((distortion, i) => example(i, { distortion }));
    expect(summarize(list).medianDistortion).toBe(0.2);
    expect(summarize(list.slice(0, 1)).medianDistortion).toBe(0.3);
  });

  test("says null, not a number, where nothing was found", () => {
    for (const list of [[], [example(0, { success: false })], [example(0, { prediction: 2 })]]) {
      const { meanDistortion, medianDistortion, largestDistortion, meanL2, succeeded } = summarize(list);
      expect([meanDistortion, medianDistortion, largestDistortion, meanL2, succeeded]).toEqual([
        null,
        null,
        null,
        null,
        0,
      ]);
    }
    expect(summarize([]).evaluationsPerImage).toBe(0);
  });

  test("a misclassified image is no success, even if it says so", () => {
    expect(outcome(example(0, { prediction: 2, success: true }))).toBe("misclassified");
  });

  test("an image that already is the target is set aside: it takes no distortion of 0 into the means", () => {
    const same = example(0, { target: 0, adversarialPrediction: 0, distortion: 0, l2: 0, evaluations: 0 });
    expect(outcome(same)).toBe("already-target");
    const { attacked, alreadyTarget, succeeded, meanDistortion } = summarize([same, example(1, { distortion: 0.3 })]);
    expect([attacked, alreadyTarget, succeeded, meanDistortion]).toEqual([1, 1, 1, 0.3]);
  });
});

test("timing gives images a second, and 0 where the clock did not move", () => {
  expect(timing(500, 5)).toEqual({ milliseconds: 500, imagesPerSecond: 10 });
  expect(timing(0, 5).imagesPerSecond).toBe(0);
});

describe("attackArrays", () => {
  test("stacks images and numbers in the order of the examples", () => {
    const arrays = attackArrays(examples(), SHAPE);
    expect(arrays.original?.shape).toEqual([6, 4, 4, 1]);
    expect([...(arrays.success?.data ?? [])]).toEqual([1, 1, 0, 0, 1, 1]);
    expect([...(arrays.index?.data ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(arrays.adversarial?.data.subarray(16, 32)).toEqual(examples()[1]?.adversarial);
  });

  test("gives a digest that changes with any one pixel and with nothing else", async () => {
    const digest = await digestArrays(attackArrays(examples(), SHAPE));
    expect(await digestArrays(attackArrays(examples(), SHAPE))).toBe(digest);
    const changed = examples();
    const pixels = changed[5]?.adversarial as Float32Array;
    pixels[15] = (pixels[15] as number) + 2 ** -24;
    expect(await digestArrays(attackArrays(changed, SHAPE))).not.toBe(digest);
  });

  test("refuses images of another size", () => {
    expect(messageOf(() => attackArrays(examples(), [4, 5, 1]))).toBe(
      "example 0: expected images of 20 values, got 16",
    );
  });
});
