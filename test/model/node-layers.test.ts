/** Layers for what nodes compute: matrix products, resizing, softmax and standardising over any axes. */
import { describe, expect, test } from "vitest";
import { LAYERS, type Layer, type MappedOperation, sizeOf } from "../../src/model/layers/index.ts";
import { MatrixMerge, MatrixOperation } from "../../src/model/layers/matmul.ts";
import { messageOf } from "../message-of.ts";
import { joined, placeOf, sourcesOf, stretchedShape } from "../oracle/broadcast.ts";
import { firstBeyond, firstDifferent, g, U32 } from "../support/bounds.ts";
import { expectColumns } from "../support/columns.ts";
import { LayerHost } from "../support/layer-host.ts";
import { noise32 } from "../support/noise.ts";
import { OperationHost } from "../support/operation-host.ts";

type Shape = readonly number[];
const ROWS = 3;
const cut = (x: Float32Array, r: number): Float32Array => x.slice((r * x.length) / ROWS, ((r + 1) * x.length) / ROWS);

/** a [..., m, k] b [..., k, n] in double precision. */
function product(a: ArrayLike<number>, b: ArrayLike<number>, [left, right]: readonly [Shape, Shape]): number[] {
  const fronts = [left.slice(0, -2), right.slice(0, -2)] as const;
  const front = stretchedShape(fronts);
  const [m, k, n] = [left.at(-2), left.at(-1), right.at(-1)] as [number, number, number];
  const [from, to] = [sourcesOf(fronts[0], front), sourcesOf(fronts[1], front)];
  return from.flatMap((at, f) =>
    Array.from({ length: m * n }, (_, i) => {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        const [x, y] = [a[at * m * k + Math.floor(i / n) * k + p], b[(to[f] as number) * k * n + p * n + (i % n)]];
        sum += (x as number) * (y as number);
      }
      return sum;
    }),
  );
}

describe("products of matrices", () => {
  for (const shapes of [
    [
      [3, 4],
      [4, 5],
    ],
    [
      [1, 7],
      [7, 1],
    ],
    [
      [2, 3, 4],
      [2, 4, 9],
    ],
    [
      [2, 3, 4],
      [4, 5],
    ],
    [
      [3, 4],
      [2, 4, 5],
    ],
    [
      [2, 1, 5, 3],
      [3, 3, 2],
    ],
    [
      [9, 13],
      [13, 8],
    ],
  ] as readonly [Shape, Shape][]) {
    const [left, right] = shapes;
    const words = `[${left.join(", ")}] and [${right.join(", ")}]`;
    const terms = (left.at(-1) as number) * 6;

    test(`of two values ${words}: outputs, gradients, rows alone`, () => {
      const host = new OperationHost();
      const merge = new MatrixMerge(host.workspace, shapes);
      const xs = [noise32(ROWS * sizeOf(left), 1), noise32(ROWS * sizeOf(right), 2)] as [Float32Array, Float32Array];
      const dy = noise32(ROWS * merge.outputSize, 3);
      const y = host.forward(merge, ROWS, xs);
      const dxs = host.gradient(merge, ROWS, xs, dy) as [Float32Array, Float32Array];
      for (let r = 0; r < ROWS; r++) {
        const own = [cut(xs[0], r), cut(xs[1], r)] as [Float32Array, Float32Array];
        const sizes = product(own[0].map(Math.abs), own[1].map(Math.abs), shapes);
        expect(
          firstBeyond(
            cut(y, r),
            product(...own, shapes),
            sizes.map((size) => g(terms, U32) * size),
          ),
        ).toBe(-1);
        expect(firstDifferent(host.forward(merge, 1, own), cut(y, r))).toBe(-1);
        const alone = host.gradient(merge, 1, own, cut(dy, r)) as [Float32Array, Float32Array];
        expect(firstDifferent([...alone[0], ...alone[1]], [...cut(dxs[0], r), ...cut(dxs[1], r)])).toBe(-1);
      }
      const n = own0(xs).length;
      const f = (v: Float64Array) => product(v.subarray(0, n), v.subarray(n), shapes);
      const gradient = [...cut(dxs[0], 0), ...cut(dxs[1], 0)];
      expectColumns(f, [...own0(xs), ...cut(xs[1], 0)], cut(dy, 0), gradient, 40);
    });

    for (const isFirst of [false, true]) {
      test(`of a value and a matrix, ${words}, the ${isFirst ? "matrix" : "value"} first`, () => {
        const host = new OperationHost();
        const [shape, fixed] = isFirst ? [right, left] : [left, right];
        const numbers = noise32(sizeOf(fixed), 4);
        const matrix = host.parameter("it/constant", fixed, numbers);
        const operation = new MatrixOperation(host.workspace, shape, matrix, isFirst);
        const x = noise32(ROWS * sizeOf(shape), 5);
        const dy = noise32(ROWS * operation.outputSize, 6);
        const f = (value: ArrayLike<number>, array: ArrayLike<number>) =>
          isFirst ? product(array, value, shapes) : product(value, array, shapes);
        const y = host.forward(operation, ROWS, [x]);
        const [dx] = host.gradient(operation, ROWS, [x], dy) as [Float32Array];
        const sizes = f(cut(x, 1).map(Math.abs), numbers.map(Math.abs));
        expect(
          firstBeyond(
            cut(y, 1),
            f(cut(x, 1), numbers),
            sizes.map((size) => g(terms, U32) * size),
          ),
        ).toBe(-1);
        expect(firstDifferent(host.forward(operation, 1, [cut(x, 2)]), cut(y, 2))).toBe(-1);
        expectColumns((v) => f(v, numbers), cut(x, 1), cut(dy, 1), cut(dx, 1), 40);
        const all = (array: Float64Array) => [0, 1, 2].flatMap((r) => f(cut(x, r), array));
        expectColumns(all, numbers, dy, host.parameterGradient(operation, matrix, x, dy), 120);
      });
    }
  }

  test("matrices that do not fit are refused", () => {
    const { workspace } = new OperationHost();
    expect(
      messageOf(
        () =>
          new MatrixMerge(workspace, [
            [2, 3],
            [2, 3],
          ]),
      ),
    ).toBe("matrix product: expected matrices [..., m, k] and [..., k, n], got [2, 3] and [2, 3]");
    expect(messageOf(() => new MatrixMerge(workspace, [[3], [3, 2]]))).toMatch(/got \[3\] and \[3, 2\]$/);
  });
});

