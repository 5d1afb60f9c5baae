/**
 * The sixteen planes that Winograd's convolutions multiply in, by number of taps a side.
 *
 * F(2,3) gives two outputs of three taps by four products instead of six   [Winograd 1980; Lavin & Gray 2016]:
 *
 *   y = A^T [(G w) . (B^T x)],   A^T = | 1  1  1  0 |   B^T x = (x0 - x2, x1 + x2, x2 - x1, x1 - x3)
 *                                      | 0  1 -1 -1 |   G w = (w0, (w0 + w1 + w2) / 2, (w0 - w1 + w2) / 2, w2)
 *
 * and F(2,2) two outputs of two taps by three: (x0 - x1, x1, x1 - x2), (w0, w0 + w1, w1). Its A^T is that of F(2,3) without
 * the third column. So five taps are taken as three and two: seven products instead of ten, whose sums meet in the same four
 * planes. F(2,5) itself would take six, with constants up to 16 that cost it four times the error of a direct sum.
 *
 * Slices 0 to 3 of a side are those of F(2,3), 4 to 6 those of F(2,2); both sides together make 16 or 49 slices in 4 x 4
 * planes. A plane holds one slice of the three-tap part of a side, and of five taps one of the two-tap part behind it,
 * except in the third row and column.
 */

/** Bytes between the end of a plane and the next: without them planes may lie a power of two apart, and share sets of a cache. */
export const GAP: usize = 64;

/** The plane, of four along a side, that a slice lies in. */
export function plane_of(slice: i32): i32 {
  return slice < 4 ? slice : slice == 6 ? 3 : slice - 4;
}

/** Slices of a side that lie in a plane. */
export function slices_in(taps: i32, plane: i32): i32 {
  return taps == 5 && plane != 2 ? 2 : 1;
}

/** Slices of a side. */
export function slices_of(taps: i32): i32 {
  return taps == 5 ? 7 : 4;
}

/** Where slice (i, j) stands among the slices of its plane. */
export function place_of(taps: i32, i: i32, j: i32): i32 {
  return (i >= 4 ? slices_in(taps, plane_of(j)) : 0) + (j >= 4 ? 1 : 0);
}

/** Slices of plane p = 4 i + j, i down and j across. */
export function slices_at(taps: i32, p: i32): i32 {
  return slices_in(taps, p >> 2) * slices_in(taps, p & 3);
}

/** The number of channels as whole vectors. */
export function whole_vectors(c: i32): i32 {
  return (c + 3) & ~3;
}
