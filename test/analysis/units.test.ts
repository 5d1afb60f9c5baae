import { describe, expect, test } from "vitest";
import {
  coherence,
  isSilent,
  LayerVector,
  labelCoherence,
  maximise,
  meanDifference,
  mergeUnitImages,
  permutationTest,
  randomDirections,
  rowsNamed,
  streamUnitImages,
  UnitRanking,
  unitDirection,
  unitImages,
} from "../../src/analysis/index.ts";
import { TopRows } from "../../src/analysis/units/top-rows.ts";
import "../../src/index.ts";
import { fullyConnected, mnistConvnet, type Network } from "../../src/model/index.ts";
import { openPool, unitImagesOnWorkers } from "../../src/node/index.ts";
import { messageOf } from "../message-of.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

/** The positions of the k largest values, the earlier first where they are equal. */
function largest(values: readonly number[], k: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => (values[b] as number) - (values[a] as number) || a - b)
    .slice(0, k);
}

const network = (): Network => networkOf([6], [dense("a", 6, 5, "tanh"), dense("b", 5, 3, "softmax")]);
const rows = noise32(700 * 6, 4);

describe("unitImages", () => {
  test("the ranking of each unit and direction is that of a sort of <phi(x), v>", () => {
    const given = [Float32Array.of(3, 0, 0, -4, 0)];
    const found = unitImages(network(), "a", rows, { top: 7, directions: 9, seed: 5, given });
    const phi = network().activations(rows, "a");
    expect(found.directions).toEqual(randomDirections(9, 5, 5));
    expect(found.givenDirections).toEqual(Float32Array.of(Math.fround(0.6), 0, 0, Math.fround(-0.8), 0));
    const cases = [
      { ranking: found.units, direction: (c: number) => unitDirection(c, 5), columns: 5 },
      { ranking: found.random, direction: (c: number) => found.directions.subarray(c * 5, c * 5 + 5), columns: 9 },
      { ranking: found.given, direction: () => found.givenDirections, columns: 1 },
    ];
    for (const { ranking, direction, columns } of cases) {
      expect(ranking.columns).toBe(columns);
      for (let c = 0; c < columns; c++) {
        const v = direction(c);
        const values = Array.from({ length: 700 }, (_, r) => {
          let sum = 0;
          for (let i = 0; i < 5; i++)
            sum = Math.fround(sum + Math.fround((phi[r * 5 + i] as number) * (v[i] as number)));
          return sum;
        });
        const order = largest(values, 7);
        expect(Array.from(ranking.rows.subarray(c * 7, c * 7 + 7))).toEqual(order);
        expect(Array.from(ranking.values.subarray(c * 7, c * 7 + 7))).toEqual(order.map((r) => values[r]));
      }
    }
  });

  test("however the rows come by, the bits are the same: in parts, from a stream, merged in any order, on two workers", async () => {
    const options = { top: 10, directions: 6, seed: 1 };
    const whole = unitImages(network(), "a", rows, options);
    const cuts = [0, 3, 100, 101, 640, 700];
    const parts = cuts.slice(1).map((end, i) => {
      const ranking = new UnitRanking(network(), "a", options);
      ranking.add(rows.subarray((cuts[i] as number) * 6, end * 6), cuts[i]);
      return ranking.part();
    });
    expect(mergeUnitImages(parts, 10)).toEqual(whole);
    expect(mergeUnitImages(parts.toReversed(), 10)).toEqual({ ...whole, count: 700 });
    const stream = (async function* () {
      for (let at = 0; at < 700; at += 33) yield rows.subarray(at * 6, Math.min(at + 33, 700) * 6);
    })();
    expect(await streamUnitImages(network(), "a", stream, options)).toEqual(whole);
    const pool = await openPool({ workers: 2 });
    try {
      expect(await unitImagesOnWorkers(pool, network(), "a", rows, options)).toEqual(whole);
    } finally {
      await pool.close();
    }
  });

  test("a layer of maps becomes a vector by positions, means or largest values", () => {
    const convnet = mnistConvnet({ seed: 3 });
    const images = noise32(5 * 784, 1).map(Math.abs);
    const maps = convnet.activations(images, "pool2");
    for (const reduce of ["mean", "max"] as const) {
      const vector = new LayerVector(convnet, "pool2", reduce);
      expect(vector.size).toBe(64);
      const values = vector.of(images);
      for (const [r, c] of [
        [0, 0],
        [4, 63],
        [2, 17],
      ] as const) {
        const own = Array.from({ length: 16 }, (_, p) => maps[(r * 16 + p) * 64 + c] as number);
        if (reduce === "max") expect(values[r * 64 + c]).toBe(Math.max(...own));
        else expect(values[r * 64 + c]).toBeCloseTo(own.reduce((a, b) => a + b) / 16, 6);
      }
      const direction = randomDirections(1, 64, 0);
      const row = images.slice(0, 784);
      const { value, gradient } = vector.along(row, direction);
      expect(value).toBeCloseTo(
        values.subarray(0, 64).reduce((sum, x, i) => sum + x * (direction[i] as number), 0),
        4,
      );
      // Central differences along the gradient itself.
      const length = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
      const ahead = (step: number) =>
        vector.along(
          row.map((x, i) => x + (step * (gradient[i] as number)) / length),
          direction,
        ).value;
      const h = 2 ** -9;
      expect((ahead(h) - ahead(-h)) / (2 * h) / length).toBeCloseTo(1, 1);
    }
    expect(new LayerVector(convnet, "pool2", "flatten").of(images)).toEqual(maps);
  });

  test("what is refused, by name", () => {
    const convnet = mnistConvnet();
    const image = new Float32Array(2 * 784);
    expect(messageOf(() => unitImages(convnet, "conv1", image, { top: 1 }))).toBe(
      'layer conv1: expected a vector output, or reduce: "flatten", "mean", "max", got [24, 24, 32]',
    );
    expect(messageOf(() => unitImages(convnet, "fc1", image))).toBe(
      "top: expected at most the 2 images there are, got 10",
    );
    expect(messageOf(() => unitImages(convnet, "fc9", image))).toMatch(/^layer: expected one of conv1, .*, got "fc9"$/);
    const given = (direction: Float32Array) => () => unitImages(convnet, "fc1", image, { top: 1, given: [direction] });
    expect(messageOf(given(new Float32Array(3)))).toBe(
      "given[0]: expected a direction of 128 values, as fc1 has, got 3",
    );
    expect(messageOf(given(new Float32Array(128)))).toBe("given[0]: expected a direction, got zero");
    expect(messageOf(given(new Float32Array(128).fill(Number.NaN)))).toBe(
      "given[0][0]: expected a finite number, got NaN",
    );
    expect(messageOf(() => unitImages(convnet, "fc1", image, { top: 0 }))).toBe(
      "top: expected a whole number >= 1, got 0",
    );
    const ranking = new UnitRanking(convnet, "fc1", { top: 3 });
    ranking.add(image);
    expect(messageOf(() => ranking.result())).toBe("top: expected at most the 2 images there are, got 3");
  });
});

