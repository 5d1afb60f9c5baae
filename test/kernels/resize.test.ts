import { describe, expect, test } from "vitest";
import { firstBeyond, g, U32 } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const IMAGES = 2;

/** The pixels before and behind each output of one side, from half-pixel centres, and how far behind the first it lies. */
function between(size: number, outputs: number) {
  const at = Array.from({ length: outputs }, (_, i) =>
    Math.min(Math.max(((i + 0.5) * size) / outputs - 0.5, 0), size - 1),
  );
  const first = at.map(Math.floor);
  const behind = Float32Array.from(at, (v, i) => v - (first[i] as number));
  return { pixels: [...first, ...first.map((p) => Math.min(p + 1, size - 1))], behind };
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const c of around(4)) {
      for (const [h, w, oh, ow] of [
        [3, 4, 5, 7],
        [5, 7, 3, 2],
        [1, 1, 2, 3],
        [4, 3, 4, 3],
        [2, 2, 1, 1],
      ] as const) {
        test(`resize_bilinear_grad_f32 is the transpose of the interpolation: ${h}x${w} to ${oh}x${ow}, ${c} channels`, () => {
          const host = new Host(build);
          const [rows, columns] = [between(h, oh), between(w, ow)];
          const dy = noise32(IMAGES * oh * ow * c, 1);
          const start = noise32(IMAGES * h * w * c, 2);
          const [rowsAt, columnsAt] = [host.i32(2 * oh, rows.pixels), host.i32(2 * ow, columns.pixels)];
          const [down, across] = [host.f32(oh, rows.behind), host.f32(ow, columns.behind)];
          const [dyAt, dx] = [host.f32(dy.length, dy), host.f32(start.length, start)];
          host.run(
            (k) =>
              k.resize_bilinear_grad_f32(
                ...([IMAGES, { h, w, c, oh, ow }, rowsAt.at, columnsAt.at] as const),
                ...([down.at, across.at, dyAt.at, dx.at] as const),
              ),
            dx,
          );
          const value = Float64Array.from(start);
          const size = value.map(Math.abs);
          const terms = new Float64Array(value.length).fill(1);
          dy.forEach((slope, o) => {
            const [i, j] = [Math.floor(o / (ow * c)) % oh, Math.floor(o / c) % ow];
            const image = Math.floor(o / (oh * ow * c));
            const [v, u] = [rows.behind[i] as number, columns.behind[j] as number];
            for (const [p, q, weight] of [
              [rows.pixels[i], columns.pixels[j], (1 - v) * (1 - u)],
              [rows.pixels[i], columns.pixels[ow + j], (1 - v) * u],
              [rows.pixels[oh + i], columns.pixels[j], v * (1 - u)],
              [rows.pixels[oh + i], columns.pixels[ow + j], v * u],
            ] as [number, number, number][]) {
              const to = ((image * h + p) * w + q) * c + (o % c);
              value[to] = (value[to] as number) + weight * slope;
              size[to] = (size[to] as number) + Math.abs(weight * slope);
              terms[to] = (terms[to] as number) + 1;
            }
          });
          // A weight is a product of two differences: three roundings, one more for its product.
          const bound = size.map((s, i) => g((terms[i] as number) + 4, U32) * s);
          expect(firstBeyond(dx.values(), value, bound)).toBe(-1);
        });
      }
    }
  });
}
