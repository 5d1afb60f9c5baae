/**
 * What a penalty on each layer's bound does to FC100-100-10: test error, distortion of the attack, bound of the logits, radius certified.
 * Networks are trained from one seed, with the paper's decay, for as many iterations each; the images attacked are the first of the test
 * set, towards (true + 1) mod 10. Minutes for each beta.
 *
 *     npm run build && node bench/spectral-penalty.bench.mjs 0,1e-4,1e-3,1e-2 250
 */
import {
  certifiedRadius,
  errorRate,
  fit,
  fullyConnected,
  layerBounds,
  lbfgsAttack,
  networkBound,
  targetLabels,
} from "../dist/index.js";
import { loadMnist } from "../dist/node/index.js";
import { header, report } from "./harness.mjs";

const IMAGES = 500;
const betas = (process.argv[2] ?? "0,1e-4,1e-3,1e-2").split(",").map(Number);
const iterations = Number(process.argv[3] ?? 250);
const training = await loadMnist("train");
const test = await loadMnist("test");
const rows = test.rows.subarray(0, 784 * IMAGES);
const truth = test.labels.subarray(0, IMAGES);
const labels = targetLabels("next", truth, { classes: 10 });
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const results = [];
for (const beta of betas) {
  const network = fullyConnected([784, 100, 100, 10], { seed: 0 });
  await fit(network, training, { decay: [1e-5, 1e-5, 1e-6], iterations, spectral: beta });
  const bounds = layerBounds(network);
  const bound = networkBound(network, bounds);
  const found = await lbfgsAttack(network, { rows, labels, truth });
  const fooled = [...found.stop.keys()].filter((i) => found.stop[i] === "found");
  const radius = certifiedRadius(network, rows, bound);
  results.push({
    beta,
    trainError: errorRate(network, training.rows, training.labels),
    testError: errorRate(network, test.rows, test.labels),
    layers: bounds.map((layer) => layer.bound),
    bound,
    distortion: mean(fooled.map((i) => found.distortion[i])),
    certified: mean(fooled.map((i) => radius[i] / 28)),
  });
}
const percent = (share) => `${(100 * share).toFixed(2)} %`.padStart(8);
report(
  [
    header(`penalty on each layer's bound, FC100-100-10, ${iterations} iterations`),
    "    beta  training      test   layers                   logits  distortion  certified",
    ...results.map(
      ({ beta, trainError, testError, layers, bound, distortion, certified }) =>
        `${String(beta).padStart(8)}  ${percent(trainError)}  ${percent(testError)}   ${layers.map((l) => l.toFixed(2).padStart(6)).join(" ")}  ${bound.toFixed(2).padStart(9)}  ${distortion.toFixed(4).padStart(10)}  ${certified.toFixed(4).padStart(9)}`,
    ),
  ],
  results,
);
