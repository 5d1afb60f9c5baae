/** Gradients on the wasm backend with our kernels, beside the cpu backend and exact differences. */
import { beforeAll, describe, expect, test } from "vitest";
import { registerGradientKernels } from "../../src/tfjs/index.ts";
import { firstBeyond, firstDifferent, g, U32 } from "../support/bounds.ts";
import { noise32 } from "../support/noise.ts";
import { type Case, differentiate, on, sizeOf, tf } from "../support/tfjs-wasm.ts";

beforeAll(() => registerGradientKernels());

type Pad = Parameters<typeof tf.conv2d>[3];
type T3 = tf.Tensor3D;
type T4 = tf.Tensor4D;
type T5 = tf.Tensor5D;

/**
 * Both backends sum products of the same numbers, the cpu in double precision: they differ by what rounds in f32, at most
 * g(terms) of the sum of magnitudes, which the cpu computes from the inputs' magnitudes.
 */
async function expectCpuAgrees(one: Case, terms: number): Promise<void> {
  const inputs = one.shapes.map((shape, i) => noise32(sizeOf(shape), i + 1));
  const slope = (size: number) => noise32(size, 9);
  const ours = differentiate(one, inputs, slope);
  const [cpu, magnitude] = await on("cpu", () => [
    differentiate(one, inputs, slope),
    differentiate(
      one,
      inputs.map((values) => values.map(Math.abs)),
      (size) => slope(size).map(Math.abs),
    ),
  ]);
  expect(ours.shape).toEqual(cpu.shape);
  ours.gradients.forEach((found, i) => {
    const bound = (magnitude.gradients[i] as Float32Array).map((size) => g(terms + 2, U32) * size);
    expect(firstBeyond(found, cpu.gradients[i] as Float32Array, bound)).toBe(-1);
    expect(found.some((value) => value !== 0)).toBe(true);
  });
}

/** Windows over images h x w, c channels, n filters: odd and even, within and across tiles, with every kind of padding. */
const WINDOWS: readonly (readonly [
  batch: number,
  h: number,
  w: number,
  c: number,
  n: number,
  kh: number,
  kw: number,
  strides: [number, number],
  pad: Pad,
])[] = [
  [1, 3, 3, 1, 1, 1, 1, [1, 1], "valid"],
  [2, 5, 6, 3, 4, 1, 1, [1, 1], "same"],
  [3, 5, 6, 4, 9, 1, 1, [2, 2], "valid"],
  [2, 7, 5, 3, 8, 3, 3, [1, 1], "same"],
  [2, 7, 5, 8, 7, 3, 3, [1, 1], "valid"],
  [2, 8, 9, 5, 13, 3, 2, [2, 1], "same"],
  [1, 9, 8, 9, 3, 2, 5, [1, 3], "valid"],
  [2, 6, 6, 2, 3, 4, 4, [3, 3], "same"],
  [5, 4, 4, 1, 17, 5, 5, [1, 1], "same"],
  [2, 5, 5, 3, 4, 3, 3, [1, 1], 1],
  [2, 5, 5, 3, 4, 2, 2, [2, 2], 2],
  [2, 5, 5, 12, 4, 2, 2, [1, 1], 3],
  [1, 5, 5, 12, 2, 1, 1, [1, 1], 1],
  [
    2,
    5,
    6,
    3,
    5,
    3,
    3,
    [1, 2],
    [
      [0, 0],
      [0, 1],
      [2, 0],
      [0, 0],
    ],
  ],
  [
    1,
    5,
    6,
    9,
    5,
    3,
    3,
    [1, 1],
    [
      [0, 0],
      [4, 0],
      [0, 3],
      [0, 0],
    ],
  ],
  [1, 30, 29, 2, 3, 3, 3, [1, 1], "valid"],
];

