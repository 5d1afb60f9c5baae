import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const { fround } = Math;

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, ...around(4)]) {
      test(`product_f32 and add_product_f32 round each operation once, also in place, n = ${n}`, () => {
        const host = new Host(build);
        const [a, b, y] = [noise32(n, 1, 3), noise32(n, 2, 3), noise32(n, 3, 3)];
        const [aAt, bAt, to, place, sum] = [
          host.f32(n, a),
          host.f32(n, b),
          host.f32(n),
          host.f32(n, a),
          host.f32(n, y),
        ];
        host.run((k) => k.product_f32(n, aAt.at, bAt.at, to.at), to);
        host.run((k) => k.product_f32(n, place.at, bAt.at, place.at), place);
        host.run((k) => k.add_product_f32(n, aAt.at, bAt.at, sum.at), sum);
        const product = a.map((v, i) => v * (b[i] as number));
        expect(firstDifferent(to.values(), product)).toBe(-1);
        expect(firstDifferent(place.values(), product)).toBe(-1);
        const added = y.map((v, i) => v + (product[i] as number));
        expect(firstDifferent(sum.values(), added)).toBe(-1);
      });

      test(`mix_f32 is z a + (1 - z) b, and mix_grad_f32 adds to all three slopes, n = ${n}`, () => {
        const host = new Host(build);
        const [z, a, b, dy, dz, da, db] = [1, 2, 3, 4, 5, 6, 7].map((seed) => noise32(n, seed)) as [
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
        ];
        const [zAt, aAt, bAt, dyAt] = [host.f32(n, z), host.f32(n, a), host.f32(n, b), host.f32(n, dy)];
        const [y, dzAt, daAt, dbAt] = [host.f32(n), host.f32(n, dz), host.f32(n, da), host.f32(n, db)];
        host.run((k) => k.mix_f32(n, zAt.at, aAt.at, bAt.at, y.at), y);
        host.run(
          (k) => k.mix_grad_f32(n, zAt.at, aAt.at, bAt.at, dyAt.at, dzAt.at, daAt.at, dbAt.at),
          dzAt,
          daAt,
          dbAt,
        );
        const at = (x: Float32Array, i: number) => x[i] as number;
        const rest = z.map((v) => 1 - v);
        const mixed = z.map((v, i) => fround(v * at(a, i)) + fround(at(rest, i) * at(b, i)));
        expect(firstDifferent(y.values(), mixed)).toBe(-1);
        const expected = [
          dz.map((v, i) => v + fround(at(dy, i) * fround(at(a, i) - at(b, i)))),
          da.map((v, i) => v + fround(at(dy, i) * at(z, i))),
          db.map((v, i) => v + fround(at(dy, i) * at(rest, i))),
        ];
        [dzAt, daAt, dbAt].forEach((found, i) => {
          expect(firstDifferent(found.values(), expected[i] as Float32Array)).toBe(-1);
        });
      });
    }
  });
}
