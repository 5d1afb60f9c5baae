/**
 * How many examples of L-BFGS still fool the network that they were made for when they are drawn back to a radius, as the pools of the
 * experiment on adversarial training do:
 *
 *     npm run build && node scripts/drawn-back.mjs [radius] [images] [model ...]
 */
import process from "node:process";
import { lbfgsAttack, predictedClasses, summarize, targetLabels } from "../dist/index.js";
import { loadMnist, loadNetwork } from "../dist/node/index.js";

const [given = "0.8", images = "1000", ...named] = process.argv.slice(2);
const radius = Number(given);
const models = named.length > 0 ? named : ["fc100-100-10", "fc100-100-10-adversarial"];
const { rows: all, labels } = await loadMnist("train");

for (const model of models) {
  const network = await loadNetwork(model);
  const { inputSize, classes } = network;
  const count = Number(images);
  const rows = all.subarray(0, count * inputSize);
  const truth = Int32Array.from(labels.subarray(0, count));
  const targets = targetLabels("runner-up", truth, { classes, scores: network.predict(rows) });
  const found = await lbfgsAttack(network, { rows, labels: targets, truth });
  const drawn = found.rows.slice();
  for (let row = 0; row < count; row++) {
    const at = row * inputSize;
    const length = found.distortion[row] * Math.sqrt(inputSize);
    if (!(length > radius)) continue;
    for (let i = at; i < at + inputSize; i++) drawn[i] = rows[i] + (radius / length) * (found.rows[i] - rows[i]);
  }
  const answers = predictedClasses(network.predict(drawn), classes);
  const fooled = found.stop.filter((stop, row) => stop === "found" && answers[row] !== truth[row]).length;
  const { found: made, attacked, meanL2 } = summarize(found);
  console.log(
    `${model}: ${made} of ${attacked} images fool it at a mean L2 of ${meanL2.toFixed(3)}; drawn back to ${radius}, ${fooled} still do ` +
      `(${((100 * fooled) / made).toFixed(1)} %)`,
  );
}
