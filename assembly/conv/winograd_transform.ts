/**
 * What Winograd's convolutions do to images before and after they multiply (winograd_plane.ts), four channels at a time.
 *
 * Planes lie `plane` bytes apart, not a multiple of a power of two: sixteen streams at such a distance would meet in one set
 * of the cache.
 */

/** B^T x B of a 4 x 4 patch: one number in each of the 16 planes for each of c channels, whole vectors of them. */
export function split_4x4(c: i32, x: usize, row: usize, pixel: usize, v: usize, plane: usize): void {
  const end = x + ((<usize>c) << 2);
  for (; x < end; x += 16, v += 16) {
    const x1 = x + row;
    const x2 = x1 + row;
    const x3 = x2 + row;
    const a0 = v128.load(x1);
    const a1 = v128.load(x1 + pixel);
    const a2 = v128.load(x1 + 2 * pixel);
    const a3 = v128.load(x1 + 3 * pixel);
    const b0 = v128.load(x2);
    const b1 = v128.load(x2 + pixel);
    const b2 = v128.load(x2 + 2 * pixel);
    const b3 = v128.load(x2 + 3 * pixel);
    split_row(
      f32x4.sub(v128.load(x), b0),
      f32x4.sub(v128.load(x + pixel), b1),
      f32x4.sub(v128.load(x + 2 * pixel), b2),
      f32x4.sub(v128.load(x + 3 * pixel), b3),
      v,
      plane,
    );
    const v1 = v + (plane << 2);
    split_row(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3), v1, plane);
    const v2 = v1 + (plane << 2);
    split_row(f32x4.sub(b0, a0), f32x4.sub(b1, a1), f32x4.sub(b2, a2), f32x4.sub(b3, a3), v2, plane);
    split_row(
      f32x4.sub(a0, v128.load(x3)),
      f32x4.sub(a1, v128.load(x3 + pixel)),
      f32x4.sub(a2, v128.load(x3 + 2 * pixel)),
      f32x4.sub(a3, v128.load(x3 + 3 * pixel)),
      v2 + (plane << 2),
      plane,
    );
  }
}

function split_row(a: v128, b: v128, c: v128, d: v128, v: usize, plane: usize): void {
  v128.store(v, f32x4.sub(a, c));
  v128.store(v + plane, f32x4.add(b, c));
  v128.store(v + 2 * plane, f32x4.sub(c, b));
  v128.store(v + 3 * plane, f32x4.sub(b, d));
}

/**
 * B^T x B of a 6 x 6 patch: the 49 slices of five taps. A slice of c channels lies 4 c bytes from the next in its plane.
 *
 *   t  f32[7,6,4]  overwritten
 */
export function split_6x6(c: i32, x: usize, row: usize, pixel: usize, v: usize, plane: usize, t: usize): void {
  const slice = (<usize>c) << 2;
  const end = x + slice;
  for (; x < end; x += 16, v += 16) {
    let at = x;
    for (let column: usize = 0; column < 96; column += 16, at += pixel) {
      const to = t + column;
      const x1 = v128.load(at + row);
      const x2 = v128.load(at + 2 * row);
      const x3 = v128.load(at + 3 * row);
      const x4 = v128.load(at + 4 * row);
      v128.store(to, f32x4.sub(v128.load(at), x2));
      v128.store(to, f32x4.add(x1, x2), 96);
      v128.store(to, f32x4.sub(x2, x1), 192);
      v128.store(to, f32x4.sub(x1, x3), 288);
      v128.store(to, f32x4.sub(x3, x4), 384);
      v128.store(to, x4, 480);
      v128.store(to, f32x4.sub(x4, v128.load(at + 5 * row)), 576);
    }
    let from = t;
    let to = v;
    for (let i = 0; i < 7; i++, from += 96, to += plane << 2) {
      // The slices behind the fourth lie behind others in the first, second and fourth row of planes.
      if (i == 4) to = v + 2 * slice;
      if (i == 6) to += plane << 2;
      const a = to;
      const b = i < 4 ? to : to - slice;
      const x1 = v128.load(from, 16);
      const x2 = v128.load(from, 32);
      const x3 = v128.load(from, 48);
      const x4 = v128.load(from, 64);
      v128.store(a, f32x4.sub(v128.load(from), x2));
      v128.store(a + plane, f32x4.add(x1, x2));
      v128.store(b + 2 * plane, f32x4.sub(x2, x1));
      v128.store(a + 3 * plane, f32x4.sub(x1, x3));
      v128.store(a + slice, f32x4.sub(x3, x4));
      v128.store(a + slice + plane, x4);
      v128.store(a + slice + 3 * plane, f32x4.sub(x4, v128.load(from, 80)));
    }
  }
}

