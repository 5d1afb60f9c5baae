/** The gradient of a depthwise convolution to its filter (depthwise_grad.ts) where windows are three taps wide. */
import { madd } from "../support/tile";

/**
 * df[q] += x[t s + q] dy[t] for one row of taps q = 0, 1, 2 and `count` positions t, all channels in fours; s is `step` over
 * `pixel`, which is what pixels, taps and positions lie apart.
 *
 * Order  df, then its products for t ascending.
 */
export function filter_grad_3(count: i32, step: usize, pixel: usize, x: usize, dy: usize, df: usize): void {
  const p2 = pixel * 2;
  let d: usize = 0;
  for (; d + 32 <= pixel; d += 32) {
    const to = df + d;
    let s0_03 = v128.load(to);
    let s0_47 = v128.load(to, 16);
    let s1_03 = v128.load(to + pixel);
    let s1_47 = v128.load(to + pixel, 16);
    let s2_03 = v128.load(to + p2);
    let s2_47 = v128.load(to + p2, 16);
    let xt = x + d;
    let dt = dy + d;
    for (let t = 0; t < count; t++, xt += step, dt += pixel) {
      const g_03 = v128.load(dt);
      const g_47 = v128.load(dt, 16);
      s0_03 = madd(s0_03, v128.load(xt), g_03);
      s0_47 = madd(s0_47, v128.load(xt, 16), g_47);
      s1_03 = madd(s1_03, v128.load(xt + pixel), g_03);
      s1_47 = madd(s1_47, v128.load(xt + pixel, 16), g_47);
      s2_03 = madd(s2_03, v128.load(xt + p2), g_03);
      s2_47 = madd(s2_47, v128.load(xt + p2, 16), g_47);
    }
    v128.store(to, s0_03);
    v128.store(to, s0_47, 16);
    v128.store(to + pixel, s1_03);
    v128.store(to + pixel, s1_47, 16);
    v128.store(to + p2, s2_03);
    v128.store(to + p2, s2_47, 16);
  }
  if (d + 16 > pixel) return;
  const to = df + d;
  let s0 = v128.load(to);
  let s1 = v128.load(to + pixel);
  let s2 = v128.load(to + p2);
  x += d;
  dy += d;
  for (let t = 0; t < count; t++, x += step, dy += pixel) {
    const g = v128.load(dy);
    s0 = madd(s0, v128.load(x), g);
    s1 = madd(s1, v128.load(x + pixel), g);
    s2 = madd(s2, v128.load(x + p2), g);
  }
  v128.store(to, s0);
  v128.store(to + pixel, s1);
  v128.store(to + p2, s2);
}
