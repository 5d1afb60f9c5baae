/** The point at a distance from an image in a direction, along the walls of the box where the ray meets them. */

/**
 * The image clip(x + t v, 0, 1) whose L2 distance from x is `distance`. The squared distance is a sum of min(t v_i, room_i)^2: on
 * the set of features that are not yet at their wall it is a parabola in t. Its root moves further features to their
 * walls, which only makes t larger, so a few rounds end with the features that stay.
 *
 * @param x f32[n] in [0, 1]
 * @param v f64[n] of length 1
 * @param into f32[n], the point; where the box ends before that distance, its corner in that direction
 */
export function pointInBox(x: Float32Array, v: Float64Array, distance: number, into: Float32Array): Float32Array {
  const squared = distance * distance;
  let t = distance;
  let walled = -1;
  for (;;) {
    let [count, walls, free] = [0, 0, 0];
    for (let i = 0; i < x.length; i++) {
      const step = v[i] as number;
      const room = step > 0 ? 1 - (x[i] as number) : (x[i] as number);
      const along = step > 0 ? step : -step;
      if (t * along >= room) {
        count++;
        walls += room * room;
      } else free += along * along;
    }
    // The walls alone measure no more than the distance, up to rounding: then t stays.
    if (count === walled || (free > 0 && squared <= walls)) break;
    walled = count;
    t = free > 0 ? Math.sqrt((squared - walls) / free) : Number.MAX_VALUE;
  }
  for (let i = 0; i < x.length; i++) into[i] = clipped((x[i] as number) + t * (v[i] as number));
  return into;
}

/** The same without walls: x + distance v. */
export function pointBeyond(x: Float32Array, v: Float64Array, distance: number, into: Float32Array): Float32Array {
  for (let i = 0; i < x.length; i++) into[i] = (x[i] as number) + distance * (v[i] as number);
  return into;
}

/** A value moved to the nearest that a pixel has. */
export function clipped(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
