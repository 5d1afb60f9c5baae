import { describe, expect, test } from "vitest";
import { digestArrays } from "../../../src/data/digest.ts";
import { attackArrays, outcome } from "../../../src/studies/attack/record.ts";
import { timing } from "../../../src/studies/record.ts";
import { messageOf } from "../../message-of.ts";
import { example, examples, SHAPE } from "./example-report.ts";

describe("outcome", () => {
  test("a misclassified image is no success, even if it says so", () => {
    expect(outcome(example(0, { prediction: 2, success: true }))).toBe("misclassified");
  });

  test("an image that is the target before any change is not attacked", () => {
    expect(outcome(example(0, { target: 0, adversarialPrediction: 0 }))).toBe("already-target");
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