describe("tf.conv2d to its input and filter is what the cpu backend finds, within rounding", () => {
  for (const [batch, h, w, c, n, kh, kw, strides, pad] of WINDOWS) {
    const title = `${batch} x ${h}x${w}x${c}, ${n} ${kh}x${kw} / ${strides}, ${JSON.stringify(pad)}`;
    test(title, async () => {
      const shapes = [
        [batch, h, w, c],
        [kh, kw, c, n],
      ];
      const f = (x: tf.Tensor, filter: tf.Tensor) => tf.conv2d(x as T4, filter as T4, strides, pad);
      await expectCpuAgrees({ shapes, f }, Math.max(kh * kw * Math.max(c, n), batch * h * w * 2));
    });
  }

  test("as conv1d, as conv2dTranspose, fused with a bias", async () => {
    await expectCpuAgrees(
      { shapes: [[2, 9, 3], [4, 3, 5]], f: (x, filter) => tf.conv1d(x as T3, filter as T3, 2, "same") }, // biome-ignore format: shapes
      40,
    );
    const transpose = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2dTranspose(x as T4, filter as T4, [2, 9, 8, 3], 2, "same");
    await expectCpuAgrees({ shapes: [[2, 5, 4, 6], [3, 3, 3, 6]], f: transpose }, 200); // biome-ignore format: shapes
    const fused = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
      tf.fused.conv2d({ x: x as T4, filter: filter as T4, bias, strides: 1, pad: "same" });
    await expectCpuAgrees({ shapes: [[2, 5, 4, 3], [3, 3, 3, 6], [6]], f: fused }, 60); // biome-ignore format: shapes
  });
});

describe("tf.depthwiseConv2d to its input and filter is what the cpu backend finds, within rounding", () => {
  for (const [batch, h, w, c, n, kh, kw, [stride], pad] of WINDOWS) {
    const multiplier = n % 3 === 0 ? 3 : 1;
    const title = `${batch} x ${h}x${w}x${c}, ${multiplier} ${kh}x${kw} / ${stride}, ${JSON.stringify(pad)}`;
    test(title, async () => {
      const shapes = [
        [batch, h, w, c],
        [kh, kw, c, multiplier],
      ];
      const f = (x: tf.Tensor, filter: tf.Tensor) =>
        tf.depthwiseConv2d(x as T4, filter as T4, [stride, stride], pad as "same");
      await expectCpuAgrees({ shapes, f }, Math.max(kh * kw * multiplier, 4 * batch * h * w));
    });
  }

  test("dilated, which tfjs refuses to differentiate: the kernels themselves, by differences", () => {
    const [xShape, fShape] = [
      [1, 6, 6, 3],
      [2, 3, 3, 2],
    ] as const;
    const [x, filter] = [noise32(sizeOf(xShape), 1), noise32(sizeOf(fShape), 2)];
    const y = (a: Float32Array, b: Float32Array) =>
      tf.depthwiseConv2d(tf.tensor(a, [...xShape]) as T4, tf.tensor(b, [...fShape]) as T4, 1, "valid", "NHWC", 2);
    tf.tidy(() => {
      const dy = tf.tensor(noise32(y(x, filter).size, 3), y(x, filter).shape);
      const value = (a: Float32Array, b: Float32Array) => tf.sum(tf.mul(y(a, b), dy)).dataSync()[0] as number;
      const attributes = { strides: 1, dilations: 2, pad: "valid" };
      const toInput = tf
        .engine()
        .runKernel(
          "DepthwiseConv2dNativeBackpropInput",
          { dy, filter: tf.tensor(filter, [...fShape]) },
          { ...attributes, inputShape: [...xShape] },
        ) as tf.Tensor;
      const toFilter = tf
        .engine()
        .runKernel(
          "DepthwiseConv2dNativeBackpropFilter",
          { x: tf.tensor(x, [...xShape]), dy },
          { ...attributes, filterShape: [...fShape] },
        ) as tf.Tensor;
      // Linear in each: a difference of 2 is exact but for rounding, of some 100 products below 1 in magnitude.
      const tolerance = g(200, U32) * 200;
      for (const [values, slopes, at] of [
        [x, toInput.dataSync(), (v: Float32Array) => value(v, filter)],
        [filter, toFilter.dataSync(), (v: Float32Array) => value(x, v)],
      ] as const) {
        values.forEach((_, i) => {
          const moved = (by: number) => values.map((v, j) => (j === i ? v + by : v));
          const difference = (at(moved(1)) - at(moved(-1))) / 2;
          expect(Math.abs(difference - (slopes[i] as number))).toBeLessThan(tolerance);
        });
      }
    });
  });
});

