/**
 * The most this machine does: floating-point operations a second of 128-bit multiplies and adds, half of each, that
 * touch no array.
 * Seven products and seven sums that depend on nothing but themselves: enough that no latency shows, few enough that all stay in
 * registers with the one constant; sixteen steps a turn, so that what the turn costs does not show either.
 */
import asc from "assemblyscript/asc";

const CHAINS = 7;
const UNROLL = 16;
const STEPS = 8192;

const chains = Array.from({ length: CHAINS }, (_, i) => i);
const SOURCE = `
export function spin(): f32 {
  const number = f32x4.splat(1.0001);
  ${chains.map((i) => `let p${i} = f32x4.splat(${1 + i}), s${i} = f32x4.splat(${i});`).join("\n  ")}
  for (let i = 0; i < ${STEPS / UNROLL}; i++) {
    ${Array(UNROLL)
      .fill(chains)
      .flat()
      .map((i) => `p${i} = f32x4.mul(p${i}, number); s${i} = f32x4.add(s${i}, number);`)
      .join("\n    ")}
  }
  return f32x4.extract_lane(${chains.flatMap((i) => [`p${i}`, `s${i}`]).reduce((sum, c) => `f32x4.add(${sum}, ${c})`)}, 0);
}`;

/** Floating-point operations of one call. */
export const PEAK_FLOPS = CHAINS * STEPS * 4 * 2;

/** A function that does nothing else. */
export async function peak() {
  const options = { optimizeLevel: 3, runtime: "stub", enable: "simd" };
  const { error, binary, stderr } = await asc.compileString(SOURCE, options);
  if (error) throw new Error(`peak: ${stderr}`);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(binary)), { env: { abort() {} } });
  return instance.exports.spin;
}
