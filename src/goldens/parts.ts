/** The parts of the library that have golden digests. A new one is a file beside this one and a line here. */
import { analysisGoldens } from "./analyses.ts";
import { attackGoldens, namedGoldens, normGoldens } from "./attacks.ts";
import { certificateGoldens } from "./certificates.ts";
import type { Golden } from "./golden.ts";
import { kernelGoldens } from "./kernels.ts";
import { activationGoldens, layerGoldens } from "./layers.ts";
import { solverGoldens } from "./solvers.ts";
import { streamGoldens } from "./streams.ts";
import { trainingGoldens } from "./training.ts";

/** The parts of the library of which there are golden digests, each with the function that lists its goldens. */
export const PARTS = {
  kernels: kernelGoldens,
  streams: streamGoldens,
  layers: layerGoldens,
  activations: activationGoldens,
  solvers: solverGoldens,
  attacks: attackGoldens,
  norms: normGoldens,
  "attacks by name": namedGoldens,
  training: trainingGoldens,
  analyses: analysisGoldens,
  certificates: certificateGoldens,
} as const satisfies Readonly<Record<string, () => Golden[]>>;

/** The name of a part. */
export type PartName = keyof typeof PARTS;