test("equal values go to the earlier row, also when merged; a column of one value is silent", () => {
  const values = [1, 5, 5, 2, 5, 5, 0];
  const rank = (from: number, to: number) => {
    const top = new TopRows(2, 3);
    top.add(Float32Array.from(values.slice(from, to).flatMap((value) => [value, 7])), from);
    return top;
  };
  const whole = rank(0, 7).ranking();
  expect(Array.from(whole.rows.subarray(0, 3))).toEqual([1, 2, 4]);
  expect(isSilent(whole, 0)).toBe(false);
  expect(isSilent(whole, 1)).toBe(true);
  const merged = new TopRows(2, 3);
  for (const [from, to] of [
    [5, 7],
    [0, 2],
    [2, 5],
  ] as const)
    merged.merge(rank(from, to).ranking());
  expect(merged.ranking()).toEqual(whole);
});

describe("directions", () => {
  test("each has length 1, and depends on its own number alone; on average they point nowhere", () => {
    const some = randomDirections(400, 30, 2);
    expect(randomDirections(3, 30, 2)).toEqual(some.slice(0, 90));
    const mean = new Float64Array(30);
    for (let d = 0; d < 400; d++) {
      const v = some.subarray(d * 30, d * 30 + 30);
      expect(v.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5);
      v.forEach((x, i) => {
        mean[i] = (mean[i] as number) + x / 400;
      });
    }
    // Each is N(0, 1 / 30) in 400 draws: five deviations.
    for (const m of mean) expect(Math.abs(m)).toBeLessThan(5 * Math.sqrt(1 / 30 / 400));
  });

  test("the difference of two means, of classes say", () => {
    const difference = meanDifference(Float32Array.of(1, 2, 3, 6), Float32Array.of(0, 1), 2);
    expect(difference).toEqual(Float32Array.of(2, 3));
    expect(messageOf(() => meanDifference(new Float32Array(0), new Float32Array(2), 2))).toBe(
      "rows of the one: expected rows of 2 values, got 0 values",
    );
  });
});

