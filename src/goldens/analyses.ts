/** The bits of analyses: noise, amplified changes, transfer, units and directions, bounds of layers, certified radii. */

import { corrupt, corruptionsOf } from "../analysis/corruptions.ts";
import {
  amplify,
  convolutionNorm,
  gaussianNoise,
  layerBounds,
  matrixNorm,
  maximise,
  permutationTest,
  quantize,
  randomDirections,
  seedInterval,
  transferMatrix,
  unitDirection,
  unitImages,
  wilsonInterval,
} from "../analysis/index.ts";
import { noiseOfLength } from "../analysis/noise-of-length.ts";
import { lbfgsAttack } from "../attacks/index.ts";
import type { Network } from "../model/index.ts";
import { medianInterval, pairedShareInterval, signTest } from "../numeric/sign-test.ts";
import { noise, pixels } from "./data.ts";
import type { Golden, Results } from "./golden.ts";
import { NETWORKS } from "./layers.ts";

const ROWS = 6;
const NOISES = [
  ["l2", 0.7],
  ["linf", 0.1],
  ["l1", 4],
  ["l0", 9],
] as const;
const KERNEL = { size: [3, 3], channels: 4, filters: 5, strides: [2, 1], dilations: [1, 1] } as const;

export function analysisGoldens(): Golden[] {
  const golden = (name: string, run: Golden["run"]): Golden => ({ name, isQuick: true, run });
  const dense = () => (NETWORKS.dense as () => Network)();
  const convolutions = () => (NETWORKS.convolutions as () => Network)();
  return [
    golden("Gaussian noise", () => [gaussianNoise(pixels(400, 1), { std: 0.3, seed: 5 })]),
    golden("random directions", () => [randomDirections(5, 37, 9)]),
    golden("rounded to 8 bits", () => [quantize(pixels(400, 1))]),
    golden("spectral norm of a matrix", () => bracket(matrixNorm(noise(13 * 29, 4), 13, 29))),
    golden("spectral norm of a convolution", () =>
      bracket(convolutionNorm({ ...KERNEL, values: noise(3 * 3 * 4 * 5, 4) })),
    ),
    ...Object.entries(NETWORKS).map(([kind, make]) =>
      golden(`bounds of layers, ${kind}`, () => [JSON.stringify(layerBounds(make()))]),
    ),
    golden("units and directions", () => {
      const network = convolutions();
      const options = { top: 4, directions: 5, seed: 2, reduce: "mean" } as const;
      const found = unitImages(network, "first", pixels(40 * network.inputSize, 8), options);
      const { units, random } = found;
      return [found.directions, units.rows, units.values, units.least, random.rows, random.values, random.least];
    }),
    golden("transfer", async (): Promise<Results> => {
      const [from, to] = [convolutions(), (NETWORKS.normalised as () => Network)()];
      const rows = pixels(ROWS * from.inputSize, 11);
      const labels = Int32Array.from({ length: ROWS }, (_, i) => i % from.classes);
      const { rows: found } = await lbfgsAttack(from, { rows, labels });
      const longer = amplify(rows, found, { to: 0.2 });
      const matrix = await transferMatrix(
        [
          { name: "from", target: from },
          { name: "to", target: to },
        ],
        [{ name: "longer", rows: longer, originals: rows, truth: labels }],
      );
      return [longer, ...matrix.rows.flatMap(({ cells }) => cells.map(({ answers }) => answers))];
    }),
    golden("the image that a unit answers to most", () => {
      const network = convolutions();
      const options = { start: pixels(network.inputSize, 8), iterations: 12, reduce: "flatten" } as const;
      const { image, value, iterations, status } = maximise(network, "first", unitDirection(2, 108), options);
      return [image, Float64Array.of(value), `${iterations} ${status}`];
    }),
    golden("a permutation test, intervals", () => {
      const [a, b] = [noise(30, 1), noise(30, 2)].map((values) => Float64Array.from(values)) as [
        Float64Array,
        Float64Array,
      ];
      const { p, difference } = permutationTest(a, b, { deals: 500, seed: 4 });
      const { low, high } = wilsonInterval(7, 30);
      return [Float64Array.of(p, difference, low, high), JSON.stringify(seedInterval([...a.subarray(0, 5)]))];
    }),
    golden("answers of a dense network", () => [dense().predict(pixels(9 * 20, 3))]),
    golden("corrupted images", () => {
      const shape = [6, 5, 3] as const;
      const rows = pixels(2 * 90, 13);
      return corruptionsOf(shape).flatMap(({ name: corruption, variants }) =>
        Array.from({ length: variants }, (_, variant) =>
          corrupt(rows, { corruption, shape, variant, seed: 3, first: 4 }),
        ),
      );
    }),
    ...NOISES.map(([norm, length]) =>
      golden(`noise of a length in ${norm}`, () => [
        noiseOfLength(pixels(60, 2), { norm, length, seed: 5, number: 7 }),
      ]),
    ),
    golden("the sign test and its intervals", () => {
      const { low, high } = medianInterval(noise(41, 6));
      const share = pairedShareInterval(7, 3, 40);
      return [Float64Array.of(signTest(31, 12), signTest(400, 500), low, high, share.low, share.high)];
    }),
  ];
}

function bracket({ lower, upper }: { lower: number; upper: number }): Results {
  return [Float64Array.of(lower, upper)];
}
