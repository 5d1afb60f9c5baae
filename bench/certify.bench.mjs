/**
 * Certified radii of shipped models: mean radius, bounds an image, images a second of processor time, in each norm. The first image is
 * certified before the clock starts.
 *
 *     npm run build && node bench/certify.bench.mjs [images, default 20] [models, separated by commas]
 */
import process from "node:process";
import { certify } from "../dist/index.js";
import { loadMnist, loadNetwork } from "../dist/node/index.js";
import { header, report } from "./harness.mjs";

const count = Number(process.argv[2] ?? 20);
const models = (process.argv[3] ?? "fc100-100-10,fc200-200-10,ae400-10").split(",");
const { rows, labels } = await loadMnist("test");
const lines = [];
const results = [];
for (const name of models) {
  const network = await loadNetwork(name);
  const size = network.inputSize;
  for (const norm of /** @type {const} */ (["linf", "l2", "l1"])) {
    const first = { rows: rows.slice(0, size), truth: labels.slice(0, 1), norm };
    await certify(network, first);
    const before = process.cpuUsage();
    const proved = await certify(network, { rows: rows.slice(0, count * size), truth: labels.slice(0, count), norm });
    const { user, system } = process.cpuUsage(before);
    const read = proved.verdict.filter((verdict) => verdict !== "misread").length;
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / read;
    const radius = mean(proved.radius);
    const passes = mean(proved.passes);
    const imagesPerSecond = (1e6 * read) / (user + system);
    results.push({ name, norm, radius, passes, imagesPerSecond });
    lines.push(
      `${name.padEnd(16)} ${norm.padEnd(5)} mean radius ${radius.toFixed(4)}, ${passes.toFixed(1)} bounds an image, ` +
        `${imagesPerSecond.toFixed(1)} images a second of one core`,
    );
  }
}
report([header(`certified radii, ${count} images`), ...lines], results);
