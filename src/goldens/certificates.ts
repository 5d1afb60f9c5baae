/** The bits of certified radii, in each norm. */
import { CERTIFIED_NORMS, certify } from "../certify/certify.ts";
import { predictedClasses } from "../model/index.ts";
import { pixels } from "./data.ts";
import type { Golden, Results } from "./golden.ts";
import { NETWORKS } from "./layers.ts";

const ROWS = 3;

/** Local response normalisation has no bounds. */
const BOUNDED = ["dense", "convolutions"];

export function certificateGoldens(): Golden[] {
  return BOUNDED.flatMap((kind) =>
    CERTIFIED_NORMS.map((norm) => ({
      name: `${kind}, ${norm}`,
      isQuick: true,
      run: async (): Promise<Results> => {
        const network = (NETWORKS[kind] as (typeof NETWORKS)[string])();
        const rows = pixels(ROWS * network.inputSize, 11);
        const truth = predictedClasses(network.scores(rows), network.classes);
        const { radius, verdict, passes } = await certify(network, { rows, truth, norm });
        return [radius, passes, verdict.join()];
      },
    })),
  );
}
