/** The bits of certified radii, in each norm. */
import { CERTIFIED_NORMS, type CertifyOptions, certify } from "../certify/certify.ts";
import { robustAccuracy } from "../certify/robust-accuracy.ts";
import { type Network, predictedClasses } from "../model/index.ts";
import { pixels } from "./data.ts";
import type { Golden, Results } from "./golden.ts";
import { NETWORKS } from "./layers.ts";
import { conv, dense, networkOf, part } from "./small-networks.ts";

const ROWS = 3;

/** Local response normalisation has no bounds. */
const BOUNDED = ["dense", "convolutions"];

/** What branch and bound takes apart: two layers of rectifiers. */
const rectifiers = (): Network =>
  networkOf([14], [dense("fc1", 14, 12, "relu"), dense("fc2", 12, 9, "relu"), dense("fc3", 9, 3, "linear")]);
/** What is bounded together over balls of L2: rectifiers and a maximum pooling. */
const pooled = (): Network =>
  networkOf(
    [6, 6, 1],
    [
      conv(
        "Conv2D",
        { name: "c", filters: 3, kernel_size: [3, 3], activation: "relu" },
        { kernel: [3, 3, 1, 3], bias: [3] },
      ),
      part("MaxPooling2D", { name: "p", pool_size: [2, 2] }),
      part("Flatten", { name: "f" }),
      dense("d", 12, 3, "linear"),
    ],
  );
/** Of branch and bound, a row: some rows are decided within it, some are not. */
const EVALUATIONS = 2000;

function golden(name: string, make: () => Network, options: Partial<CertifyOptions>): Golden {
  return {
    name,
    isQuick: true,
    run: async (): Promise<Results> => {
      const network = make();
      const rows = pixels(ROWS * network.inputSize, 11);
      const truth = predictedClasses(network.scores(rows), network.classes);
      const { radius, verdict, passes } = await certify(network, { rows, truth, ...options });
      return [radius, passes, verdict.join()];
    },
  };
}

/** Robust accuracy from both ends. */
function shares(): Golden[] {
  return BOUNDED.map((kind) => ({
    name: `${kind}, robust accuracy in linf`,
    isQuick: true,
    run: async (): Promise<Results> => {
      const network = (NETWORKS[kind] as (typeof NETWORKS)[string])();
      const rows = pixels(2 * ROWS * network.inputSize, 11);
      const truth = predictedClasses(network.scores(rows), network.classes);
      const attacks = [
        { attack: "pgd", evaluations: 40 },
        { attack: "square", evaluations: 60 },
      ] as const;
      const asked = { rows, truth, norm: "linf", epsilon: 0.03, attacks: [...attacks] } as const;
      const { verdict, by, evaluations } = await robustAccuracy(network, asked);
      return [verdict.join(), by.map((name) => name ?? "none").join(), evaluations];
    },
  }));
}

export function certificateGoldens(): Golden[] {
  const radii = BOUNDED.flatMap((kind) => {
    return CERTIFIED_NORMS.map((norm) => golden(`${kind}, ${norm}`, () => NETWORKS[kind]?.() as Network, { norm }));
  });
  const searches = CERTIFIED_NORMS.map((norm) => {
    return golden(`rectifiers by branch and bound, ${norm}`, rectifiers, {
      norm,
      effort: { evaluations: EVALUATIONS },
    });
  });
  const pool = golden("maximum pooling, l2", pooled, { norm: "l2" });
  const slopes = golden("rectifiers, linf, thorough", rectifiers, { norm: "linf", effort: "thorough" });
  return [...radii, ...searches, pool, slopes, ...shares()];
}
