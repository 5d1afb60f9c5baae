import { describe, expect, test } from "vitest";
import { BINARY } from "../oracle/broadcast.ts";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const FUNCTIONS = Object.entries(BINARY) as [keyof typeof BINARY, (a: number, b: number) => number][];
/** Slopes to a and b, as the kernel works them out. */
const SLOPES: Record<keyof typeof BINARY, (a: number, b: number) => [number, number]> = {
  sum: () => [1, 1],
  difference: () => [1, -1],
  product: (a, b) => [b, a],
  quotient: (a, b) => [1 / b, -a / b / b],
  largest: (a, b) => [a >= b ? 1 : 0, b > a ? 1 : 0],
  least: (a, b) => [a <= b ? 1 : 0, b < a ? 1 : 0],
  "squared difference": (a, b) => [2 * (a - b), 2 * (b - a)],
  power: (a, b) => [b * a ** (b - 1), a > 0 ? a ** b * Math.log(a) : 0],
};
/** Of an exponential, a logarithm of its exponent's size, and the products around them. */
const POWER = 24;
const ROWS = 3;
const f = Math.fround;

for (const build of BUILDS) {
  describe(build, () => {
    // Along the last axis both vary, or one; the rows are apart in both or in one.
    for (const [stepA, stepB] of [
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
    ] as const) {
      for (const n of around(4)) {
        test(`join_f32 and join_grad_f32, ${ROWS} x 2 x ${n}, strides ${stepA} and ${stepB}`, () => {
          // Rows of 2 x n or 2 x 1 numbers; b is the same for all rows.
          const [widthA, widthB] = [stepA ? n : 1, stepB ? n : 1];
          const a = noise32(ROWS * 2 * widthA, 1, 2).map(Math.abs);
          const b = noise32(2 * widthB, 2, 2).map((v) => Math.abs(v) + 0.5);
          if (widthA === widthB) a[0] = b[0] as number; // a tie
          const [dy, da, db] = [noise32(ROWS * 2 * n, 3), noise32(a.length, 4), noise32(b.length, 5)];
          const places = Array.from({ length: ROWS * 2 * n }, (_, i) => {
            const [outer, inner] = [Math.floor(i / n), i % n];
            return [outer * widthA + inner * stepA, (outer % 2) * widthB + inner * stepB] as const;
          });
          const host = new Host(build);
          const plan = host.i32(9, [0, 2 * widthA, 0, 2, widthA, widthB, n, stepA, stepB]);
          FUNCTIONS.forEach(([name, value], number) => {
            const [aAt, bAt, y] = [host.f32(a.length, a), host.f32(b.length, b), host.f32(ROWS * 2 * n)];
            host.run((k) => k.join_f32(number, ROWS, 3, plan.at, aAt.at, bAt.at, y.at), y);
            const exact = places.map(([i, j]) => value(a[i] as number, b[j] as number));
            if (name === "power") {
              const bound = exact.map((v) => gBoth(POWER) * (v + 1) + 2 ** -149);
              expect(firstBeyond(y.values(), exact, bound), name).toBe(-1);
            } else if (name === "squared difference") {
              const rounded = places.map(([i, j]) => f(f((a[i] as number) - (b[j] as number)) ** 2));
              expect(firstDifferent(y.values(), rounded), name).toBe(-1);
            } else expect(firstDifferent(y.values(), exact.map(f)), name).toBe(-1);

            for (const side of [0, 1] as const) {
              const start = side ? db : da;
              const [dyAt, dx] = [host.f32(dy.length, dy), host.f32(start.length, start)];
              const code = number + side * FUNCTIONS.length;
              host.run((k) => k.join_grad_f32(code, ROWS, 3, plan.at, aAt.at, bAt.at, dyAt.at, dx.at), dx);
              const sums = Float64Array.from(start);
              const sizes = Float64Array.from(start, Math.abs);
              places.forEach(([i, j], k) => {
                const to = side ? j : i;
                const [x, z] = [a[i] as number, b[j] as number];
                const term = (dy[k] as number) * SLOPES[name](x, z)[side];
                sums[to] = (sums[to] as number) + term;
                sizes[to] =
                  (sizes[to] as number) +
                  Math.abs(term) +
                  (name === "squared difference" ? Math.abs(dy[k] as number) * (x + z) : 0);
              });
              const roundings = ROWS * 2 * n + (name === "power" ? POWER : 6);
              const bound = sizes.map((size) => gBoth(roundings) * size + 2 ** -140);
              expect(firstBeyond(dx.values(), sums, bound), `${name}, side ${side}`).toBe(-1);
            }
          });
        });
      }
    }
  });
}
