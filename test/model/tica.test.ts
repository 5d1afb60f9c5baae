/** Reconstruction TICA: its objective and gradient beside a scalar f64 version, whatever the number of rows is divided into. */
import { expect, test } from "vitest";
import "../../src/index.ts";
import { ReconstructionTica, type TicaShape } from "../../src/model/tica.ts";
import { noise32 } from "../support/noise.ts";

const TERMS = { lambda: 0.3, epsilon: 0.05 };

/** The objective as the paper writes it: |W2 W1^T x - x|^2 + lambda sum_j sqrt(epsilon + H_j (W1^T x)^2), summed over rows. */
function objective(
  { input, field, stride, maps, pool }: TicaShape,
  parameters: Float64Array,
  rows: Float32Array,
): number {
  const [h, w, c] = input;
  const [oh, ow] = [Math.floor((h - field) / stride) + 1, Math.floor((w - field) / stride) + 1];
  const taps = field * field * c;
  const half = oh * ow * taps * maps;
  let value = 0;
  for (let r = 0; r < rows.length / (h * w * c); r++) {
    const x = Array.from(rows.subarray(r * h * w * c, (r + 1) * h * w * c));
    const code = new Float64Array(oh * ow * maps);
    const rebuilt = new Float64Array(x.length);
    const each = (use: (p: number, t: number, pixel: number) => void) => {
      for (let p = 0; p < oh * ow; p++) {
        for (let t = 0; t < taps; t++) {
          const [u, v, channel] = [Math.floor(t / (field * c)), Math.floor(t / c) % field, t % c];
          const [i, j] = [Math.floor(p / ow) * stride + u, (p % ow) * stride + v];
          use(p, t, (i * w + j) * c + channel);
        }
      }
    };
    each((p, t, pixel) => {
      for (let m = 0; m < maps; m++) {
        code[p * maps + m] =
          (code[p * maps + m] as number) + (parameters[(p * taps + t) * maps + m] as number) * (x[pixel] as number);
      }
    });
    each((p, t, pixel) => {
      for (let m = 0; m < maps; m++) {
        rebuilt[pixel] =
          (rebuilt[pixel] as number) +
          (parameters[half + (p * taps + t) * maps + m] as number) * (code[p * maps + m] as number);
      }
    });
    value += x.reduce((sum, one, i) => sum + ((rebuilt[i] as number) - one) ** 2, 0);
    for (let i = 0; i + pool <= oh; i++) {
      for (let j = 0; j + pool <= ow; j++) {
        for (let m = 0; m < maps; m++) {
          let squares = TERMS.epsilon;
          for (let u = 0; u < pool; u++) {
            for (let v = 0; v < pool; v++) squares += (code[((i + u) * ow + j + v) * maps + m] as number) ** 2;
          }
          value += TERMS.lambda * Math.sqrt(squares);
        }
      }
    }
  }
  return value;
}

for (const shape of [
  { input: [6, 6, 1], field: 3, stride: 1, maps: 2, pool: 2 },
  { input: [7, 6, 2], field: 3, stride: 2, maps: 3, pool: 1 },
  { input: [5, 5, 3], field: 5, stride: 1, maps: 9, pool: 1 },
] as const satisfies TicaShape[]) {
  test(`value and gradient are those of the formula, ${JSON.stringify(shape)}`, () => {
    const tica = new ReconstructionTica(shape, TERMS);
    const parameters = Float64Array.from(noise32(tica.parameterCount, 5), (v) => v / 2);
    tica.setParameters(parameters);
    const at = Float64Array.from(tica.getParameters());
    const rows = noise32(70 * tica.inputSize, 6);
    const { error, pooled, gradient } = tica.parameterGradient(rows);
    const value = objective(shape, at, rows);
    // f32 sums of at most 150 products, each relative to its terms: g(150) = 150 2^-24 = 1e-5 of them.
    expect(Math.abs(error + TERMS.lambda * pooled - value)).toBeLessThan(2e-5 * value);
    for (let k = 0; k < 6; k++) {
      const direction = Float64Array.from(noise32(at.length, 20 + k));
      const step = 1e-4;
      const moved = (sign: number) =>
        objective(
          shape,
          at.map((v, i) => v + sign * step * (direction[i] as number)),
          rows,
        );
      const slope = (moved(1) - moved(-1)) / (2 * step);
      const found = gradient.reduce((sum, g, i) => sum + g * (direction[i] as number), 0);
      const size = gradient.reduce((sum, g, i) => sum + Math.abs(g * (direction[i] as number)), 0);
      // The same rounding, and step^2 of the third derivative.
      expect(Math.abs(found - slope)).toBeLessThan(3e-5 * size);
    }
  });
}

test("refuses terms that make the root not smooth", () => {
  const shape = { input: [4, 4, 1], field: 2, stride: 1, maps: 1, pool: 1 } as const;
  expect(() => new ReconstructionTica(shape, { lambda: -1, epsilon: 1 })).toThrow(
    "lambda: expected a finite number >= 0, got -1",
  );
  expect(() => new ReconstructionTica(shape, { lambda: 1, epsilon: 0 })).toThrow(
    /^epsilon: expected a finite number >= 5e-324, got 0/,
  );
});