const own0 = (xs: readonly [Float32Array, Float32Array]): Float32Array => cut(xs[0], 0);

/** A layer's operations one after another. */
function run(
  host: OperationHost,
  layer: Layer,
  x: Float32Array,
  dy: Float32Array,
): { y: Float32Array; dx: Float32Array } {
  const values = [x];
  for (const operation of layer.operations) values.push(host.forward(operation, ROWS, [values.at(-1) as Float32Array]));
  let slope = dy;
  for (let i = layer.operations.length - 1; i >= 0; i--) {
    [slope] = host.gradient(layer.operations[i] as MappedOperation, ROWS, [values[i] as Float32Array], slope) as [
      Float32Array,
    ];
  }
  return { y: values.at(-1) as Float32Array, dx: slope };
}

function judge(
  className: string,
  config: object,
  shape: Shape,
  f: (x: ArrayLike<number>) => number[],
  roundings: number,
  size: number,
) {
  const host = new OperationHost();
  const layer = (LAYERS[className] as (typeof LAYERS)[string])({ name: "it", ...config }, shape, host.workspace);
  layer.parametersChanged?.();
  const n = sizeOf(shape);
  const [x, dy] = [noise32(ROWS * n, 1, 2), noise32(ROWS * sizeOf(layer.outputShape), 2)];
  const { y, dx } = run(host, layer, x, dy);
  for (let r = 0; r < ROWS; r++) {
    const exact = f(cut(x, r));
    expect(
      firstBeyond(
        cut(y, r),
        exact,
        exact.map(() => g(roundings, U32) * size),
      ),
    ).toBe(-1);
  }
  expectColumns(f, cut(x, 0), cut(dy, 0), cut(dx, 0), 64 * roundings + sizeOf(layer.outputShape));
  return layer;
}

/** Lists of the elements that share all places but those along some axes; each is replaced by a list of as many. */
function along(shape: Shape, axes: readonly number[], f: (list: number[]) => number[]) {
  return (x: ArrayLike<number>): number[] => {
    const groups = new Map<string, number[]>();
    for (let i = 0; i < sizeOf(shape); i++) {
      const key = placeOf(shape, i)
        .filter((_, axis) => !axes.includes(axis))
        .join();
      groups.set(key, [...(groups.get(key) ?? []), i]);
    }
    const y = new Array<number>(sizeOf(shape));
    for (const places of groups.values()) {
      f(places.map((i) => x[i] as number)).forEach((value, k) => {
        y[places[k] as number] = value;
      });
    }
    return y;
  };
}

const softmax = (list: number[]): number[] => {
  const total = list.reduce((sum, v) => sum + Math.exp(v), 0);
  return list.map((v) => Math.exp(v) / total);
};

