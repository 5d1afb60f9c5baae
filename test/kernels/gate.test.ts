import { describe, expect, test } from "vitest";
import { offset32 } from "../../src/wasm/index.ts";
import { GATES, type Gate, SELU_SCALE, SELU_SCALE_ALPHA } from "../oracle/gate.ts";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { floatsIn, title } from "../support/claims.ts";
import { GATE_CLAIMS } from "../support/gate-claims.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";
import { patternOf, sweep } from "../support/sweep.ts";

type Name = keyof typeof GATES;
const KERNELS = {
  elu: ["elu_f32", "elu_grad_f32"],
  selu: ["selu_f32", "selu_grad_f32"],
  hard_sigmoid: ["hard_sigmoid_f32", "hard_sigmoid_grad_f32"],
  softplus: ["softplus_f32", "softplus_grad_f32"],
  softsign: ["softsign_f32", "softsign_grad_f32"],
  swish: ["swish_f32", "swish_grad_f32"],
  gelu: ["gelu_f32", "gelu_grad_f32"],
} as const;
const NAMES = Object.keys(KERNELS) as Name[];

/** Prime, so that the samples meet every residue of the low bits. */
const STEP = 1009;
const NEAR = 1 << 12;

/** Where a function changes branch or kind. */
const EDGES = [0.34657359, 0.8813736, 2.5, 15, -0.34657359, -0.8813736, -2.5, -86, -12.5, -13.2, -15, -103.97208];

/**
 * Roundings in a slope. Softplus: a sigmoid of 2.41 ulps, which is 4.82 u. Swish: that in s and in 1 - s, four operations.
 * Selu: an exponential of 0.98 ulps, a constant and a product. Gelu: its distribution function is as good as gelu_f32,
 * 8.5 ulps and a product; the density has two exponentials and a constant.
 */
const ROUNDINGS: Record<Name, number> = {
  elu: 1,
  selu: 4,
  hard_sigmoid: 1,
  softplus: 5,
  softsign: 4,
  swish: 15,
  gelu: 20,
};

/** Floats on both sides of zero, close to it and far. */
function inputs(n: number, seed: number): Float32Array {
  return noise32(n, seed, 6).map((x, i) => (i % 3 === 2 ? x / 64 : x));
}