/** y += A^T m A: 2 x 2 outputs of n filters, whole vectors of them, from 16 planes. */
export function join_2x2(n: i32, m: usize, plane: usize, y: usize, row: usize, pixel: usize): void {
  const end = y + ((<usize>n) << 2);
  for (; y < end; y += 16, m += 16) {
    let at = m;
    let a = v128.load(at + (plane << 2));
    let b = v128.load(at + (plane << 3));
    const p0 = f32x4.add(f32x4.add(v128.load(at), a), b);
    const q0 = f32x4.sub(f32x4.sub(a, b), v128.load(at + 12 * plane));
    at += plane;
    a = v128.load(at + (plane << 2));
    b = v128.load(at + (plane << 3));
    const p1 = f32x4.add(f32x4.add(v128.load(at), a), b);
    const q1 = f32x4.sub(f32x4.sub(a, b), v128.load(at + 12 * plane));
    at += plane;
    a = v128.load(at + (plane << 2));
    b = v128.load(at + (plane << 3));
    const p2 = f32x4.add(f32x4.add(v128.load(at), a), b);
    const q2 = f32x4.sub(f32x4.sub(a, b), v128.load(at + 12 * plane));
    at += plane;
    a = v128.load(at + (plane << 2));
    b = v128.load(at + (plane << 3));
    const p3 = f32x4.add(f32x4.add(v128.load(at), a), b);
    const q3 = f32x4.sub(f32x4.sub(a, b), v128.load(at + 12 * plane));
    add_to(y, f32x4.add(f32x4.add(p0, p1), p2));
    add_to(y + pixel, f32x4.sub(f32x4.sub(p1, p2), p3));
    add_to(y + row, f32x4.add(f32x4.add(q0, q1), q2));
    add_to(y + row + pixel, f32x4.sub(f32x4.sub(q1, q2), q3));
  }
}

function add_to(y: usize, x: v128): void {
  v128.store(y, f32x4.add(v128.load(y), x));
}

/** The transpose of join_2x2, A dy A^T: 16 planes from 2 x 2 slopes of n filters, whole vectors of them. */
export function spread_2x2(n: i32, dy: usize, row: usize, pixel: usize, d: usize, plane: usize): void {
  const end = dy + ((<usize>n) << 2);
  for (; dy < end; dy += 16, d += 16) {
    const a = v128.load(dy);
    const b = v128.load(dy + pixel);
    const p = v128.load(dy + row);
    const q = v128.load(dy + row + pixel);
    spread_row(a, b, d, plane);
    let to = d + (plane << 2);
    spread_row(f32x4.add(a, p), f32x4.add(b, q), to, plane);
    to += plane << 2;
    spread_row(f32x4.sub(a, p), f32x4.sub(b, q), to, plane);
    to += plane << 2;
    spread_row(f32x4.neg(p), f32x4.neg(q), to, plane);
  }
}

function spread_row(a: v128, b: v128, d: usize, plane: usize): void {
  v128.store(d, a);
  v128.store(d + plane, f32x4.add(a, b));
  v128.store(d + 2 * plane, f32x4.sub(a, b));
  v128.store(d + 3 * plane, f32x4.neg(b));
}