describe("tf.conv3d to its input and filter is what the cpu backend finds, within rounding", () => {
  for (const [batch, size, c, n, taps, stride, pad] of [
    [1, [3, 4, 5], 1, 1, [1, 1, 1], 1, "valid"],
    [2, [3, 4, 5], 3, 4, [2, 3, 2], 1, "same"],
    [2, [4, 5, 4], 9, 5, [3, 2, 3], 2, "same"],
    [1, [5, 5, 6], 4, 9, [2, 2, 2], 2, "valid"],
    [2, [5, 4, 6], 2, 3, [1, 2, 3], [1, 2, 3], "valid"],
    [1, [5, 4, 6], 2, 3, [3, 3, 1], [3, 1, 2], "same"],
  ] as const) {
    test(`${batch} x ${size}x${c}, ${n} ${taps} / ${stride}, ${pad}`, async () => {
      const shapes = [
        [batch, ...size, c],
        [...taps, c, n],
      ];
      const f = (x: tf.Tensor, filter: tf.Tensor) => tf.conv3d(x as T5, filter as T5, stride as number, pad);
      await expectCpuAgrees({ shapes, f }, 2 * batch * sizeOf(size) + sizeOf(taps) * n);
    });
  }

  test("conv3dTranspose forward", async () => {
    const [x, filter] = [noise32(2 * 3 * 2 * 3 * 4, 1), noise32(2 * 3 * 2 * 5 * 4, 2)];
    const run = (a: Float32Array, b: Float32Array) =>
      tf.tidy(() =>
        tf
          .conv3dTranspose(
            tf.tensor(a, [2, 3, 2, 3, 4]) as T5,
            tf.tensor(b, [2, 3, 2, 5, 4]) as T5,
            [2, 6, 4, 6, 5],
            2,
            "same",
          )
          .dataSync(),
      );
    const [cpu, size] = await on("cpu", () => [run(x, filter), run(x.map(Math.abs), filter.map(Math.abs))]);
    expect(
      firstBeyond(
        run(x, filter),
        cpu,
        size.map((v) => g(60, U32) * v),
      ),
    ).toBe(-1);
  });
});

/** n different multiples of 8 in a fixed disorder, all below zero: differences of f32 are exact among them. */
function disorder(n: number, seed: number): Float32Array {
  const order = Array.from(noise32(n, seed), (v, i) => [v, i] as const).sort(([a], [b]) => a - b);
  const values = new Float32Array(n);
  order.forEach(([, i], rank) => {
    values[i] = -8 * (rank + 1);
  });
  return values;
}

/** Whole numbers: sums of them, and of what a central difference makes of them, are exact. */
const wholeSlope = (size: number) => noise32(size, 7).map((v) => Math.round(8 * v));

