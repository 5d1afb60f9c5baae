import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const f = Math.fround;

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [...around(4), 63, 64, 65, 67]) {
      test(`take_f32 copies blocks of ${n} or fills them, take_grad_f32 adds them back in their order`, () => {
        const [rows, ldx] = [3, 2 * n + 7];
        const index = [7, -1, 0, n + 7, 3, 3, -5, 2];
        const m = index.length;
        const [x, dy, dx] = [noise32(rows * ldx, 1), noise32(rows * m * n, 2), noise32(rows * ldx, 3)];
        const host = new Host(build);
        const [at, from, to] = [host.i32(m, index), host.f32(x.length, x), host.f32(rows * m * n)];
        host.run((k) => k.take_f32(rows, m, n, ldx, at.at, 0.25, from.at, to.at), to);
        const placed = (r: number, j: number, i: number) => r * ldx + (index[j] as number) + i;
        const each = (use: (r: number, j: number, i: number) => void) => {
          for (let r = 0; r < rows; r++) for (let j = 0; j < m; j++) for (let i = 0; i < n; i++) use(r, j, i);
        };
        const expected: number[] = [];
        each((r, j, i) => expected.push((index[j] as number) < 0 ? 0.25 : (x[placed(r, j, i)] as number)));
        expect(firstDifferent(to.values(), expected)).toBe(-1);

        const [d, grown] = [host.f32(dy.length, dy), host.f32(dx.length, dx)];
        host.run((k) => k.take_grad_f32(rows, m, n, ldx, at.at, d.at, grown.at), grown);
        const sums = Float32Array.from(dx);
        let next = 0;
        each((r, j, i) => {
          const slope = dy[next++] as number;
          if ((index[j] as number) >= 0) sums[placed(r, j, i)] = f((sums[placed(r, j, i)] as number) + slope);
        });
        expect(firstDifferent(grown.values(), sums)).toBe(-1);
      });
    }

    for (const m of around(4)) {
      for (const n of around(4)) {
        test(`transpose_f32 turns ${m} x ${n} over, transpose_grad_f32 adds the way back`, () => {
          const size = 2 * m * n;
          const [x, dy, dx] = [noise32(size, 4), noise32(size, 5), noise32(size, 6)];
          const host = new Host(build);
          const [from, to, d, grown] = [host.f32(size, x), host.f32(size), host.f32(size, dy), host.f32(size, dx)];
          host.run((k) => k.transpose_f32(2, m, n, from.at, to.at), to);
          host.run((k) => k.transpose_grad_f32(2, m, n, d.at, grown.at), grown);
          const turned = (i: number) => {
            const [c, place] = [Math.floor(i / (m * n)), i % (m * n)];
            return c * m * n + (place % m) * n + Math.floor(place / m);
          };
          const expected = x.map((_, i) => x[turned(i)] as number);
          const sums = Float32Array.from(dx);
          dy.forEach((v, i) => {
            sums[turned(i)] = f((sums[turned(i)] as number) + v);
          });
          expect(firstDifferent(to.values(), expected)).toBe(-1);
          expect(firstDifferent(grown.values(), sums)).toBe(-1);
        });
      }
    }
  });
}
