import { describe, expect, test } from "vitest";
import { adam, type Slot, sgd } from "../oracle/optimizer.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const f = Math.fround;
const U = 2 ** -24;
const FLOOR = 2 ** -100;

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, ...around(4)]) {
      for (const nesterov of [false, true]) {
        test(`sgd_f32 is its formula in f32, to the bit, n = ${n}, nesterov ${nesterov}`, () => {
          const host = new Host(build);
          const [w, g, v] = [noise32(n, 1), noise32(n, 2), noise32(n, 3)];
          const [wAt, gAt, vAt] = [host.f32(n, w), host.f32(n, g), host.f32(n, v)];
          const [rate, momentum, decay] = [f(0.1), f(0.9), f(1e-3)];
          host.run((k) => k.sgd_f32(n, rate, momentum, nesterov ? 1 : 0, decay, wAt.at, gAt.at, vAt.at), wAt, vAt);
          for (let i = 0; i < n; i++) {
            const d = f((g[i] as number) + f(decay * (w[i] as number)));
            v[i] = f(f(momentum * (v[i] as number)) + d);
            const step = nesterov ? f(d + f(momentum * (v[i] as number))) : (v[i] as number);
            w[i] = f((w[i] as number) - f(rate * step));
          }
          expect(firstDifferent(vAt.values(), v)).toBe(-1);
          expect(firstDifferent(wAt.values(), w)).toBe(-1);
        });
      }

      test(`adam_f32 is its formula in f32, to the bit, n = ${n}`, () => {
        const host = new Host(build);
        const [w, g, m] = [noise32(n, 4), noise32(n, 5), noise32(n, 6)];
        const v = noise32(n, 7).map(Math.abs);
        const [wAt, gAt, mAt, vAt] = [host.f32(n, w), host.f32(n, g), host.f32(n, m), host.f32(n, v)];
        const [rate, r1, r2, unbias, epsilon, decay] = [f(0.05), f(0.1), f(0.001), f(250), f(1e-8), f(1e-2)];
        host.run(
          (k) => k.adam_f32(n, rate, r1, r2, unbias, epsilon, decay, wAt.at, gAt.at, mAt.at, vAt.at),
          wAt,
          mAt,
          vAt,
        );
        for (let i = 0; i < n; i++) {
          const d = f((g[i] as number) + f(decay * (w[i] as number)));
          m[i] = f((m[i] as number) + f(r1 * f(d - (m[i] as number))));
          v[i] = f((v[i] as number) + f(r2 * f(f(d * d) - (v[i] as number))));
          const spread = f(f(Math.sqrt(f((v[i] as number) * unbias))) + epsilon);
          w[i] = f((w[i] as number) - f(f(rate * (m[i] as number)) / spread));
        }
        expect(firstDifferent(mAt.values(), m)).toBe(-1);
        expect(firstDifferent(vAt.values(), v)).toBe(-1);
        expect(firstDifferent(wAt.values(), w)).toBe(-1);
      });
    }

    test("averages of a gradient that stays away end at 0, not at subnormal numbers", () => {
      const host = new Host(build);
      const n = 5;
      const faint = new Float32Array(n).fill(FLOOR * 1.05);
      const [w, g] = [host.f32(n, noise32(n, 8)), host.f32(n, new Float32Array(n))];
      const [v, m, second] = [host.f32(n, faint), host.f32(n, faint), host.f32(n, faint)];
      host.run((k) => k.sgd_f32(n, 0.1, 0.9, 0, 0, w.at, g.at, v.at), w, v);
      host.run((k) => k.adam_f32(n, 0.1, 0.1, 0.1, 1, 1e-8, 0, w.at, g.at, m.at, second.at), w, m, second);
      for (const block of [v, m, second]) expect([...block.values()]).toEqual([0, 0, 0, 0, 0]);
    });

    test("fifty steps of each stay with their f64 twins", () => {
      const host = new Host(build);
      const n = 7;
      const start = noise32(n, 9);
      const [a, b, g] = [host.f32(n, start), host.f32(n, start), host.f32(n)];
      const [velocity, m, v] = [
        host.f32(n, new Float32Array(n)),
        host.f32(n, new Float32Array(n)),
        host.f32(n, new Float32Array(n)),
      ];
      let plain: Slot[] = Array.from(start, (w) => ({ w, m: 0, v: 0 }));
      let adaptive = plain;
      const [rate, beta1, beta2] = [0.01, 0.9, 0.999];
      let [p1, p2] = [1, 1];
      for (let t = 1; t <= 50; t++) {
        const gradient = noise32(n, 100 + t);
        g.row(0).set(gradient);
        p1 *= beta1;
        p2 *= beta2;
        host.run((k) => k.sgd_f32(n, rate, 0.9, 1, 1e-3, a.at, g.at, velocity.at), a, velocity);
        host.run(
          (k) => k.adam_f32(n, rate / (1 - p1), 1 - beta1, 1 - beta2, 1 / (1 - p2), 1e-8, 1e-3, b.at, g.at, m.at, v.at),
          b,
          m,
          v,
        );
        plain = plain.map((slot, i) => sgd(slot, gradient[i] as number, rate, 0.9, true, 1e-3));
        adaptive = adaptive.map((slot, i) => adam(slot, gradient[i] as number, t, rate, beta1, beta2, 1e-8, 1e-3));
      }
      // Each step rounds the velocity (|v| <= 10 here, as |g| <= 1) and the parameter some four times; an error of the velocity
      // fades by 0.9, so it stays below 10 times that of one step, and enters the parameter 50 times with the rate.
      const sgdBound = 50 * (rate * 2 * 10 * 4 * U * 10 + 2 * U * 7);
      // Adam: a step is at most rate times 1 / sqrt(1 - beta2) [Kingma & Ba, 2.1]; its relative error, over the roundings of m
      // (fading by 0.9) and v (by 0.999: at most 50 here), is some 200 u.
      const adamBound = 50 * (rate * 32 * 200 * U + 2 * U * 2);
      for (let i = 0; i < n; i++) {
        expect(Math.abs((a.values()[i] as number) - (plain[i] as Slot).w)).toBeLessThan(sgdBound);
        expect(Math.abs((b.values()[i] as number) - (adaptive[i] as Slot).w)).toBeLessThan(adamBound);
      }
    });
  });
}
