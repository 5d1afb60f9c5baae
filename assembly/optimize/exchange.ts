/**
 * The variables that enter and leave the free set between two iterations of L-BFGS-B: usually few, so their share of the
 * inner products among the correction pairs is added up one variable at a time. History as in history.ts.
 */
import { need } from "../support/need";
import { F64Pointer, I64Pointer } from "../support/pointer";

/**
 * What the variables that changed between free and fixed contribute to the inner products over the free set:
 *
 *   yy[i,j] = sum_k sign_k y_i,k y_j,k   (j <= i)      ss likewise of s, s     sy[i,j] = sum_k sign_k s_i,k y_j,k
 *
 * over the variables k whose mask differs, sign_k = 1 for one that has become free, -1 for one that no longer is.
 *
 *   s, y            f64[capacity,n]
 *   free, previous  i64[n]
 *   out             f64[3,capacity,capacity]  yy, ss, sy; overwritten in rows and columns < pairs
 *   work            f64[2,capacity]           overwritten
 * Returns how many changed. Order: k ascending.
 */
export function exchange_f64(
  n: i32,
  pairs: i32,
  capacity: i32,
  head: i32,
  s: F64Pointer,
  y: F64Pointer,
  free: I64Pointer,
  previous: I64Pointer,
  out: F64Pointer,
  work: F64Pointer,
): i32 {
  need((n & 7) == 0 && pairs <= capacity && head < capacity);
  const row = (<usize>n) << 3;
  const square = capacity * capacity;
  const ss = out + ((<usize>square) << 3);
  const sy = ss + ((<usize>square) << 3);
  const of_y = work + ((<usize>capacity) << 3);
  let changed = 0;
  memory.fill(out, 0, (<usize>(3 * square)) << 3);
  for (let i = 0; i < n; i += 2) {
    const at = (<usize>i) << 3;
    if (!v128.any_true(v128.xor(v128.load(free + at), v128.load(previous + at)))) continue;
    for (let lane: usize = at; lane < at + 16; lane += 8) {
      const now = load<i64>(free + lane);
      if (now == load<i64>(previous + lane)) continue;
      changed++;
      const sign: f64 = now != 0 ? 1 : -1;
      let slot = head;
      for (let j: usize = 0; j < <usize>pairs; j++) {
        store<f64>(work + (j << 3), load<f64>(s + <usize>slot * row + lane));
        store<f64>(of_y + (j << 3), load<f64>(y + <usize>slot * row + lane));
        slot = slot + 1 == capacity ? 0 : slot + 1;
      }
      for (let a: usize = 0; a < <usize>pairs; a++) {
        const sa = sign * load<f64>(work + (a << 3));
        const ya = sign * load<f64>(of_y + (a << 3));
        const line = (a * <usize>capacity) << 3;
        for (let b: usize = 0; b < <usize>pairs; b++) {
          const to = line + (b << 3);
          const sb = load<f64>(work + (b << 3));
          const yb = load<f64>(of_y + (b << 3));
          store<f64>(out + to, load<f64>(out + to) + ya * yb);
          store<f64>(ss + to, load<f64>(ss + to) + sa * sb);
          store<f64>(sy + to, load<f64>(sy + to) + sa * yb);
        }
      }
    }
  }
  return changed;
}