/** Gradients of a function that is linear around the inputs are equal to central differences of itself. */
function expectExactDifferences(one: Case, inputs: readonly Float32Array[], tolerance = 0): void {
  const { y, shape, gradients } = differentiate(one, inputs, wholeSlope);
  const dy = wholeSlope(y.length);
  const value = (values: readonly Float32Array[]) =>
    tf.tidy(() => {
      const tensors = values.map((v, i) => tf.tensor(v, [...(one.shapes[i] as number[])]));
      const result = one.f(...tensors).dataSync() as Float32Array;
      return result.reduce((sum, v, i) => sum + v * (dy[i] as number), 0);
    });
  let different = 0;
  inputs.forEach((own, input) => {
    own.forEach((_, at) => {
      const moved = (by: number) => inputs.map((v, i) => (i === input ? v.map((u, j) => (j === at ? u + by : u)) : v));
      const difference = (value(moved(0.25)) - value(moved(-0.25))) * 2;
      if (!(Math.abs(difference - (gradients[input]?.[at] as number)) <= tolerance)) different++;
    });
  });
  expect(different).toBe(0);
  expect(shape.length).toBeGreaterThan(3);
}

const PLANES = [
  [2, 2, "valid"],
  [3, 1, "same"],
  [3, 2, "same"],
  [2, 3, "valid"],
  [[1, 3], [2, 1], "same"],
  [2, 2, 1],
  [1, 1, "valid"],
  [4, 4, "same"],
] as const;
const VOLUMES = [
  [2, 2, "valid"],
  [3, 1, "same"],
  [[1, 3, 2], [2, 1, 1], "same"],
  [[3, 1, 2], 2, "valid"],
  [2, 3, "same"],
] as const;

describe("maxima of windows without a number above zero pass their slope to the largest", () => {
  for (const [size, strides, pad] of PLANES) {
    test(`maxPool ${size} / ${strides}, ${pad}`, () => {
      const f = (x: tf.Tensor) => tf.maxPool(x as T4, size as number, strides as number, pad);
      expectExactDifferences({ shapes: [[2, 5, 6, 3]], f }, [disorder(180, 1)]);
    });
  }
  for (const [size, strides, pad] of VOLUMES) {
    test(`maxPool3d ${size} / ${strides}, ${pad}`, () => {
      const f = (x: tf.Tensor) => tf.maxPool3d(x as T5, size as number, strides as number, pad);
      expectExactDifferences({ shapes: [[1, 4, 3, 4, 5]], f }, [disorder(240, 1)]);
    });
  }
  for (const [kh, kw, strides, pad, dilations] of [
    [2, 2, 1, "valid", 1],
    [3, 3, 1, "same", 1],
    [3, 2, 2, "same", 1],
    [2, 3, 1, "same", 2],
    [1, 1, 1, "valid", 1],
  ] as const) {
    test(`dilation2d ${kh}x${kw} / ${strides}, ${pad}, dilation ${dilations}`, () => {
      const f = (x: tf.Tensor, filter: tf.Tensor) => tf.dilation2d(x as T4, filter as T3, strides, pad, dilations);
      const filter = noise32(kh * kw * 3, 2).map((v) => Math.round(3 * v)); // sums stay different: |filter| < 4
      expectExactDifferences({ shapes: [[2, 5, 6, 3], [kh, kw, 3]], f }, [disorder(180, 1), filter]); // biome-ignore format: shapes
    });
  }

  test("of equal numbers the same takes it as on the cpu backend: the first of a plane, the last of a volume", async () => {
    const ties = (n: number) => noise32(n, 3).map((v) => Math.min(0, Math.round(2 * v)) + 0);
    const cases: Case[] = [
      { shapes: [[2, 6, 6, 5]], f: (x) => tf.maxPool(x as T4, 3, 2, "same") },
      { shapes: [[1, 5, 5, 5, 2]], f: (x) => tf.maxPool3d(x as T5, 3, 2, "same") },
      { shapes: [[1, 5, 5, 3], [2, 2, 3]], f: (x, w) => tf.dilation2d(x as T4, w as T3, 1, "same") }, // biome-ignore format: shapes
    ];
    for (const one of cases) {
      const inputs = one.shapes.map((shape) => ties(sizeOf(shape)));
      const ours = differentiate(one, inputs, wholeSlope);
      const cpu = await on("cpu", () => differentiate(one, inputs, wholeSlope));
      expect(firstDifferent(ours.y, cpu.y)).toBe(-1);
      ours.gradients.forEach((slopes, i) => {
        // The cpu backend writes -0 where nothing arrives: + 0.
        expect(
          firstDifferent(
            slopes.map((v) => v + 0),
            (cpu.gradients[i] as Float32Array).map((v) => v + 0),
          ),
        ).toBe(-1);
      });
    }
  });
});