for (const build of BUILDS) {
  describe(build, () => {
    const shared = new Host(build);

    for (const claim of GATE_CLAIMS) {
      test(title(claim), () => {
        const worst = sweep(shared, claim.kernel, claim.f, claim.first, claim.last, STEP);
        expect(worst.count).toBe(Math.ceil(floatsIn(claim) / STEP));
        expect(worst.ulps, `at ${worst.at}`).toBeLessThanOrEqual(claim.ulps);
      });

      test(`${title(claim)}, without a gap near its edges`, () => {
        let looked = 0;
        const [low, high] = [patternOf(claim.first), patternOf(claim.last)];
        for (const edge of [claim.first, claim.last, ...EDGES]) {
          const at = patternOf(edge);
          if (at < low || at > high) continue;
          const [first, last] = [floatOf(Math.max(at - NEAR, low)), floatOf(Math.min(at + NEAR, high))];
          const worst = sweep(shared, claim.kernel, claim.f, first, last, 1);
          expect(worst.ulps, `at ${worst.at}`).toBeLessThanOrEqual(claim.ulps);
          looked += worst.count;
        }
        expect(looked).toBeGreaterThanOrEqual(2 * NEAR);
      });
    }

    for (const name of NAMES) {
      const gate: Gate = GATES[name];
      const [map, gradient] = KERNELS[name];

      for (const n of [0, ...around(4)]) {
        test(`${map} and ${gradient} give each of ${n} floats what it is given alone, the map in place, too`, () => {
          const host = new Host(build);
          const [x, dy, dx] = [inputs(n, n), noise32(n, 1), noise32(n, 2)];
          const [from, to, place, d, g] = [
            host.f32(n, x),
            host.f32(n),
            host.f32(n, x),
            host.f32(n, dy),
            host.f32(n, dx),
          ];
          host.run((k) => k[map](n, from.at, to.at), to);
          host.run((k) => k[map](n, place.at, place.at), place);
          host.run((k) => k[gradient](n, from.at, d.at, g.at), g);
          const alone = Array.from(x, (_, i) => {
            const [y, slope] = [host.f32(1), host.f32(1, dx.slice(i, i + 1))];
            host.run((k) => k[map](1, offset32(from.at, i), y.at), y);
            host.run((k) => k[gradient](1, offset32(from.at, i), offset32(d.at, i), slope.at), slope);
            return [y.values()[0], slope.values()[0]];
          });
          const column = (c: 0 | 1) => alone.map((pair) => pair[c]);
          expect(firstDifferent(to.values(), column(0))).toBe(-1);
          expect(firstDifferent(place.values(), column(0))).toBe(-1);
          expect(firstDifferent(g.values(), column(1))).toBe(-1);
        });
      }

      test(`${gradient} adds dy times the slope, within ${ROUNDINGS[name]} roundings of its terms, of f64`, () => {
        const host = new Host(build);
        const n = 20_003;
        const x = inputs(n, 3).filter((v) => gate.kinks.every((kink) => Math.abs(v - kink) > 1e-5));
        const [dy, dx] = [noise32(x.length, 4), noise32(x.length, 5)];
        const at = host.f32(x.length, x);
        if (name === "elu") host.kernels.elu_f32(x.length, at.at, at.at);
        const from = name === "elu" ? at.values() : x;
        const [d, g] = [host.f32(x.length, dy), host.f32(x.length, dx)];
        host.run((k) => k[gradient](x.length, at.at, d.at, g.at), g);
        // elu's slope is taken from its output, which is what it is.
        const slope = name === "elu" ? (y: number) => (y < 0 ? y + 1 : 1) : gate.slope;
        const oracle = Array.from(from, (v, i) => (dx[i] as number) + (dy[i] as number) * slope(v));
        const bound = Array.from(from, (v, i) => {
          const terms = Math.abs(dy[i] as number) * gate.magnitude(v);
          return gBoth(ROUNDINGS[name] + 2) * (Math.abs(dx[i] as number) + terms) + 2 ** -149;
        });
        expect(firstBeyond(g.values(), oracle, bound)).toBe(-1);
        expect(x.length).toBeGreaterThan(n - 10);
      });

      test(`the oracle's slope of ${name} is that of central differences, within what its curvature allows`, () => {
        const h = 2 ** -18;
        const points = inputs(500, 6).filter((v) => gate.kinks.every((kink) => Math.abs(v - kink) > 2 * h));
        for (const x of points) {
          const measured = (gate.f(x + h) - gate.f(x - h)) / (2 * h);
          // The slope changes by at most `curved` times h on either side.
          expect(Math.abs(measured - gate.slope(x)), `${x}`).toBeLessThanOrEqual(gate.curved * h + 1e-14 / h);
          expect(Math.abs(gate.slope(x))).toBeLessThanOrEqual(gate.steepest);
        }
        expect(points.length).toBeGreaterThan(450);
      });

      test(`${map} keeps NaN`, () => {
        const x = shared.f32(5, new Float32Array(5).fill(Number.NaN));
        shared.run((k) => k[map](5, x.at, x.at), x);
        expect(x.values().every(Number.isNaN)).toBe(true);
      });
    }

    test("hard_sigmoid_f32 is its line between 0 and 1, each operation rounded; its gradient passes at the ends", () => {
      const f = Math.fround;
      const x = Float32Array.from([...inputs(4001, 8), -2.5, 2.5, -2.5000002, 2.5000002, -1e30, 1e30, 0]);
      const [from, to] = [shared.f32(x.length, x), shared.f32(x.length)];
      shared.run((k) => k.hard_sigmoid_f32(x.length, from.at, to.at), to);
      const line = x.map((v) => f(f(f(0.2) * v) + 0.5));
      expect(
        firstDifferent(
          to.values(),
          line.map((v) => Math.min(Math.max(v, 0), 1)),
        ),
      ).toBe(-1);
      const [d, g] = [
        shared.f32(x.length, new Float32Array(x.length).fill(1)),
        shared.f32(x.length, new Float32Array(x.length)),
      ];
      shared.run((k) => k.hard_sigmoid_grad_f32(x.length, from.at, d.at, g.at), g);
      expect(
        firstDifferent(
          g.values(),
          line.map((v) => (v >= 0 && v <= 1 ? 0.2 : 0)),
        ),
      ).toBe(-1);
    });

    test("at zero the slopes are those of tfjs: elu 1, selu that of its exponential", () => {
      const slopeAtZero = (gradient: "elu_grad_f32" | "selu_grad_f32") => {
        const [x, d, g] = [shared.f32(1, [0]), shared.f32(1, [1]), shared.f32(1, [0])];
        shared.run((k) => k[gradient](1, x.at, d.at, g.at), g);
        return g.values()[0];
      };
      expect(slopeAtZero("elu_grad_f32")).toBe(1);
      expect(slopeAtZero("selu_grad_f32")).toBe(Math.fround(SELU_SCALE_ALPHA));
      const one = shared.f32(1, [1]);
      shared.run((k) => k.selu_f32(1, one.at, one.at), one);
      expect(one.values()[0]).toBe(Math.fround(SELU_SCALE));
    });
  });
}

/** The float of a bit pattern. */
function floatOf(pattern: number): number {
  return new Float32Array(Uint32Array.of(pattern).buffer)[0] as number;
}
