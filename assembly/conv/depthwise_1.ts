/**
 * One position of a depthwise convolution (depthwise.ts) or of its gradient to the input: all channels, whichever of the taps
 * lie inside. `rows` times `columns` taps; a tap is multiplied by what lies under it, `x_next` and `f_next` bytes further from
 * column to column, `x_row` and `f_row` from row to row. Steps may be negative.
 */
import { madd } from "../support/tile";

/**
 * y = start + the sum of x f over the taps, in so many bytes of channels.
 *
 * Order  start, then the products for rows and columns ascending.
 */
export function depth_1(
  rows: i32,
  columns: i32,
  x_next: usize,
  x_row: usize,
  f_next: usize,
  f_row: usize,
  bytes: usize,
  x: usize,
  f: usize,
  start: usize,
  y: usize,
): void {
  let done: usize = 0;
  // Sixteen channels: four sums that do not wait for each other.
  for (; done + 64 <= bytes; done += 64) {
    let y_03 = v128.load(start + done);
    let y_47 = v128.load(start + done, 16);
    let y_8b = v128.load(start + done, 32);
    let y_cf = v128.load(start + done, 48);
    for (let p = 0; p < rows; p++) {
      let xq = x + x_row * p + done;
      let fq = f + f_row * p + done;
      for (let q = 0; q < columns; q++, xq += x_next, fq += f_next) {
        y_03 = madd(y_03, v128.load(xq), v128.load(fq));
        y_47 = madd(y_47, v128.load(xq, 16), v128.load(fq, 16));
        y_8b = madd(y_8b, v128.load(xq, 32), v128.load(fq, 32));
        y_cf = madd(y_cf, v128.load(xq, 48), v128.load(fq, 48));
      }
    }
    v128.store(y + done, y_03);
    v128.store(y + done, y_47, 16);
    v128.store(y + done, y_8b, 32);
    v128.store(y + done, y_cf, 48);
  }
  if (done < bytes) depth_rest(rows, columns, x_next, x_row, f_next, f_row, bytes, x, f, start, y, done);
}

/** The same for the channels from `done` bytes on: four at a time, then one. */
export function depth_rest(
  rows: i32,
  columns: i32,
  x_next: usize,
  x_row: usize,
  f_next: usize,
  f_row: usize,
  bytes: usize,
  x: usize,
  f: usize,
  start: usize,
  y: usize,
  done: usize,
): void {
  for (; done + 16 <= bytes; done += 16) {
    let sum = v128.load(start + done);
    for (let p = 0; p < rows; p++) {
      let xq = x + x_row * p + done;
      let fq = f + f_row * p + done;
      for (let q = 0; q < columns; q++, xq += x_next, fq += f_next) sum = madd(sum, v128.load(xq), v128.load(fq));
    }
    v128.store(y + done, sum);
  }
  for (; done < bytes; done += 4) {
    let sum = load<f32>(start + done);
    for (let p = 0; p < rows; p++) {
      let xq = x + x_row * p + done;
      let fq = f + f_row * p + done;
      for (let q = 0; q < columns; q++, xq += x_next, fq += f_next) sum += load<f32>(xq) * load<f32>(fq);
    }
    store<f32>(y + done, sum);
  }
}
