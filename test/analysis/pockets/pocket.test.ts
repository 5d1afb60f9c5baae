/** The surroundings of an image: points at their distance, counts that a plane predicts, and the same bits for the same seed. */
import { describe, expect, test } from "vitest";
import { direction, length, pointOfBall, sourceOf } from "../../../src/analysis/pockets/directions.ts";
import { ballsOf, pocketOf } from "../../../src/analysis/pockets/pocket.ts";
import { pointInBox } from "../../../src/analysis/pockets/ray.ts";
import { Network } from "../../../src/index.ts";
import { noise32 } from "../../support/noise.ts";

const distanceOf = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0));

/** Answers 1 where the first input is above 0.75, otherwise 0: x = 0.5 is 0.25 away from the boundary. */
function halfSpace(inputs: number): Network {
  const kernel = new Float32Array(2 * inputs);
  kernel[1] = 8;
  return Network.fromArtifacts({
    modelTopology: {
      class_name: "Sequential",
      config: {
        name: "half",
        layers: [
          {
            class_name: "Dense",
            config: { name: "d", units: 2, activation: "softmax", use_bias: true, batch_input_shape: [null, inputs] },
          },
        ],
      },
    },
    weightSpecs: [
      { name: "d/kernel", shape: [inputs, 2], dtype: "float32" },
      { name: "d/bias", shape: [2], dtype: "float32" },
    ],
    weightData: Float32Array.of(...kernel, 0, -6).buffer,
  });
}

describe("pointInBox", () => {
  test("is as far away as asked in L2 wherever walls are, inside the box, and on the ray where it meets none", () => {
    let walled = 0;
    for (let k = 0; k < 200; k++) {
      const n = 1 + (k % 40);
      const x = noise32(n, k).map((value) => Math.min(1, Math.max(0, 0.5 + value))) as Float32Array;
      const v = direction(sourceOf(1, k, "around"), 0, new Float64Array(n));
      const room = Math.sqrt(x.reduce((sum, value, i) => sum + ((v[i] as number) > 0 ? 1 - value : value) ** 2, 0));
      for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
        const point = pointInBox(x, v, share * room, new Float32Array(n));
        // Each value is rounded to f32 once: 2^-25 of 1 at most, root n of it in L2; the few rounds in f64 are below that.
        expect(Math.abs(distanceOf(point, x) - share * room)).toBeLessThan(Math.sqrt(n) * 2 ** -24);
        expect(point.every((value) => value >= 0 && value <= 1)).toBe(true);
        if (point.some((value, i) => (value === 0 || value === 1) && value !== x[i])) walled++;
      }
      const corner = pointInBox(x, v, 2 * room, new Float32Array(n));
      expect([...corner]).toEqual(Array.from(x, (_, i) => ((v[i] as number) > 0 ? 1 : 0)));
    }
    expect(walled).toBeGreaterThan(100);
  });
});

test("points of the ball are within it and as deep as uniform ones: P(|p| < r) = r^n", () => {
  const source = sourceOf(3, 0, "ball");
  const lengths = Array.from({ length: 4000 }, (_, k) =>
    length(Float64Array.from(pointOfBall(source, k, new Float64Array(5)))),
  );
  for (const r of [0.5, 0.7, 0.9, 1]) {
    const share = lengths.filter((l) => l < r).length / lengths.length;
    // Five standard deviations of a share of 4000.
    expect(Math.abs(share - r ** 3)).toBeLessThan(5 * Math.sqrt(0.25 / 4000));
  }
});

describe("in front of a plane in three dimensions", () => {
  const model = halfSpace(3);
  const x = Float32Array.of(0.5, 0.5, 0.5);
  const changed = Float32Array.of(0.7501, 0.5, 0.5);
  const settings = {
    directions: 4000,
    factors: [1, 1.6, 4],
    path: { steps: 8, reach: 2 },
    plane: { size: 9, reach: 2 },
    ball: { samples: 4000, radii: [0.5, 1], depths: [1, 1.5] },
    seed: 4,
  };
  const found = { x, changed, truth: 0, image: 7 };

  test("directions cross it as a cap of the sphere does: (1 - 1 / factor) / 2 of them", async () => {
    const { distance, beyond, inBox } = await pocketOf(model, found, settings);
    expect(distance).toBeCloseTo(0.2501, 6);
    for (const [f, factor] of settings.factors.entries()) {
      // The change ends 0.0001 behind the plane: its distance is 0.25.
      const cap = Math.max(0, (1 - 0.25 / 0.2501 / factor) / 2);
      expect(Math.abs((beyond[f] as number) / 4000 - cap)).toBeLessThan(5 * Math.sqrt(0.25 / 4000));
    }
    // Without walls within 0.4 both are the same; at 4 times the distance the walls bend rays towards the plane or along it.
    expect([...inBox.subarray(0, 2)]).toEqual([...beyond.subarray(0, 2)]);
    expect(inBox[2]).not.toBe(beyond[2]);
  });

  test("the path crosses once, the plane is cut once, and half of the ball on the boundary is behind it", async () => {
    const pocket = await pocketOf(model, found, settings);
    const wrong = Array.from({ length: 9 }, (_, k) => (pocket.probabilities[2 * k + 1] as number) > 0.5);
    expect(wrong).toEqual([false, false, false, false, true, true, true, true, true]);
    for (let row = 0; row < 9; row++) {
      expect([...pocket.plane.subarray(9 * row, 9 * row + 9)]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
    }
    const [onBoundary, wider, behind] = [...pocket.ballBeyond].map((count) => count / 4000) as [number, number, number];
    for (const share of [onBoundary, wider]) expect(Math.abs(share - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / 4000));
    expect(behind).toBe(1); // its centre is half a distance behind, and so is its radius
  });

  test("the same seed gives the same counts, alone and in balls alone; another image or seed gives others", async () => {
    const pocket = await pocketOf(model, found, settings);
    expect(await pocketOf(model, found, settings)).toEqual(pocket);
    const { clean, centres, ballInBox, ballBeyond } = pocket;
    const balls = await ballsOf(model, found, { ...settings.ball, seed: 4 });
    expect(balls).toEqual({ clean, centres, ballInBox, ballBeyond });
    for (const other of [
      { image: 8, seed: 4 },
      { image: 7, seed: 5 },
    ]) {
      const again = await pocketOf(model, { ...found, image: other.image }, { ...settings, seed: other.seed });
      expect(again.beyond).not.toEqual(pocket.beyond);
    }
  });
});
