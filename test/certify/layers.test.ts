/** Bounds of networks with every layer that runs here: below what the network gives on rows of the region, and near it where that is small. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { LinearBounds } from "../../src/certify/linear-bounds.ts";
import type { Ball, CertifiedNorm } from "../../src/certify/region.ts";
import { EXAMPLES, exampleOf, MERGE_EXAMPLES } from "../../src/goldens/layer-examples.ts";
import type { Network } from "../../src/model/index.ts";
import { LAYERS, MERGES } from "../../src/model/layers/index.ts";
import { dense, networkOf, part } from "../support/networks.ts";
import { noise32, noise64 } from "../support/noise.ts";

const NORMS: readonly CertifiedNorm[] = ["linf", "l2", "l1"];

/** The layers that must have bounds; others may be refused, by their name. */
const BOUNDED =
  `Activation AlphaDropout AveragePooling1D AveragePooling2D BatchNormalization CenterCrop Conv1D Conv2D Cropping1D Cropping2D
  Dense DepthwiseConv2D Dropout ELU Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D
  GlobalMaxPooling2D GroupedConv2D LayerNormalization LeakyReLU LocallyConnected2D MaxPooling1D MaxPooling2D Normalization Permute PReLU ReLU RepeatVector
  Rescaling Reshape SeparableConv2D SpatialDropout1D SpatialDropout2D UpSampling1D UpSampling2D ZeroPadding1D ZeroPadding2D
  Add Average Concatenate Subtract`.split(/\s+/);

/** A layer that is read as another one says that one's name. */
const READ_AS: Record<string, string> = { Resizing: "Resize" };

function isRefused(className: string): boolean {
  try {
    new LinearBounds(weighedExample(className));
    return false;
  } catch (error) {
    expect((error as Error).message).toMatch(
      new RegExp(`^it \\(${READ_AS[className] ?? className}\\): expected an operation with bounds, got `),
    );
    return true;
  }
}

/** The example of a layer with a dense layer behind it, so that its outputs are weighed against one another. */
function weighedExample(className: string): Network {
  const alone = exampleOf(className) as Network;
  if (MERGE_EXAMPLES.includes(className)) return alone;
  const { shape, layer } = EXAMPLES[className] as (typeof EXAMPLES)[string];
  const width = alone.predict(new Float32Array(alone.inputSize)).length;
  return networkOf(shape, [layer, part("Flatten", { name: "flat" }), dense("out", width, 3, "linear")]);
}

/** f32 rows of a ball within its box: corners and points between, those that are not inside drawn towards the middle. */
function rowsIn({ row, box, norm, epsilon }: Ball, count: number): Float32Array[] {
  const n = row.length;
  return Array.from({ length: count }, (_, k) => {
    const random = noise64(n, 100 + k);
    const other = noise64(n, 200 + k);
    const few = norm === "linf" || k % 3 > 0 ? 1 : 1 / n;
    const direction = random.map((v, i) =>
      Math.abs(other[i] as number) <= few * 1.5 ? (k % 2 ? v : Math.sign(v)) : 0,
    );
    const length =
      norm === "linf"
        ? Math.max(...direction.map(Math.abs))
        : norm === "l2"
          ? Math.hypot(...direction)
          : direction.reduce((sum, v) => sum + Math.abs(v), 0);
    // Shorter than the radius by what rounding to f32 may add in any of the norms.
    const by = length > 0 ? Math.max(0, epsilon - n * 2 ** -24) / length : 0;
    return row.map((x, i) =>
      Math.min(Math.max(x + by * (direction[i] as number), box.lower[i] as number), box.upper[i] as number),
    );
  });
}

const along = (weights: Float32Array, scores: Float32Array, r: number) =>
  scores.reduce((sum, s, i) => sum + s * (weights[r * scores.length + i] as number), 0);

describe.each([...Object.keys(LAYERS), ...Object.keys(MERGES)])("%s", (className) => {
  test("is refused by name, or has bounds below all that the network gives in a region, and near it where that is small", () => {
    if (!BOUNDED.includes(className) && isRefused(className)) return;
    for (const network of [exampleOf(className) as Network, weighedExample(className)]) {
      const bounds = new LinearBounds(network);
      const { inputSize } = network;
      const row = noise32(inputSize, 7);
      const box = { lower: new Float64Array(inputSize).fill(-1), upper: new Float64Array(inputSize).fill(1) };
      const weights = noise32(4 * bounds.scores, 9);
      const score = (rows: Float32Array) => network.scores(rows);
      let nearest = Number.POSITIVE_INFINITY;
      for (const norm of NORMS) {
        for (const epsilon of [1e-4, 0.02, 0.3, 3]) {
          const ball = { row, box, norm, epsilon };
          const found = bounds.bound(ball, weights);
          for (const changed of [row, ...rowsIn(ball, 12)]) {
            const scores = score(changed);
            found.forEach((bound, r) => {
              const value = along(weights, scores, r);
              expect(bound, `${norm} ${epsilon}`).toBeLessThanOrEqual(value);
              if (epsilon === 0.3) nearest = Math.min(nearest, value - bound);
            });
          }
          const there = score(row);
          // Nothing here has slopes beyond some tens: a small ball is small in the scores as well.
          if (epsilon !== 1e-4) continue;
          found.forEach((bound, r) => {
            expect(along(weights, there, r) - bound).toBeLessThan(0.2);
          });
        }
      }
      // Whatever the width, some row came near some bound.
      expect(nearest).toBeLessThan(30);
    }
  });
});

test("a region of a chain of dense layers is bounded much better by lines than by intervals", () => {
  const network = networkOf([9], [dense("a", 9, 12, "relu"), dense("b", 12, 12, "tanh"), dense("c", 12, 3, "linear")]);
  const bounds = new LinearBounds(network);
  const row = noise32(9, 1);
  const box = { lower: new Float64Array(9).fill(-2), upper: new Float64Array(9).fill(2) };
  const [small, large] = [0.01, 0.02].map((epsilon) => {
    return bounds.bound({ row, box, norm: "linf", epsilon }, Float32Array.of(1, -1, 0))[0] as number;
  }) as [number, number];
  const scores = network.scores(row);
  const middle = (scores[0] as number) - (scores[1] as number);
  // Linear in the radius, nearly: twice the radius costs about twice as much.
  expect((middle - large) / (middle - small)).toBeGreaterThan(1.9);
  expect((middle - large) / (middle - small)).toBeLessThan(2.6);
});

test("the layers with bounds are layers that run here", () => {
  const known = [...Object.keys(LAYERS), ...Object.keys(MERGES)];
  expect(BOUNDED.filter((name) => !known.includes(name))).toEqual([]);
});

test("what has no bounds is refused with what it is", () => {
  for (const [className, what] of [
    ["L2Pooling2D", "a pooling by the root of squares"],
    ["Softmax", "a softmax below the scores"],
    ["Multiply", "a merge by product"],
  ] as const) {
    expect(isRefused(className)).toBe(true);
    expect(() => new LinearBounds(weighedExample(className))).toThrow(
      `it (${className}): expected an operation with bounds, got ${what}`,
    );
  }
});