describe("coherence", () => {
  test("purity and entropy of labels", () => {
    expect(labelCoherence([3, 3, 3])).toEqual({ purity: 1, entropy: 0 });
    expect(labelCoherence([1, 2, 1, 2]).entropy).toBeCloseTo(1, 14);
    const { purity, entropy } = labelCoherence([0, 0, 0, 1]);
    expect(purity).toBe(0.75);
    expect(entropy).toBeCloseTo(-0.75 * Math.log2(0.75) - 0.25 * Math.log2(0.25), 14);
  });

  test("cosines of pairs", () => {
    const ranking = {
      columns: 1,
      top: 3,
      rows: Uint32Array.of(2, 0, 1),
      values: new Float32Array(3),
      least: new Float32Array(1),
    };
    const pixels = Float32Array.of(1, 0, 0, 1, 1, 1);
    const named = rowsNamed([ranking]);
    expect(Array.from(named)).toEqual([0, 1, 2]);
    const out = coherence(ranking, {
      labels: [0, 1, 1],
      pixels,
      features: new Float32Array(6).fill(2),
      featureRows: named,
      count: 3,
    });
    expect(out.pixels[0]).toBeCloseTo((0 + Math.SQRT1_2 + Math.SQRT1_2) / 3, 14);
    expect(out.features[0]).toBeCloseTo(1, 14);
    expect(out.purity[0]).toBe(2 / 3);
  });
});

describe("the permutation test", () => {
  test("is exact for small groups: the share of all deals that are as uneven", () => {
    // 1 of the 20 deals of 3 and 3 is as low, 1 as high.
    const { p, difference, means } = permutationTest([1, 2, 3], [4, 5, 6], { deals: 40_000, seed: 1 });
    expect(difference).toBe(-3);
    expect(means).toEqual([2, 5]);
    expect(Math.abs(p - 0.1)).toBeLessThan(5 * Math.sqrt((0.1 * 0.9) / 40_000));
  });

  test("is 1 where there is no difference, small where there is one, and the same for the same seed", () => {
    expect(permutationTest([1, 1], [1, 1, 1]).p).toBe(1);
    const a = Array.from(noise32(40, 1));
    const b = Array.from(noise32(40, 2)).map((x) => x + 2);
    expect(permutationTest(a, b).p).toBe(1 / 10_000);
    expect(
      permutationTest(
        a,
        a.map((x) => -x),
        { seed: 4 },
      ),
    ).toEqual(
      permutationTest(
        a,
        a.map((x) => -x),
        { seed: 4 },
      ),
    );
    expect(messageOf(() => permutationTest([], [1]))).toBe("groups: expected a number in each, got 0 and 1");
  });

  test("under the null hypothesis p is below 0.1 in about a tenth of the cases", () => {
    let below = 0;
    for (let i = 0; i < 300; i++) {
      const values = Array.from(noise32(20, i));
      if (permutationTest(values.slice(0, 8), values.slice(8), { deals: 199, seed: i }).p <= 0.1) below++;
    }
    expect(Math.abs(below - 30)).toBeLessThan(5 * Math.sqrt(300 * 0.1 * 0.9));
  });
});

describe("maximise", () => {
  test("of a linear layer it is the corner of the box that the weights point to", () => {
    const linear = networkOf([6], [dense("a", 6, 4, "linear")]);
    const [kernel] = linear.parameters;
    const weights = linear.valuesOf(kernel as NonNullable<typeof kernel>);
    const found = maximise(linear, "a", unitDirection(2, 4));
    expect(Array.from(found.image)).toEqual(
      Array.from({ length: 6 }, (_, i) => ((weights[i * 4 + 2] as number) > 0 ? 1 : 0)),
    );
    const other = maximise(linear, "a", unitDirection(2, 4), { lower: -2, upper: 3 });
    expect(other.value).toBeGreaterThan(found.value);
  });

  test("it stays in the box, gains on its start, and a unit of a sigmoid network goes above all data", () => {
    const sigmoid = fullyConnected([12, 9, 3], { seed: 2 });
    const images = noise32(200 * 12, 1).map(Math.abs);
    for (const direction of [unitDirection(4, 9), randomDirections(1, 9, 3)]) {
      const found = maximise(sigmoid, "fc1", direction);
      expect(found.image.every((x) => x >= 0 && x <= 1)).toBe(true);
      expect(found.value).toBeGreaterThan(found.startValue);
      const phi = sigmoid.activations(images, "fc1");
      for (let r = 0; r < 200; r++) {
        const value = direction.reduce((sum, v, i) => sum + v * (phi[r * 9 + i] as number), 0);
        expect(found.value).toBeGreaterThanOrEqual(value - 1e-6);
      }
    }
  });

  test("directions of another length, zeros, starts of another length are refused", () => {
    const sigmoid = fullyConnected([12, 9, 3]);
    expect(messageOf(() => maximise(sigmoid, "fc1", new Float32Array(3)))).toBe(
      "direction: expected 9 values, as fc1 has, got 3",
    );
    expect(messageOf(() => maximise(sigmoid, "fc1", new Float32Array(9)))).toBe(
      "direction: expected a direction, got zero",
    );
    expect(messageOf(() => maximise(sigmoid, "fc1", unitDirection(0, 9), { start: new Float32Array(3) }))).toBe(
      "start: expected 12 values, got 3",
    );
    expect(messageOf(() => unitDirection(9, 9))).toBe("unit: expected a whole number in [0, 8], got 9");
  });
});
