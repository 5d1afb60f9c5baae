/**
 * What the kernels of assembly/layers/gate.ts promise, as CLAIMS does of the functions they are built on: what was found over one
 * float in 149, and some hundredths to tenths more. test/slow looks at all of them.
 */
import { GATES } from "../oracle/gate.ts";
import type { Claim } from "./claims.ts";

const LARGEST = 3.4028234663852886e38;
/** Below these the results are subnormal: a float's spacing there is that of the least, whatever x multiplies. */
const SWISH_END = -86;
const GELU_END = -12.5;

const claim = (
  name: Exclude<keyof typeof GATES, "hard_sigmoid">,
  first: number,
  last: number,
  ulps: number,
): Claim => ({
  kernel: `${name}_f32`,
  f: GATES[name].f,
  first,
  last,
  ulps,
});

export const GATE_CLAIMS: readonly Claim[] = [
  claim("elu", 0, LARGEST, 0),
  claim("elu", -0, -LARGEST, 1.55),
  claim("selu", 0, LARGEST / 1.06, 1.5),
  claim("selu", -0, -LARGEST, 2.1),
  claim("softplus", 0, LARGEST, 1.7),
  claim("softplus", -0, -LARGEST, 1.7),
  claim("softsign", 0, LARGEST, 1.55),
  claim("softsign", -0, -LARGEST, 1.55),
  claim("swish", 0, LARGEST, 2.5),
  claim("swish", -0, SWISH_END, 3.5),
  claim("swish", SWISH_END, -LARGEST, 52.5),
  claim("gelu", 0, LARGEST, 8.5),
  claim("gelu", -0, GELU_END, 8.5),
  claim("gelu", GELU_END, -LARGEST, 10),
];
