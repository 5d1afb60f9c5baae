import { describe, expect, test } from "vitest";
import { CLAIMS, floatsIn, title } from "../support/claims.ts";
import { BUILDS, Host } from "../support/host.ts";
import { patternOf, sweep } from "../support/sweep.ts";

/** Prime, so that the samples meet every residue of the low bits. */
const STEP = 397;
/** Floats looked at without a gap on either side of an edge. */
const NEAR = 1 << 14;

/** Where a function changes branch, scale or kind. */
const EDGES = {
  exp_f32: [0.34657359, 1.03972077, 88.029691, 88.722831, -0.34657359, -87.336544, -103.97208, -103.2789],
  log_f32: [Math.SQRT1_2, 1, Math.SQRT2, 2, 2 ** -126, 2 ** -149],
  tanh_f32: [0.625, -0.625, 9.01, -9.01, 2 ** -12, -(2 ** -12)],
  sigmoid_f32: [2 ** -24, 16.635532, -(2 ** -24), 86, -86, -87.336544, -88.722831, -103.97208],
} as const;

const INFINITY = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;
const LEAST = 2 ** -149;
const LARGEST = 3.4028234663852886e38;

/** [x, f(x)], compared with Object.is. */
const SPECIAL = {
  exp_f32: [
    [NAN, NAN],
    [INFINITY, INFINITY],
    [-INFINITY, 0],
    [0, 1],
    [-0, 1],
    [LEAST, 1],
    [-LEAST, 1],
    [88.72283935546875, INFINITY], // the first float to overflow
    [89, INFINITY],
    [89.00001, INFINITY],
    [128, INFINITY],
    [LARGEST, INFINITY],
    [-103.97207641601562, LEAST], // the last that does not vanish
    [-103.97208404541016, 0],
    [-LARGEST, 0],
  ],
  log_f32: [
    [NAN, NAN],
    [INFINITY, INFINITY],
    [-INFINITY, NAN],
    [0, -INFINITY],
    [-0, -INFINITY],
    [1, 0],
    [-1, NAN],
    [-LEAST, NAN],
    [LEAST, Math.fround(Math.log(LEAST))],
  ],
  tanh_f32: [
    [NAN, NAN],
    [INFINITY, 1],
    [-INFINITY, -1],
    [0, 0],
    [-0, -0],
    [LEAST, LEAST],
    [-LEAST, -LEAST],
    [2 ** -126, 2 ** -126],
    [LARGEST, 1],
    [-LARGEST, -1],
  ],
  sigmoid_f32: [
    [NAN, NAN],
    [INFINITY, 1],
    [-INFINITY, 0],
    [0, 0.5],
    [-0, 0.5],
    [LEAST, 0.5],
    [-LEAST, 0.5],
    [LARGEST, 1],
    [-LARGEST, 0],
    [-103.97207641601562, LEAST],
    [-103.97208404541016, 0],
  ],
} as const;

for (const build of BUILDS) {
  describe(build, () => {
    const host = new Host(build);

    for (const claim of CLAIMS) {
      test(title(claim), () => {
        const worst = sweep(host, claim.kernel, claim.f, claim.first, claim.last, STEP);
        expect(worst.count).toBe(Math.ceil(floatsIn(claim) / STEP));
        expect(worst.ulps, `at ${worst.at}`).toBeLessThanOrEqual(claim.ulps);
      });

      test(`${title(claim)}, without a gap near its edges`, () => {
        let looked = 0;
        const [low, high] = [patternOf(claim.first), patternOf(claim.last)];
        for (const edge of [claim.first, claim.last, ...EDGES[claim.kernel]]) {
          const at = patternOf(edge);
          if (at < low || at > high) continue;
          const first = floatOf(Math.max(at - NEAR, low));
          const last = floatOf(Math.min(at + NEAR, high));
          const worst = sweep(host, claim.kernel, claim.f, first, last, 1);
          expect(worst.ulps, `at ${worst.at}`).toBeLessThanOrEqual(claim.ulps);
          looked += worst.count;
        }
        expect(looked).toBeGreaterThanOrEqual(3 * NEAR);
      });
    }

    for (const kernel of ["exp_f32", "log_f32", "tanh_f32", "sigmoid_f32"] as const) {
      test(`${kernel} of NaN, the infinities, zeros, subnormals and the ends of its range is exact`, () => {
        for (const [input, output] of SPECIAL[kernel]) {
          const x = host.f32(5, new Float32Array(5).fill(input)); // body and tail
          host.run((k) => k[kernel](5, x.at, x.at), x);
          for (const y of x.values()) expect(Object.is(y, output), `${kernel}(${input}) is ${y}`).toBe(true);
        }
        expect(SPECIAL[kernel].length).toBeGreaterThan(8);
      });
    }

    test("sigmoid_f32 gives eight numbers the bits that each has alone, whatever the others are", () => {
      const around = [0, 1, -2.5, 85.99999, -86, -86.00001, 90, -95, -103.9, NAN, INFINITY, -INFINITY, -0, LEAST];
      for (const [i, first] of around.entries()) {
        const values = Float32Array.from({ length: 8 }, (_, at) =>
          at % 3 === 0 ? first : (around[(i + at) % 14] as number),
        );
        const all = host.f32(8, values);
        host.run((k) => k.sigmoid_f32(8, all.at, all.at), all);
        for (const [at, x] of values.entries()) {
          const one = host.f32(1, [x]);
          host.run((k) => k.sigmoid_f32(1, one.at, one.at), one);
          expect(Object.is(all.values()[at], one.values()[0]), `of ${x}`).toBe(true);
        }
      }
      expect(around).toHaveLength(14);
    });

    test("tanh_f32 is odd to the bit", () => {
      const n = 4096;
      const values = Float32Array.from({ length: n }, (_, i) => floatOf(i * 300_007));
      const plus = host.f32(n, values);
      const minus = host.f32(
        n,
        values.map((x) => -x),
      );
      host.run((k) => k.tanh_f32(n, plus.at, plus.at), plus);
      host.run((k) => k.tanh_f32(n, minus.at, minus.at), minus);
      const [up, down] = [plus.values(), minus.values()];
      let finite = 0;
      for (let i = 0; i < n; i++) {
        expect(Object.is(up[i], -(down[i] as number))).toBe(true);
        if (up[i] !== 0 && up[i] !== 1) finite++;
      }
      expect(finite).toBeGreaterThan(n / 4);
    });
  });
}

/** The float of a bit pattern. */
function floatOf(pattern: number): number {
  return new Float32Array(Uint32Array.of(pattern).buffer)[0] as number;
}