describe("over any axis", () => {
  for (const axis of [0, 1, 2, -1]) {
    const at = axis < 0 ? 2 : axis;
    test(`softmax and its logarithm over axis ${axis}`, () => {
      const given = { axis: axis < 0 ? axis : axis + 1 };
      judge("Softmax", given, [3, 4, 5], along([3, 4, 5], [at], softmax), 24, 1);
      const layer = judge(
        "LogSoftmax",
        given,
        [3, 4, 5],
        along([3, 4, 5], [at], (list) => softmax(list).map(Math.log)),
        24,
        8,
      );
      expect(layer.config.axis).toBe(at + 1);
    });
  }

  for (const axes of [[2], [0, 1], [1], [0, 1, 2], [0, 2]]) {
    test(`standardised over [${axes.join(", ")}]`, () => {
      const epsilon = 0.1;
      const f = (list: number[]) => {
        const mean = list.reduce((sum, v) => sum + v, 0) / list.length;
        const variance = list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / list.length;
        return list.map((v) => (v - mean) / Math.sqrt(variance + epsilon));
      };
      judge("Standardise", { axes, epsilon }, [3, 4, 5], along([3, 4, 5], axes, f), 150, 4);
    });
  }

  test("with a scale and an offset for each channel", () => {
    const host = new LayerHost(
      "Standardise",
      { axes: [0, 1], epsilon: 0.1, scale_shape: [3], offset_shape: [1, 1, 3] },
      [2, 4, 3],
    );
    const plain = new LayerHost("Standardise", { axes: [0, 1], epsilon: 0.1 }, [2, 4, 3]);
    const weights = [noise32(3, 1), noise32(3, 2)] as [Float32Array, Float32Array];
    host.set(...weights);
    plain.set();
    const x = noise32(24, 3);
    const expected = joined(
      (a, b) => Math.fround(a + b),
      [joined((a, b) => Math.fround(a * b), [plain.forward(x), weights[0]], [[2, 4, 3], [3]]), weights[1]],
      [[2, 4, 3], [3]],
    );
    expect(firstDifferent(host.forward(x), expected)).toBe(-1);
    expect(messageOf(() => new LayerHost("Standardise", { axes: [0], scale_shape: [2, 2, 4, 3] }, [2, 4, 3]))).toMatch(
      /^it scale_shape: expected a shape that stretches/,
    );
  });
});

describe("resizing", () => {
  const [h, w, c] = [4, 5, 2];
  const places = {
    "half pixel": (i: number, m: number, n: number) => ((i + 0.5) * m) / n - 0.5,
    corners: (i: number, m: number, n: number) => (n === 1 ? 0 : (i * (m - 1)) / (n - 1)),
    corner: (i: number, m: number, n: number) => (i * m) / n,
  };
  const roundings = {
    floor: Math.floor,
    "half down": (v: number) => Math.ceil(v - 0.5),
    "half up": (v: number) => Math.floor(v + 0.5),
    ceil: Math.ceil,
  };
  const clamp = (i: number, n: number) => Math.min(Math.max(i, 0), n - 1);

  for (const [name, place] of Object.entries(places)) {
    for (const extents of [
      [8, 10],
      [7, 3],
      [4, 9],
      [1, 1],
    ] as const) {
      test(`linear, ${name}, to ${extents.join(" x ")}`, () => {
        const f = (x: ArrayLike<number>) => {
          const at = (i: number, j: number, k: number) => x[(clamp(i, h) * w + clamp(j, w)) * c + k] as number;
          return Array.from({ length: extents[0] * extents[1] * c }, (_, n) => {
            const [i, j, k] = placeOf([...extents, c], n) as [number, number, number];
            const [row, column] = [place(i, h, extents[0]), place(j, w, extents[1])];
            const [top, left] = [Math.floor(row), Math.floor(column)];
            const [down, right] = [row - top, column - left];
            const above = at(top, left, k) * (1 - right) + at(top, left + 1, k) * right;
            return above * (1 - down) + (at(top + 1, left, k) * (1 - right) + at(top + 1, left + 1, k) * right) * down;
          });
        };
        judge("Resize", { extents, method: "linear", places: name }, [h, w, c], f, 12, 2);
      });

      for (const [rounding, round] of Object.entries(roundings)) {
        test(`nearest, ${name}, ${rounding}, to ${extents.join(" x ")}`, () => {
          // Halves are exact in double precision here, but for places that are no binary fractions near a whole number.
          const near = (v: number) => (Math.abs(v - Math.round(2 * v) / 2) < 1e-9 ? Math.round(2 * v) / 2 : v);
          const f = (x: ArrayLike<number>) =>
            Array.from({ length: extents[0] * extents[1] * c }, (_, n) => {
              const [i, j, k] = placeOf([...extents, c], n) as [number, number, number];
              const row = clamp(round(near(place(i, h, extents[0]))), h);
              const column = clamp(round(near(place(j, w, extents[1]))), w);
              return x[(row * w + column) * c + k] as number;
            });
          judge("Resize", { extents, method: "nearest", places: name, rounding }, [h, w, c], f, 0, 1);
        });
      }
    }
  }
});
