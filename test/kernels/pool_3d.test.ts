import { describe, expect, test } from "vitest";
import { type Volume, volumes, voxelsOf } from "../oracle/volume.ts";
import { firstBeyond, firstDifferent, g, U32 } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";

const CHANNELS = [1, 3, 4, 5, 9];
const COUNT = 2;

function described({ deep, plane }: Volume, c: number) {
  return { ...plane, c, d: deep.h, od: deep.oh, kd: deep.kh, sd: deep.sh, front: deep.top };
}

/** Volumes of which max pooling is likely to go wrong. */
const INPUTS: Record<string, (n: number) => Float32Array> = {
  noise: (n) => noise32(n, 1),
  "all below zero": (n) => noise32(n, 1).map((v) => -1 - Math.abs(v)),
  ties: (n) => noise32(n, 1).map((v) => Math.round(v) + 0),
  constant: (n) => new Float32Array(n).fill(-3),
};

for (const build of BUILDS) {
  describe(build, () => {
    for (const [index, volume] of volumes().entries()) {
      const c = CHANNELS[index % CHANNELS.length] as number;
      const voxels = voxelsOf(volume, COUNT, c);
      const size = COUNT * volume.deep.h * volume.plane.h * volume.plane.w * c;
      const dy = noise32(voxels.length, 4);
      const start = noise32(size, 5);

      test(`max_pool_3d_f32 finds the largest, its gradient the last of them: ${volume.title}, ${c} channels`, () => {
        for (const make of Object.values(INPUTS)) {
          const x = make(size);
          const values = voxels.map((window) => window.map((at) => x[at] as number));
          const host = new Host(build);
          const [xAt, dyAt, y] = [host.f32(size, x), host.f32(dy.length, dy), host.f32(dy.length)];
          host.run((k) => k.max_pool_3d_f32(COUNT, described(volume, c), xAt.at, y.at), y);
          expect(
            firstDifferent(
              y.values(),
              values.map((list) => Math.max(...list)),
            ),
          ).toBe(-1);

          const dx = host.f32(size, start);
          host.run((k) => k.max_pool_3d_grad_f32(COUNT, described(volume, c), xAt.at, dyAt.at, dx.at), dx);
          const expected = Float32Array.from(start);
          values.forEach((list, o) => {
            const to = voxels[o]?.[list.lastIndexOf(Math.max(...list))] as number;
            expected[to] = (expected[to] as number) + (dy[o] as number);
          });
          expect(firstDifferent(dx.values(), expected)).toBe(-1);
        }
      });

      test(`avg_pool_3d_grad_f32 divides by what lies inside: ${volume.title}, ${c} channels`, () => {
        const host = new Host(build);
        const [dyAt, dx] = [host.f32(dy.length, dy), host.f32(size, start)];
        host.run((k) => k.avg_pool_3d_grad_f32(COUNT, described(volume, c), dyAt.at, dx.at), dx);
        const value = Float64Array.from(start);
        const magnitude = value.map(Math.abs);
        const terms = new Float64Array(size).fill(1);
        voxels.forEach((window, o) => {
          for (const at of window) {
            const share = (dy[o] as number) / window.length;
            value[at] = (value[at] as number) + share;
            magnitude[at] = (magnitude[at] as number) + Math.abs(share);
            terms[at] = (terms[at] as number) + 1;
          }
        });
        const bound = magnitude.map((v, i) => g((terms[i] as number) + 1, U32) * v);
        expect(firstBeyond(dx.values(), value, bound)).toBe(-1);
      });
    }

    test("a NaN is passed over; a window of nothing else has the maximum -infinity and passes nothing back", () => {
      const host = new Host(build);
      const side = { d: 1, od: 1, kd: 1, sd: 1, front: 0 };
      const volume = { ...side, h: 1, w: 4, c: 1, oh: 1, ow: 2, kh: 1, kw: 2, sh: 1, sw: 2, top: 0, left: 0 };
      const x = host.f32(4, [Number.NaN, -5, Number.NaN, Number.NaN]);
      const [dy, y, dx] = [host.f32(2, [1, 2]), host.f32(2), host.f32(4, [0, 0, 0, 0])];
      host.run((k) => k.max_pool_3d_f32(1, volume, x.at, y.at), y);
      expect([...y.values()]).toEqual([-5, Number.NEGATIVE_INFINITY]);
      host.run((k) => k.max_pool_3d_grad_f32(1, volume, x.at, dy.at, dx.at), dx);
      expect([...dx.values()]).toEqual([0, 1, 0, 0]);
    });
  });
}
