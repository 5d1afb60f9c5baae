/**
 * One evaluation of the training objective on MNIST, value and gradient, with the first layer's products dense and by
 * the non-zeros of the rows. The dense contestant is the same network behind a layer that changes no number, so that
 * its first product does not meet the input itself.
 *
 *     npm run build && node bench/train.bench.mjs [--count 12000] [--out file.json]
 */
import { fullyConnected, Network } from "../dist/index.js";
import { loadMnist } from "../dist/node/index.js";
import { trainingObjective } from "../dist/train/index.js";
import { header, race, report, spread } from "./harness.mjs";

const UNITS = [[100, 100, 10], [200, 200, 10], [10]];

/** The network behind y = x, which a LeakyReLU of slope 1 is. */
function behindIdentity(network) {
  const artifacts = network.toArtifacts();
  const topology = structuredClone(artifacts.modelTopology);
  const { layers } = topology.config;
  const { batch_input_shape, ...config } = layers[0].config;
  const same = { class_name: "LeakyReLU", config: { name: "same", alpha: 1, batch_input_shape } };
  topology.config.layers = [same, { ...layers[0], config }, ...layers.slice(1)];
  return Network.fromArtifacts({ ...artifacts, modelTopology: topology });
}

const at = process.argv.indexOf("--count");
const count = at < 0 ? 60000 : Number(process.argv[at + 1]);
const { rows: all, labels: classes } = await loadMnist("train");
const [rows, labels] = [all.subarray(0, count * 784), classes.subarray(0, count)];
const density = rows.reduce((sum, x) => sum + (x === 0 ? 0 : 1), 0) / rows.length;

const lines = [header(`one evaluation in training, ${count} rows, ${(100 * density).toFixed(1)} % not zero`)];
const results = {};
for (const units of UNITS) {
  const sparse = fullyConnected([784, ...units], { seed: 1 });
  const decay = units.map(() => 1e-5);
  const parameters = Float64Array.from(sparse.getParameters());
  const contestants = { sparse, dense: behindIdentity(sparse) };
  const objectives = Object.entries(contestants).map(([name, network]) => {
    const set = { rows: network.prepare(rows), labels };
    return /** @type {const} */ ([name, () => trainingObjective(network, set, decay, parameters)]);
  });
  const [found, expected] = objectives.map(([, evaluate]) => evaluate());
  const isSame = found.value === expected.value && found.gradient.every((g, i) => Object.is(g, expected.gradient[i]));
  if (!isSame) throw new Error(`fc${units.join("-")}: expected the same bits both ways, got others`);
  const times = race(Object.fromEntries(objectives), { rounds: 5, slice: 1 });
  const ms = (name) => `${(1000 * times[name].median).toFixed(0)} ms (${spread(times[name]).toFixed(0)}%)`;
  const ratio = (times.dense.median / times.sparse.median).toFixed(2);
  lines.push(`fc${units.join("-").padEnd(12)} sparse ${ms("sparse")}, dense ${ms("dense")}, ratio ${ratio}`);
  results[`fc${units.join("-")}`] = times;
}
report(lines, { count, density, results });
