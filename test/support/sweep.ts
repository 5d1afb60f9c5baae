/** Measures an elementwise float function against double precision over ranges of bit patterns. */
import type { Kernels } from "../../src/wasm/kernels.ts";
import { ulp32 } from "./bounds.ts";
import type { Host } from "./host.ts";

export type MapName =
  | "elu_f32"
  | "exp_f32"
  | "gelu_f32"
  | "log_f32"
  | "selu_f32"
  | "sigmoid_f32"
  | "softplus_f32"
  | "softsign_f32"
  | "swish_f32"
  | "tanh_f32";

export interface Sweep {
  /** Largest |y - f(x)| in units of the spacing of floats at f(x). */
  ulps: number;
  /** Where it is reached. */
  at: number;
  /** How many floats were looked at. */
  count: number;
}

const CHUNK = 1 << 14;
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The bit pattern of a float: patterns ascend with x >= 0, and from 0x80000000 on with -x >= 0. */
export function patternOf(x: number): number {
  float[0] = x;
  return bits[0] as number;
}

/** Every `step`-th float from `first` to `last`, both of one sign and |first| <= |last|. */
export function sweep(
  host: Host,
  name: MapName,
  f: (x: number) => number,
  first: number,
  last: number,
  step: number,
): Sweep {
  const x = host.f32(CHUNK);
  const kernel: Kernels[MapName] = host.kernels[name];
  const end = patternOf(last);
  const worst: Sweep = { ulps: 0, at: first, count: 0 };
  let pattern = patternOf(first);
  while (pattern <= end) {
    const values = x.row(0);
    const patterns = new Uint32Array(values.buffer, values.byteOffset, CHUNK);
    let n = 0;
    for (; n < CHUNK && pattern <= end; n++, pattern += step) patterns[n] = pattern;
    const inputs = values.slice(0, n);
    kernel(n, x.at, x.at);
    for (let i = 0; i < n; i++) {
      const expected = f(inputs[i] as number);
      const error = Math.abs((values[i] as number) - expected) / ulp32(expected);
      if (!(error <= worst.ulps)) {
        worst.ulps = error;
        worst.at = inputs[i] as number;
      }
    }
    worst.count += n;
  }
  return worst;
}
