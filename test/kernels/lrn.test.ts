import { describe, expect, test } from "vitest";
import { type Lrn, lrn, lrnGradient, single } from "../oracle/lrn.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { expectDerivative, inner, moved } from "../support/central.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { bounds, values } from "../support/running.ts";
import { around } from "../support/sizes.ts";
import { tf } from "../support/tfjs.ts";

const ALEXNET: Lrn = { radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 };
/** alpha large enough for the window to count: every way the power is taken, and a radius beyond the channels. */
const OPTIONS: readonly Lrn[] = [
  ALEXNET,
  { radius: 2, bias: 1, alpha: 0.5, beta: 0.75 },
  { radius: 1, bias: 0.25, alpha: 1, beta: 0.5 },
  { radius: 5, bias: 1, alpha: 1, beta: 1 },
  { radius: 3, bias: 0.5, alpha: 0.25, beta: 0.6 },
  { radius: 0, bias: 1, alpha: 1, beta: 2 },
];

const title = ({ radius, bias, alpha, beta }: Lrn) => `radius ${radius}, bias ${bias}, alpha ${alpha}, beta ${beta}`;

function forward(build: Build, rows: number, n: number, x: Float32Array, o: Lrn): Float32Array {
  const host = new Host(build);
  const [xAt, y, scratch] = [host.f32(rows * n, x), host.f32(rows * n), host.f32(n + 2 * o.radius)];
  host.run((k) => k.lrn_f32(rows, n, o.radius, o.bias, o.alpha, o.beta, xAt.at, y.at, scratch.at), y, scratch);
  return y.values();
}

function backward(
  build: Build,
  rows: number,
  n: number,
  [x, dy, dx]: readonly [Float32Array, Float32Array, Float32Array],
  o: Lrn,
): Float32Array {
  const host = new Host(build);
  const [xAt, dyAt, dxAt] = [host.f32(rows * n, x), host.f32(rows * n, dy), host.f32(rows * n, dx)];
  const scratch = host.f32(2 * (n + 2 * o.radius));
  host.run(
    (k) => k.lrn_grad_f32(rows, n, o.radius, o.bias, o.alpha, o.beta, xAt.at, dyAt.at, dxAt.at, scratch.at),
    dxAt,
    scratch,
  );
  return dxAt.values();
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const options of OPTIONS) {
      const o = single(options);
      for (const n of [...around(4), 96]) {
        test(`lrn_f32 and lrn_grad_f32 are within the bound of f64, ${n} channels, ${title(options)}`, () => {
          const rows = 3;
          const data = [noise32(rows * n, 1, 4), noise32(rows * n, 2), noise32(rows * n, 3)] as const;
          const [x, dy, dx] = data;
          const [y, slope] = [forward(build, rows, n, x, o), backward(build, rows, n, data, o)];
          for (let r = 0; r < rows; r++) {
            const row = (v: Float32Array) => v.subarray(r * n, (r + 1) * n);
            const judged = lrn(row(x), o);
            expect(firstBeyond(row(y), values(judged), bounds(judged))).toBe(-1);
            const judgedSlope = lrnGradient(row(x), row(dy), row(dx), o);
            expect(firstBeyond(row(slope), values(judgedSlope), bounds(judgedSlope))).toBe(-1);
          }
          expect(y).toHaveLength(rows * n);
        });
      }

      test(`a row has the same bits alone and among others, ${title(options)}`, () => {
        const [rows, n] = [5, 13];
        const data = [noise32(rows * n, 4, 4), noise32(rows * n, 5), noise32(rows * n, 6)] as const;
        const [y, slope] = [forward(build, rows, n, data[0], o), backward(build, rows, n, data, o)];
        for (let r = 0; r < rows; r++) {
          const row = (v: Float32Array) => v.slice(r * n, (r + 1) * n);
          expect(firstDifferent(forward(build, 1, n, row(data[0]), o), row(y))).toBe(-1);
          const alone = backward(build, 1, n, [row(data[0]), row(data[1]), row(data[2])], o);
          expect(firstDifferent(alone, row(slope))).toBe(-1);
        }
        expect(y.some(Number.isNaN)).toBe(false);
      });
    }

    test("lrn_f32 sums its window ascending, then takes roots of roots: Krizhevsky's numbers to the bit", () => {
      const { fround: f, sqrt } = Math;
      const [n, o] = [13, single(ALEXNET)];
      const x = noise32(n, 8, 100);
      const expected = Float32Array.from(x, (v, i) => {
        let s = 0;
        for (let j = Math.max(0, i - 2); j <= Math.min(n - 1, i + 2); j++) s = f(s + f((x[j] as number) ** 2));
        const r = f(sqrt(f(o.bias + f(o.alpha * s))));
        return f(v * f(1 / f(r * f(sqrt(r)))));
      });
      expect(firstDifferent(forward(build, 1, n, x, o), expected)).toBe(-1);
    });
  });
}

for (const options of OPTIONS) {
  test(`tf.localResponseNormalization on the cpu backend agrees within the two bounds, ${title(options)}`, () => {
    const [rows, n, o] = [6, 13, single(options)];
    const data = [noise32(rows * n, 7, 4), noise32(rows * n, 8), new Float32Array(rows * n)] as const;
    const [x, dy] = [tf.tensor4d(data[0], [1, 2, 3, n]), tf.tensor4d(data[1], [1, 2, 3, n])];
    const f = (v: tf.Tensor4D) => tf.localResponseNormalization(v, o.radius, o.bias, o.alpha, o.beta);
    const theirs = [
      f(x).dataSync(),
      tf
        .grad((v) => f(v as tf.Tensor4D))(x, dy)
        .dataSync(),
    ] as const;
    const ours = [forward("release", rows, n, data[0], o), backward("release", rows, n, data, o)] as const;
    for (let r = 0; r < rows; r++) {
      const row = (v: ArrayLike<number>) => Array.from(v).slice(r * n, (r + 1) * n);
      const judged = [lrn(row(data[0]), o), lrnGradient(row(data[0]), row(data[1]), row(data[2]), o)] as const;
      // tfjs computes each term in double precision and rounds the sums: it is no worse than the bound.
      for (const i of [0, 1] as const) {
        const bound = bounds(judged[i]).map((b) => 2 * b);
        expect(firstBeyond(row(theirs[i]), row(ours[i]), bound)).toBe(-1);
      }
    }
    expect(theirs[1]).toHaveLength(rows * n);
  });

  test(`the oracle's gradient is the slope of central differences, ${title(options)}`, () => {
    const n = 9;
    for (const seed of [1, 2, 3]) {
      const [x, dy, v] = [noise64(n, seed, 2), noise64(n, seed + 10), noise64(n, seed + 20)];
      const slope = values(lrnGradient(x, dy, new Float64Array(n), options));
      expectDerivative((t) => inner(values(lrn(moved(x, v, t), options)), dy), inner(slope, v), 2 * n);
    }
  });
}

test("the debug build traps on a bias that is not positive, a negative alpha, and no channel", () => {
  const { anywhere: kernels } = new Host("debug");
  const call = (n: number, bias: number, alpha: number) => () =>
    kernels.lrn_f32(1, n, 1, bias, alpha, 0.75, 1024, 2048, 4096);
  expect(call(4, 1, 1)).not.toThrow();
  for (const [n, bias, alpha] of [
    [0, 1, 1],
    [4, 0, 1],
    [4, 1, -1],
  ] as const) {
    expect(call(n, bias, alpha)).toThrow(WebAssembly.RuntimeError);
  }
});