/** The transpose of split_4x4: dx += B m B^T over a patch of 4 x 4 pixels of c channels, whole vectors of them. */
export function add_4x4(c: i32, m: usize, plane: usize, dx: usize, row: usize, pixel: usize): void {
  const end = dx + ((<usize>c) << 2);
  const p1 = plane << 2;
  const p2 = plane << 3;
  const p3 = plane * 12;
  for (; dx < end; dx += 16, m += 16) {
    const n1 = m + plane;
    const n2 = n1 + plane;
    const n3 = n2 + plane;
    const a0 = v128.load(m);
    const a1 = v128.load(n1);
    const a2 = v128.load(n2);
    const a3 = v128.load(n3);
    add_row(a0, a1, a2, a3, dx, pixel);
    const b0 = v128.load(m + p1);
    const b1 = v128.load(n1 + p1);
    const b2 = v128.load(n2 + p1);
    const b3 = v128.load(n3 + p1);
    const c0 = v128.load(m + p2);
    const c1 = v128.load(n1 + p2);
    const c2 = v128.load(n2 + p2);
    const c3 = v128.load(n3 + p2);
    add_row(
      f32x4.sub(f32x4.add(b0, c0), a0),
      f32x4.sub(f32x4.add(b1, c1), a1),
      f32x4.sub(f32x4.add(b2, c2), a2),
      f32x4.sub(f32x4.add(b3, c3), a3),
      dx + 2 * row,
      pixel,
    );
    const d0 = v128.load(m + p3);
    const d1 = v128.load(n1 + p3);
    const d2 = v128.load(n2 + p3);
    const d3 = v128.load(n3 + p3);
    add_row(
      f32x4.add(f32x4.sub(b0, c0), d0),
      f32x4.add(f32x4.sub(b1, c1), d1),
      f32x4.add(f32x4.sub(b2, c2), d2),
      f32x4.add(f32x4.sub(b3, c3), d3),
      dx + row,
      pixel,
    );
    add_row(f32x4.neg(d0), f32x4.neg(d1), f32x4.neg(d2), f32x4.neg(d3), dx + 3 * row, pixel);
  }
}

function add_row(a: v128, b: v128, c: v128, d: v128, dx: usize, pixel: usize): void {
  add_to(dx, a);
  add_to(dx + pixel, f32x4.add(f32x4.sub(b, c), d));
  add_to(dx + 2 * pixel, f32x4.sub(f32x4.add(b, c), a));
  const to = dx + 3 * pixel;
  v128.store(to, f32x4.sub(v128.load(to), d));
}

/**
 * The transpose of split_6x6: dx += B m B^T over a patch of 6 x 6 pixels, from the 49 slices of five taps.
 *
 *   t  f32[7,6,4]  overwritten
 */
export function add_6x6(c: i32, m: usize, plane: usize, dx: usize, row: usize, pixel: usize, t: usize): void {
  const slice = (<usize>c) << 2;
  const end = dx + slice;
  for (; dx < end; dx += 16, m += 16) {
    let from = m;
    let to = t;
    for (let i = 0; i < 7; i++, from += plane << 2, to += 96) {
      if (i == 4) from = m + 2 * slice;
      if (i == 6) from += plane << 2;
      const b = i < 4 ? from : from - slice;
      const v0 = v128.load(from);
      const v1 = v128.load(from + plane);
      const v2 = v128.load(b + 2 * plane);
      const v3 = v128.load(from + 3 * plane);
      const w0 = v128.load(from + slice);
      const w1 = v128.load(from + slice + plane);
      const w2 = v128.load(from + slice + 3 * plane);
      v128.store(to, v0);
      v128.store(to, f32x4.add(f32x4.sub(v1, v2), v3), 16);
      v128.store(to, f32x4.sub(f32x4.add(v1, v2), v0), 32);
      v128.store(to, f32x4.sub(w0, v3), 48);
      v128.store(to, f32x4.add(f32x4.sub(w1, w0), w2), 64);
      v128.store(to, f32x4.neg(w2), 80);
    }
    let at = dx;
    for (let column = t; column < t + 96; column += 16, at += pixel) {
      const v0 = v128.load(column);
      const v1 = v128.load(column, 96);
      const v2 = v128.load(column, 192);
      const v3 = v128.load(column, 288);
      const w0 = v128.load(column, 384);
      const w2 = v128.load(column, 576);
      add_to(at, v0);
      add_to(at + row, f32x4.add(f32x4.sub(v1, v2), v3));
      add_to(at + 2 * row, f32x4.sub(f32x4.add(v1, v2), v0));
      add_to(at + 3 * row, f32x4.sub(w0, v3));
      add_to(at + 4 * row, f32x4.add(f32x4.sub(v128.load(column, 480), w0), w2));
      const last = at + 5 * row;
      v128.store(last, f32x4.sub(v128.load(last), w2));
    }
  }
}
