/** Which taps of a window lie inside the image, along one side: from first_tap up to end_tap. */

/** The first tap that lies inside when the window's first lies at `at`. */
export function first_tap(at: i32, dilation: i32): i32 {
  return at < 0 ? (dilation - 1 - at) / dilation : 0;
}

/** One behind the last tap that lies inside an extent. */
export function end_tap(at: i32, dilation: i32, taps: i32, extent: i32): i32 {
  return at >= extent ? 0 : min(taps, (extent - 1 - at) / dilation + 1);
}
