import { describe, expect, test } from "vitest";
import { type AttackStop, summarize } from "../../src/attacks/index.ts";

/** Rows of four features, one a stop. */
function found(stop: AttackStop[], distortion: number[], evaluations: number[]) {
  return {
    rows: new Float32Array(4 * stop.length),
    stop,
    distortion: Float64Array.from(distortion),
    evaluations: Uint32Array.from(evaluations),
  };
}

describe("summarize", () => {
  test("counts rows that were not attacked apart, and averages over the changes found", () => {
    const six = found(
      ["found", "found", "misclassified", "not-found", "already-target", "found"],
      [0.5, 0.25, 0, Number.NaN, 0, 0.75],
      [10, 11, 0, 99, 0, 15],
    );
    expect(summarize(six)).toEqual({
      count: 6,
      misclassified: 1,
      alreadyTarget: 1,
      attacked: 4,
      found: 3,
      meanDistortion: 0.5,
      medianDistortion: 0.5,
      largestDistortion: 0.75,
      meanL2: 1, // twice the distortion: the root of four features
      evaluations: 135,
      evaluationsPerImage: 135 / 4,
    });
  });

  test("takes the middle of the distortions, whatever their order, and the mean of two middle ones", () => {
    const odd = found(["found", "found", "found"], [0.3, 0.1, 0.2], [1, 1, 1]);
    expect(summarize(odd).medianDistortion).toBe(0.2);
    const even = found(["found", "found"], [0.75, 0.25], [1, 1]);
    expect(summarize(even).medianDistortion).toBe(0.5);
  });

  test("says null, not a number, where nothing was found", () => {
    for (const stops of [[], ["not-found"], ["misclassified"]] as AttackStop[][]) {
      const {
        meanDistortion,
        medianDistortion,
        largestDistortion,
        meanL2,
        found: count,
      } = summarize(
        found(
          stops,
          stops.map(() => 0),
          stops.map(() => 0),
        ),
      );
      expect([meanDistortion, medianDistortion, largestDistortion, meanL2]).toEqual([null, null, null, null]);
      expect(count).toBe(0);
    }
    expect(summarize(found([], [], [])).evaluationsPerImage).toBe(0);
  });
});
