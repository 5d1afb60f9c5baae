import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise64 } from "../support/noise.ts";

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [8, 16, 24, 104]) {
      const g = noise64(n, 1);
      const x = noise64(n, 2);
      const origin = noise64(n, 3);

      test(`adam_f64 is its formula over two steps, n = ${n}`, () => {
        const host = new Host(build);
        const [slope, at] = [host.f64(n, g), host.f64(n, x)];
        const [mean, square, metric] = [
          host.f64(n, new Float64Array(n)),
          host.f64(n, new Float64Array(n)),
          host.f64(n),
        ];
        let [m, v, to] = [new Float64Array(n), new Float64Array(n), x];
        for (const t of [1, 2]) {
          const rate = 0.1 / (1 - 0.9 ** t);
          const correction = 1 / Math.sqrt(1 - 0.999 ** t);
          host.run(
            (k) => k.adam_f64(n, rate, correction, slope.at, mean.at, square.at, metric.at, at.at),
            ...[mean, square, metric, at],
          );
          m = m.map((one, i) => 0.9 * one + (1 - 0.9) * (g[i] as number));
          v = v.map((one, i) => 0.999 * one + (1 - 0.999) * (g[i] as number) * (g[i] as number));
          const d = v.map((one) => Math.sqrt(one) * correction + 1e-8);
          to = to.map((one, i) => one - (rate * (m[i] as number)) / (d[i] as number));
          expect(firstDifferent(metric.values(), d)).toBe(-1);
          expect(firstDifferent(at.values(), to)).toBe(-1);
        }
      });

      test(`metric_step_f64 is its formula, n = ${n}`, () => {
        const host = new Host(build);
        const metric = noise64(n, 4).map(Math.abs);
        const [scale, from, to, at] = [host.f64(n, metric), host.f64(n, origin), host.f64(n, x), host.f64(n)];
        host.run((k) => k.metric_step_f64(n, 1.7, scale.at, from.at, to.at, at.at), at);
        const wanted = origin.map((v, i) => v + (((x[i] as number) - v) * (metric[i] as number)) / 1.7);
        expect(firstDifferent(at.values(), wanted)).toBe(-1);
      });

      for (const descends of [0, 1]) {
        test(`smooth_count_slope_f64 is its formula, n = ${n}, ${descends ? "less" : "without"} the gradient`, () => {
          const host = new Host(build);
          const [from, at, slope] = [host.f64(n, origin), host.f64(n, x), host.f64(n, g)];
          const largest = host.run(
            (k) => k.smooth_count_slope_f64(n, 0.001, 7, descends, from.at, at.at, slope.at),
            slope,
          );
          const wanted = x.map((v, i) => {
            const r = v - (origin[i] as number);
            const near = r * r + 0.001;
            return (2 * 0.001 * r) / (near * near) / 7 - (descends ? (g[i] as number) : 0);
          });
          expect(firstDifferent(slope.values(), wanted)).toBe(-1);
          expect(largest).toBe(Math.max(...wanted.map(Math.abs)));
        });
      }
    }
  });
}
