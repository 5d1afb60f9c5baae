/** Products of three arrays: the gates of recurrent layers and their gradients, each over n consecutive floats. */
import { F32Pointer } from "../support/pointer";

/** y = a b.   a, b, y  f32[n], may be the same */
export function product_f32(n: i32, a: F32Pointer, b: F32Pointer, y: F32Pointer): void {
  const end = a + ((<usize>n) << 2);
  for (; a + 16 <= end; a += 16, b += 16, y += 16) v128.store(y, f32x4.mul(v128.load(a), v128.load(b)));
  for (; a < end; a += 4, b += 4, y += 4) store<f32>(y, load<f32>(a) * load<f32>(b));
}

/** y += a b, two roundings.   a, b, y  f32[n] */
export function add_product_f32(n: i32, a: F32Pointer, b: F32Pointer, y: F32Pointer): void {
  const end = a + ((<usize>n) << 2);
  for (; a + 16 <= end; a += 16, b += 16, y += 16) {
    v128.store(y, f32x4.add(v128.load(y), f32x4.mul(v128.load(a), v128.load(b))));
  }
  for (; a < end; a += 4, b += 4, y += 4) store<f32>(y, load<f32>(y) + load<f32>(a) * load<f32>(b));
}

function mix_4(z: v128, a: v128, b: v128): v128 {
  return f32x4.add(f32x4.mul(z, a), f32x4.mul(f32x4.sub(f32x4.splat(1), z), b));
}

/** y = z a + (1 - z) b, four roundings.   z, a, b, y  f32[n] */
export function mix_f32(n: i32, z: F32Pointer, a: F32Pointer, b: F32Pointer, y: F32Pointer): void {
  const end = z + ((<usize>n) << 2);
  for (; z + 16 <= end; z += 16, a += 16, b += 16, y += 16) {
    v128.store(y, mix_4(v128.load(z), v128.load(a), v128.load(b)));
  }
  for (; z < end; z += 4, a += 4, b += 4, y += 4) {
    const mixed = mix_4(v128.load_splat<f32>(z), v128.load_splat<f32>(a), v128.load_splat<f32>(b));
    store<f32>(y, f32x4.extract_lane(mixed, 0));
  }
}

/** dz += dy (a - b), da += dy z, db += dy (1 - z).   z, a, b, dy, dz, da, db  f32[n], the last three apart */
export function mix_grad_f32(
  n: i32,
  z: F32Pointer,
  a: F32Pointer,
  b: F32Pointer,
  dy: F32Pointer,
  dz: F32Pointer,
  da: F32Pointer,
  db: F32Pointer,
): void {
  const end = z + ((<usize>n) << 2);
  const one = f32x4.splat(1);
  for (; z + 16 <= end; z += 16, a += 16, b += 16, dy += 16, dz += 16, da += 16, db += 16) {
    const share = v128.load(z);
    const slope = v128.load(dy);
    v128.store(dz, f32x4.add(v128.load(dz), f32x4.mul(slope, f32x4.sub(v128.load(a), v128.load(b)))));
    v128.store(da, f32x4.add(v128.load(da), f32x4.mul(slope, share)));
    v128.store(db, f32x4.add(v128.load(db), f32x4.mul(slope, f32x4.sub(one, share))));
  }
  for (; z < end; z += 4, a += 4, b += 4, dy += 4, dz += 4, da += 4, db += 4) {
    const share = load<f32>(z);
    const slope = load<f32>(dy);
    store<f32>(dz, load<f32>(dz) + slope * (load<f32>(a) - load<f32>(b)));
    store<f32>(da, load<f32>(da) + slope * share);
    store<f32>(db, load<f32>(db) + slope * (1 - share));
  }
}
