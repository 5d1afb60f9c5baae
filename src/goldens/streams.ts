/** The bits of random streams, of functions in TypeScript, and of the canonical bytes that digests are made of. */
import { canonicalJson } from "../data/canonical-json.ts";
import { canonicalBytes } from "../data/digest.ts";
import { cosineOfPi } from "../numeric/cosine.ts";
import { exponential } from "../numeric/exponential.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";
import { normalQuantile } from "../numeric/normal.ts";
import { Random } from "../numeric/random.ts";
import { rootsOfUnity } from "../numeric/roots-of-unity.ts";
import type { Golden, Results } from "./golden.ts";

const COUNT = 1000;
const values = (f: (i: number) => number): Results => [Float64Array.from({ length: COUNT }, (_, i) => f(i))];

export function streamGoldens(): Golden[] {
  const golden = (name: string, run: () => Results): Golden => ({ name, isQuick: true, run });
  const random = new Random(2 ** 33 + 5, 7);
  return [
    golden("uniform", () => values((i) => random.uniform(i))),
    golden("uniform, far along", () => values((i) => random.uniform(2 ** 40 + i))),
    golden("whole numbers", () => values((i) => random.integer(i, 1000))),
    golden("filled", () => {
      const out = new Float32Array(COUNT);
      random.fill(out, 0.3);
      return [out];
    }),
    golden("normal", () => {
      const out = new Float64Array(COUNT);
      random.fillNormal(out, 2, 3);
      return [out];
    }),
    golden("normal quantile", () => values((i) => normalQuantile((i + 0.5) / COUNT))),
    golden("exponential", () => values((i) => exponential((i - 500) / 7))),
    golden("natural logarithm", () => values((i) => naturalLogarithm((i + 1) / 7))),
    golden("cosine", () => values((i) => cosineOfPi(i / COUNT))),
    golden("roots of unity", () => {
      const { cos, sin } = rootsOfUnity(96);
      return [cos, sin];
    }),
    golden("canonical bytes", () => [
      canonicalBytes({
        b: { data: Float32Array.of(0, -0, 1.5, 2 ** -140), shape: [2, 2] },
        a: { data: Int32Array.of(-1, 7) },
      }),
      canonicalJson({ z: [1, 0.1, 1e21, -0], a: { text: "é\n" } }),
    ]),
  ];
}