describe("means divide by what of a window lies inside", () => {
  // Sums of at most 27 quotients of numbers below 8, and their differences over 1/2.
  const tolerance = g(60, U32) * 27 * 8 * 8;

  for (const [size, strides, pad] of VOLUMES) {
    test(`avgPool3d ${size} / ${strides}, ${pad}`, () => {
      const f = (x: tf.Tensor) => tf.avgPool3d(x as T5, size as number, strides as number, pad);
      expectExactDifferences({ shapes: [[1, 4, 3, 4, 2]], f }, [new Float32Array(96)], tolerance);
    });
  }

  test("avgPool by the option alone: else the division is tfjs's own, by the whole window", () => {
    const f = (x: tf.Tensor) => tf.avgPool(x as T4, 3, 1, "same");
    const corner = () =>
      differentiate({ shapes: [[1, 3, 3, 1]], f }, [new Float32Array(9)], (n) => new Float32Array(n).fill(36))
        .gradients[0]?.[0];
    expect(corner()).toBe(16); // four windows, 36 / 9 each
    registerGradientKernels({ exactAveragePools: true });
    try {
      expect(corner()).toBe(9 + 6 + 6 + 4);
      for (const [size, strides, pad] of PLANES) {
        const pool = (x: tf.Tensor) => tf.avgPool(x as T4, size as number, strides as number, pad);
        expectExactDifferences({ shapes: [[2, 5, 6, 3]], f: pool }, [new Float32Array(180)], tolerance);
      }
    } finally {
      registerGradientKernels();
    }
    expect(corner()).toBe(16);
  });
});

describe("images resized from half-pixel centres", () => {
  // Weights round: of at most 60 products of whole numbers below 8, and their differences over 1/2.
  const tolerance = g(200, U32) * 60 * 8 * 8;
  for (const op of ["resizeBilinear", "resizeNearestNeighbor"] as const) {
    for (const size of [
      [5, 7],
      [2, 3],
      [1, 1],
      [3, 9],
      [3, 4],
    ] as [number, number][]) {
      // biome-ignore format: list
      for (const half of [true, false]) {
        test(`${op} to ${size}, ${half ? "half-pixel centres" : "corners"}`, () => {
          const f = (x: tf.Tensor) => tf.image[op](x as T4, size, false, half);
          expectExactDifferences({ shapes: [[2, 3, 4, 5]], f }, [new Float32Array(120)], tolerance);
        });
      }
    }
  }
});

describe("sums by segment", () => {
  test("ids out of range are dropped, rows of a segment are added", async () => {
    const x = noise32(7 * 5, 1);
    const ids = [2, 0, -1, 2, 3, 2 ** 31 - 1, 0];
    const sums = () => tf.tidy(() => tf.unsortedSegmentSum(tf.tensor(x, [7, 5]), tf.tensor1d(ids, "int32"), 3));
    const [ours, cpu] = [sums(), await on("cpu", sums)];
    expect(ours.shape).toEqual([3, 5]);
    const magnitudes = Float32Array.from({ length: 15 }, () => g(2, U32) * 8);
    expect(firstBeyond(ours.dataSync(), cpu.dataSync(), magnitudes)).toBe(-1);
    tf.dispose([ours, cpu]);
  });

  for (const [title, shape, f] of [
    ["gather of rows", [4, 3], (x) => tf.gather(x, tf.tensor1d([3, 0, 0, 2], "int32"))],
    ["gather along the last axis", [4, 3], (x) => tf.gather(x, tf.tensor2d([2, 0, 2, 1], [2, 2], "int32"), 1)],
    ["gather with a batch", [2, 3, 2], (x) => tf.gather(x, tf.tensor2d([2, 0, 2, 1], [2, 2], "int32"), 1, 1)],
  ] as [string, number[], (x: tf.Tensor) => tf.Tensor][]) {
    test(title, async () => {
      const inputs = [noise32(sizeOf(shape), 1)];
      const ours = differentiate({ shapes: [shape], f }, inputs, wholeSlope);
      const cpu = await on("cpu", () => differentiate({ shapes: [shape], f }, inputs, wholeSlope));
      expect([...(ours.gradients[0] as Float32Array)]).toEqual(
        [...(cpu.gradients[0] as Float32Array)].map((v) => v + 0),
      );
    });
  }
});

