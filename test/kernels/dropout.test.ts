import { describe, expect, test } from "vitest";
import { keeps } from "../oracle/optimizer.ts";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const KEY = [0x89abcdef | 0, 17] as const;
const THRESHOLD = 20000;
const SCALE = Math.fround(1.5);

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [...around(4), ...around(32)]) {
      test(`dropout_f32 and its gradient draw the mask of the counter, to the bit, n = ${n}`, () => {
        const host = new Host(build);
        const rows = 3;
        const [x, dy, dx] = [noise32(rows * n, 1), noise32(rows * n, 2), noise32(rows * n, 3)];
        const place = { key0: KEY[0], key1: KEY[1], row: 40, draw: 5, stream: 2 };
        const [xAt, y] = [host.f32(rows * n, x), host.f32(rows * n)];
        const [dyAt, dxAt] = [host.f32(rows * n, dy), host.f32(rows * n, dx)];
        host.run((k) => k.dropout_f32(rows, n, THRESHOLD, SCALE, place, xAt.at, y.at), y);
        host.run((k) => k.dropout_grad_f32(rows, n, THRESHOLD, SCALE, place, dyAt.at, dxAt.at), dxAt);
        const key = [KEY[0] >>> 0, KEY[1]] as const;
        const kept = Array.from(x, (_, i) => keeps(i % n, 40 + Math.floor(i / n), 5, 2, key, THRESHOLD));
        expect(
          firstDifferent(
            y.values(),
            x.map((v, i) => Math.fround(v * (kept[i] ? SCALE : 0))),
          ),
        ).toBe(-1);
        expect(
          firstDifferent(
            dxAt.values(),
            dx.map((v, i) => v + Math.fround((dy[i] as number) * (kept[i] ? SCALE : 0))),
          ),
        ).toBe(-1);
      });
    }

    for (const [threshold, scale] of [
      [0, 1],
      [65536, 0],
    ] as const) {
      test(`dropout_f32 ${threshold === 0 ? "keeps" : "drops"} everything at threshold ${threshold}`, () => {
        const host = new Host(build);
        const x = noise32(200, 4);
        const [xAt, y] = [host.f32(200, x), host.f32(200)];
        host.run(
          (k) =>
            k.dropout_f32(1, 200, threshold, scale, { key0: 1, key1: 0, row: 0, draw: 0, stream: 2 }, xAt.at, y.at),
          y,
        );
        expect([...y.values()].map(Math.abs)).toEqual([...x].map((v) => Math.abs(v * scale)));
      });
    }
  });
}