test("oneHot to float32 holds the numbers that it is given, nothing where the index is out of range", () => {
  const values = tf.tidy(() => [
    ...tf.oneHot(tf.tensor1d([1, 2, -1, 3], "int32"), 3, 0.75, 0.125, "float32").dataSync(),
  ]);
  expect(values).toEqual([0.125, 0.75, 0.125, 0.125, 0.125, 0.75, ...new Array(6).fill(0.125)]);
  const whole = tf.oneHot(tf.tensor1d([0, 1], "int32"), 2);
  expect([whole.dtype, [...whole.dataSync()]]).toEqual(["int32", [1, 0, 0, 1]]);
});

test("empty batches give gradients of zeros", () => {
  const f = (x: tf.Tensor, filter: tf.Tensor) => tf.conv2d(x as T4, filter as T4, 1, "same");
  const filter = tf.ones([3, 3, 2, 4]);
  const x = tf.zeros([0, 5, 5, 2]);
  const dy = tf.zeros([0, 5, 5, 4]);
  const attributes = { strides: 1, pad: "same", dataFormat: "NHWC" };
  const run = (name: string, inputs: Record<string, tf.Tensor>, more: object) =>
    tf.engine().runKernel(name, inputs, { ...attributes, ...more }) as tf.Tensor;
  expect(run("Conv2DBackpropFilter", { x, dy }, { filterShape: [3, 3, 2, 4] }).dataSync()).toEqual(
    new Float32Array(72),
  );
  expect(run("Conv2DBackpropInput", { dy, filter }, { inputShape: [0, 5, 5, 2] }).shape).toEqual([0, 5, 5, 2]);
  expect(tf.unsortedSegmentSum(tf.zeros([0, 3]), tf.tensor1d([], "int32"), 2).dataSync()).toEqual(new Float32Array(6));
  expect(tf.unsortedSegmentSum(tf.zeros([2, 3]), tf.tensor1d([0, 1], "int32"), 0).shape).toEqual([0, 3]);
  expect(typeof f).toBe("function");
});

test("infinities and numbers far apart in size take part in products as they are", async () => {
  const one: Case = { shapes: [[1, 3, 3, 1], [2, 2, 1, 1]], f: (x, w) => tf.conv2d(x as T4, w as T4, 1, "valid") }; // biome-ignore format: shapes
  const inputs = [new Float32Array(9).fill(1), Float32Array.of(1e30, 1e-10, 0, 1e-30)];
  const slope = (n: number) => new Float32Array(n).fill(1).fill(0, 1);
  expect([...(differentiate(one, inputs, slope).gradients[0] as Float32Array)].slice(0, 5)).toEqual(
    [1e30, 1e-10, 0, 0, 1e-30].map(Math.fround),
  );
  const infinite = [inputs[0] as Float32Array, Float32Array.of(Number.POSITIVE_INFINITY, 1, 1, 1)];
  const gradient = differentiate(one, infinite, (n) => new Float32Array(n).fill(1)).gradients[0] as Float32Array;
  expect(gradient[8]).toBe(1);
  expect(gradient[0]).toBe(Number.POSITIVE_INFINITY);
});
